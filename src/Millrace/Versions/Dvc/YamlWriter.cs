using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Versions.Dvc;

/// <summary>Writes YAML as DVC does: in blocks, dashes under their name, no quotes where none are needed, lines broken
/// at a space after column 80.</summary>
/// <remarks>The rules are those of the emitter that PyYAML and ruamel.yaml share (YAML 1.2 for what is a number).
/// Comments are not kept; <see cref="DvcFileEdit"/> keeps them.</remarks>
sealed partial class YamlWriter
{
    const int WidthMax = 80;

    readonly StringBuilder _text = new();
    int _lineBegin;

    public static string Write(YamlMap root)
    {
        var writer = new YamlWriter();
        if (root.Entries.Count == 0)
            return "{}\n";
        writer.WriteMap(root, 0, isInline: true);
        return writer._text.ToString();
    }

    int Column => _text.Length - _lineBegin;

    void WriteMap(YamlMap map, int indent, bool isInline)
    {
        foreach (var (name, value) in map.Entries)
        {
            if (!isInline)
                _text.Append(' ', indent);
            isInline = false;
            WriteScalar(Quote(name), 0, mayBreak: false);
            _text.Append(':');
            switch (value)
            {
                case YamlMap { Entries.Count: > 0 } inner:
                    EndLine();
                    WriteMap(inner, indent + 2, isInline: false);
                    break;
                case YamlList { Items.Count: > 0 } list:
                    EndLine();
                    WriteList(list, indent, isInline: false);
                    break;
                default:
                    WriteLeaf(value, indent + 2, " ");
                    break;
            }
        }
    }

    void WriteList(YamlList list, int indent, bool isInline)
    {
        foreach (var item in list.Items)
        {
            if (!isInline)
                _text.Append(' ', indent);
            isInline = false;
            _text.Append('-');
            switch (item)
            {
                case YamlMap { Entries.Count: > 0 } map:
                    _text.Append(' ');
                    WriteMap(map, indent + 2, isInline: true);
                    break;
                case YamlList { Items.Count: > 0 } inner:
                    _text.Append(' ');
                    WriteList(inner, indent + 2, isInline: true);
                    break;
                default:
                    WriteLeaf(item, indent + 2, " ");
                    break;
            }
        }
    }

    void WriteLeaf(YamlValue value, int indent, string before)
    {
        var text = value switch
        {
            YamlMap => "{}",
            YamlList => "[]",
            YamlText { IsPlain: true } plain when IsOtherThanText(plain.Value) => plain.Value,
            YamlText scalar => Quote(scalar.Value),
            _ => "",
        };
        if (text.Length > 0)
        {
            _text.Append(before);
            WriteScalar(text, indent, mayBreak: true);
        }

        EndLine();
    }

    // A single space after the column breaks the line; runs of spaces stay, or they would be read as one.
    void WriteScalar(string text, int indent, bool mayBreak)
    {
        if (!mayBreak || text[0] == '"')
        {
            _text.Append(text);
            return;
        }

        for (var i = 0; i < text.Length; i++)
        {
            var isLoneSpace = text[i] == ' ' && i > 0 && i < text.Length - 1 && text[i - 1] != ' '
                && text[i + 1] != ' ' && !(text[0] == '\'' && (i == 1 || i == text.Length - 2));
            if (isLoneSpace && Column > WidthMax)
            {
                EndLine();
                _text.Append(' ', indent);
            }
            else
            {
                _text.Append(text[i]);
            }
        }
    }

    void EndLine()
    {
        _text.Append('\n');
        _lineBegin = _text.Length;
    }

    static string Quote(string value)
    {
        if (value.Length == 0)
            return "''";
        if (NeedsEscapes(value))
            return Escape(value);
        return IsPlainSafe(value) && !IsOtherThanText(value) ? value : $"'{value.Replace("'", "''")}'";
    }

    static bool NeedsEscapes(string value)
    {
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value is < 0x20 or (>= 0x7F and < 0xA0 and not 0x85) or 0xFEFF or 0xFFFE or 0xFFFF or 0xFFFD
                or 0x85 or 0x2028 or 0x2029)
            {
                return true;
            }
        }

        return false;
    }

    static bool IsPlainSafe(string value)
    {
        if (value[0] == ' ' || value[^1] == ' ' || value.StartsWith("---", StringComparison.Ordinal)
            || value.StartsWith("...", StringComparison.Ordinal) || "#,[]{}&*!|>'\"%@`".Contains(value[0]))
        {
            return false;
        }

        if (value[0] is '?' or ':' or '-' && (value.Length == 1 || value[1] == ' '))
            return false;
        return !value.Contains(": ", StringComparison.Ordinal) && !value.EndsWith(':')
            && !value.Contains(" #", StringComparison.Ordinal);
    }

    static string Escape(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var rune in value.EnumerateRunes())
        {
            text.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\0' => "\\0",
                '\a' => "\\a",
                '\b' => "\\b",
                '\t' => "\\t",
                '\n' => "\\n",
                '\v' => "\\v",
                '\f' => "\\f",
                '\r' => "\\r",
                0x1B => "\\e",
                0x85 => "\\N",
                0x2028 => "\\L",
                0x2029 => "\\P",
                < 0x20 or (>= 0x7F and < 0xA0) =>
                    "\\x" + rune.Value.ToString("X2", CultureInfo.InvariantCulture),
                0xFEFF or >= 0xFFFD and <= 0xFFFF =>
                    "\\u" + rune.Value.ToString("X4", CultureInfo.InvariantCulture),
                _ => rune.ToString(),
            });
        }

        return text.Append('"').ToString();
    }

    /// <summary>Whether a plain scalar would be read as a number, a flag, null, a time or a merge.</summary>
    static bool IsOtherThanText(string value) => value is "" or "~" or "=" or "<<" || OtherThanText().IsMatch(value);

    [GeneratedRegex("""
        ^(?: null|Null|NULL | true|True|TRUE|false|False|FALSE
          | [-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?
          | [-+]?(?:[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)
          | [-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?
          | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
          | [-+]?0b[0-1_]+ | [-+]?0o?[0-7_]+ | [-+]?[0-9_]+ | [-+]?0x[0-9a-fA-F_]+
          | [0-9]{4}-[0-9]{2}-[0-9]{2}
          | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?
            (?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?
        )$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex OtherThanText();
}
