using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Sources.Reading;

/// <summary>Takes lines of a log apart. Those of web servers also get their time as an instant, and the parts of the
/// request.</summary>
sealed class LogPattern
{
    const string WebTime = "dd/MMM/yyyy:HH:mm:ss zzz";

    readonly Regex _expression;
    readonly int[] _groups;
    readonly int _webFields;
    readonly int _time;

    LogPattern(Regex expression, bool isWeb)
    {
        _expression = expression;
        var names = expression.GetGroupNames().Where(name => !int.TryParse(name, out _)).ToList();
        _groups = [.. names.Select(expression.GroupNumberFromName)];
        Columns = isWeb ? [.. names, "zone", "method", "path", "protocol"] : names;
        _webFields = isWeb ? names.Count : -1;
        _time = names.IndexOf("time");
    }

    public IReadOnlyList<string> Columns { get; }

    /// <exception cref="MillraceException"><c>pattern-invalid</c>.</exception>
    public static LogPattern Of(SourceFormat format, string? pattern) => format switch
    {
        SourceFormat.CommonLog => new LogPattern(new Regex(LogParser.Common, RegexOptions.NonBacktracking), true),
        SourceFormat.CombinedLog => new LogPattern(new Regex(LogParser.Combined, RegexOptions.NonBacktracking), true),
        _ => OfUser(pattern ?? ""),
    };

    /// <summary>Fills the fields of a line; null where a group has no part in it.</summary>
    public bool TryMatch(string line, string?[] fields)
    {
        var match = _expression.Match(line);
        if (!match.Success)
        {
            return false;
        }

        for (var i = 0; i < _groups.Length; i++)
        {
            var group = match.Groups[_groups[i]];
            // Web servers write a bar for what is not there.
            fields[i] = !group.Success || (_webFields >= 0 && group.Value == "-") ? null : group.Value;
        }

        return _webFields < 0 || TryWeb(fields);
    }

    bool TryWeb(string?[] fields)
    {
        if (!DateTimeOffset.TryParseExact(
            fields[_time], WebTime, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
        {
            return false;
        }

        fields[_webFields] = fields[_time]![^5..];
        fields[_time] = instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var parts = fields[_time + 1]?.Split(' ') ?? [];
        var isRequest = parts.Length == 3;
        fields[_webFields + 1] = isRequest ? parts[0] : null;
        fields[_webFields + 2] = isRequest ? parts[1] : null;
        fields[_webFields + 3] = isRequest ? parts[2] : null;
        return true;
    }

    static LogPattern OfUser(string pattern)
    {
        try
        {
            var made = new LogPattern(
                new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), false);
            return made.Columns.Count > 0 ? made : throw Invalid("it has no named group, such as (?<name>…)", null);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw Invalid(exception.Message.TrimEnd('.'), exception);
        }
    }

    static MillraceException Invalid(string reason, Exception? inner) => new(
        ErrorKind.Invalid, "pattern-invalid", $"The pattern of the log can't be used: {reason}.",
        "Give '--pattern' a regular expression with named groups; look-arounds and back-references are not there, "
        + "for no line shall make it slow.", inner);
}
