using System.CommandLine;
using System.Text;
using Millrace.Sources;
using Millrace.Tables;

namespace Millrace.App.Sources;

/// <summary>The options that say how an input is read and what becomes of it.</summary>
sealed class IngestOptions
{
    readonly Option<string> _format;
    readonly Option<string> _kind;
    readonly Option<string> _onDrift;
    readonly Option<string> _mode;
    readonly Option<string> _header;
    readonly Option<string?> _delimiter = new("--delimiter")
    {
        Description = "CSV: what stands between fields; 'tab' for a tab. Found out when it is not given.",
        HelpName = "C",
    };

    readonly Option<string?> _quote = new("--quote")
    {
        Description = "CSV: what stands around fields, or 'none'; \" when it is not given.",
        HelpName = "C",
    };

    readonly Option<string[]> _nulls = new("--null")
    {
        Description = "CSV: a text that stands for no value, beside the empty one; may be repeated.",
        HelpName = "TEXT",
    };

    readonly Option<string[]> _types = new("--type")
    {
        Description = "A column's type, as NAME=TYPE; what does not fit is quarantined. May be repeated.",
        HelpName = "NAME=TYPE",
    };

    readonly Option<string?> _pattern = new("--pattern")
    {
        Description = "With --format regex: the expression for a line; its named groups are the columns.",
        HelpName = "REGEX",
    };

    readonly Option<string?> _encoding = new("--encoding")
    {
        Description = "What texts are written in, such as latin1, windows-1252 or utf-16; UTF-8 when it is not given.",
        HelpName = "NAME",
    };

    readonly Option<string?> _maxQuarantined = new("--max-quarantined")
    {
        Description = "Add nothing when more records than that are no rows: a number, or a share such as 0.5%.",
        HelpName = "N|P%",
    };

    readonly Option<string?> _sheet = new("--sheet") { Description = "Excel: the sheet.", HelpName = "NAME" };

    readonly Option<string[]> _keys = new("--key")
    {
        Description = "Columns that tell rows apart, as a,b or repeated: rows replace those of the same key.",
        HelpName = "COLUMN",
    };

    readonly Option<bool> _replace = new("--replace") { Description = "The same as --mode overwrite." };

    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say schema and counts." };

    readonly Option<bool> _again = new("--again") { Description = "Add an input that the table holds already." };

    public IngestOptions(IEnumerable<string> formats, IEnumerable<string> policies)
    {
        _format = Choice("--format", "How the input is written; found out when it is not given.", "auto", formats);
        _kind = Choice(
            "--kind", "Folders whose files become objects with a row each: of what kind they are.", "none",
            ["none", "images", "audio", "text", "files"]);
        _onDrift = Choice(
            "--on-drift", "What to do when the columns are not those of the table.", "fail", policies);
        _mode = Choice(
            "--mode", "Whether the rows are added or replace all others.", "append", ["append", "overwrite"]);
        _header = Choice("--header", "CSV: whether the first line has names.", "auto", ["auto", "yes", "no"]);
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
            {
                _format, _kind, _mode, _onDrift, _dryRun, _again, _types, _nulls, _header, _delimiter, _quote,
                _encoding, _pattern, _sheet, _keys, _replace, _maxQuarantined,
            })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="MillraceException"><c>option-invalid</c>.</exception>
    public IngestSettings Read(
        ParseResult parsed,
        IReadOnlyDictionary<string, SourceFormat> formats,
        IReadOnlyDictionary<string, DriftPolicy> policies,
        IngestSettings settings) => settings with
        {
            Format = formats[parsed.GetValue(_format)!],
            Kind = Enum.Parse<FileKind>(parsed.GetValue(_kind)!, ignoreCase: true),
            OnDrift = policies[parsed.GetValue(_onDrift)!],
            Mode = parsed.GetValue(_mode) == "append" && !parsed.GetValue(_replace)
            ? TableMode.Append : TableMode.Overwrite,
            KeyColumns = Names(parsed.GetValue(_keys) ?? []),
            HasHeader = parsed.GetValue(_header) switch { "yes" => true, "no" => false, _ => null },
            Delimiter = parsed.GetValue(_delimiter) is { } delimiter ? Letter("--delimiter", delimiter) : null,
            Quote = parsed.GetValue(_quote) switch
            {
                null => '"',
                "none" => null,
                var quote => Letter("--quote", quote),
            },
            Nulls = parsed.GetValue(_nulls) ?? [],
            Types = Types(parsed.GetValue(_types) ?? []),
            Encoding = parsed.GetValue(_encoding) is { } encoding ? EncodingOf(encoding) : null,
            MaxQuarantined = parsed.GetValue(_maxQuarantined) is { } limit ? QuarantineLimit.Parse(limit) : null,
            Pattern = parsed.GetValue(_pattern),
            Sheet = parsed.GetValue(_sheet),
            IsDryRun = parsed.GetValue(_dryRun),
            IsRepeated = parsed.GetValue(_again),
        };

    /// <summary>Names that stand between commas or in options of their own.</summary>
    public static IReadOnlyList<string> Names(IEnumerable<string> texts) => [.. texts.SelectMany(text => text.Split(
        ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    static Option<string> Choice(string name, string description, string usual, IEnumerable<string> values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.AcceptOnlyFromAmong([.. values]);
        return option;
    }

    static char Letter(string option, string text) => text switch
    {
        "tab" or "\\t" => '\t',
        [var letter] when letter < 128 && letter is not ('\n' or '\r') => letter,
        _ => throw new MillraceException(
            ErrorKind.Invalid, "option-invalid", $"'{option} {text}' is not one ASCII character.",
            $"Write for instance {option} ';' or {option} tab."),
    };

    /// <summary>An encoding that refuses what is none of its texts; null for UTF-8, which is read as it is.</summary>
    static Encoding? EncodingOf(string name)
    {
        try
        {
            var found = CodePagesEncodingProvider.Instance.GetEncoding(
                name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return found.WebName == "utf-8" ? null : found;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", $"There is no encoding '{name}'.",
                "Write for instance latin1, windows-1252, utf-16 or utf-16BE.", exception);
        }
    }

    static Dictionary<string, string> Types(string[] texts)
    {
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.LastIndexOf('=');
            types[equals > 0 ? text[..equals] : throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", $"'--type {text}' gives no type to a column.",
                "Write for instance '--type zip=string'.")] = text[(equals + 1)..];
        }

        return types;
    }
}
