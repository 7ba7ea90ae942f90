using System.Text;

namespace Millrace.Versions.Dvc;

/// <summary>What <c>.dvc/config</c> and, over it, <c>.dvc/config.local</c> say. The format is ConfigObj's INI.
/// </summary>
sealed class DvcConfig
{
    const int TextLengthMax = 1 << 20;

    readonly Dictionary<string, Dictionary<string, string>> _sections = new(StringComparer.Ordinal);

    /// <summary>The name of the remote that is used when none is named; null when there is none.</summary>
    public string? DefaultRemote => Value("core", "remote");

    /// <summary>Where the cache is, as it is written; null for <c>.dvc/cache</c>. A relative one is relative to
    /// <c>.dvc</c>.</summary>
    public string? CacheFolder => Value("cache", "dir");

    /// <summary>How files come out of the cache, best first.</summary>
    public IReadOnlyList<string> CacheTypes =>
        Value("cache", "type") is { } types ? Split(types) : ["reflink", "copy"];

    /// <summary>The remotes by name: <c>url</c> and what else they are given.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Remotes => _sections
        .Where(section => section.Key.StartsWith("remote ", StringComparison.Ordinal))
        .ToDictionary(
            section => section.Key["remote ".Length..].Trim('"'),
            IReadOnlyDictionary<string, string> (section) => section.Value, StringComparer.Ordinal);

    /// <summary>Reads files in order; what comes later stands over what came before, key by key.</summary>
    /// <exception cref="MillraceException"><c>dvc-config-invalid</c>, naming the line.</exception>
    public static DvcConfig Parse(params ReadOnlySpan<(string Name, string Text)> files)
    {
        var config = new DvcConfig();
        foreach (var (name, text) in files)
        {
            if (text.Length > TextLengthMax)
                throw Invalid(name, 1, $"the file has {text.Length} characters, and at most {TextLengthMax} are read");
            config.Read(name, text.Split('\n'));
        }

        return config;
    }

    public string? Value(string section, string key) => _sections.GetValueOrDefault(section)?.GetValueOrDefault(key);

    void Read(string name, string[] lines)
    {
        Dictionary<string, string>? section = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            if (line[0] == '[')
            {
                section = Section(SectionName(name, i, line));
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || section is null)
                throw Invalid(name, i + 1, "'KEY = VALUE' below a '[section]' was expected");
            var key = Unquote(line[..equals].Trim()).ToLowerInvariant();
            section[key] = ReadValue(name, lines, ref i, line[(equals + 1)..].Trim());
        }
    }

    Dictionary<string, string> Section(string name)
    {
        if (!_sections.TryGetValue(name, out var section))
            _sections.Add(name, section = new(StringComparer.Ordinal));
        return section;
    }

    static string SectionName(string name, int index, string line)
    {
        var end = line.LastIndexOf(']');
        var text = end > 0 ? Unquote(line[1..end].Trim()) : "";
        return text.Length > 0 && text[0] != '['
            ? text
            : throw Invalid(name, index + 1, "a section is written '[name]'; there are none within others");
    }

    static string ReadValue(string name, string[] lines, ref int index, string text)
    {
        foreach (var quotes in (ReadOnlySpan<string>)["\"\"\"", "'''"])
        {
            if (!text.StartsWith(quotes, StringComparison.Ordinal))
                continue;
            var value = new StringBuilder(text[3..]);
            var begin = index;
            while (value.ToString().IndexOf(quotes, StringComparison.Ordinal) < 0)
            {
                if (++index == lines.Length)
                    throw Invalid(name, begin + 1, $"the value that begins with {quotes} does not end");
                value.Append('\n').Append(lines[index]);
            }

            var all = value.ToString();
            return all[..all.IndexOf(quotes, StringComparison.Ordinal)];
        }

        if (text.Length > 0 && text[0] is '"' or '\'')
        {
            var end = text.IndexOf(text[0], 1);
            if (end < 0)
                throw Invalid(name, index + 1, "the value's quote is not closed");
            // More than one quoted value is a list, which stays as it is written.
            if (text[(end + 1)..].Trim() is "" or ['#', ..])
                return text[1..end];
        }

        var comment = text.IndexOf(" #", StringComparison.Ordinal);
        return text.StartsWith('#') ? "" : comment < 0 ? text : text[..comment].TrimEnd();
    }

    static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    static string Unquote(string text) =>
        text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0] ? text[1..^1] : text;

    static MillraceException Invalid(string name, int line, string fact) => new(
        ErrorKind.Invalid, "dvc-config-invalid", $"'{name}', line {line}: {fact}.",
        "Correct that line; 'dvc config --list' shows what DVC reads.");
}
