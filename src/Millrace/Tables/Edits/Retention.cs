using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Edits;

/// <summary>Spans of time as properties and options write them: <c>interval 1 week</c>, <c>168h</c>,
/// <c>7d</c>.</summary>
static partial class Retention
{
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        var match = Span().Match(text.Trim());
        if (!match.Success || !long.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var number)
            || number > 1_000_000)
        {
            return false;
        }

        span = char.ToLowerInvariant(match.Groups[2].Value[0]) switch
        {
            'w' => TimeSpan.FromDays(7 * number),
            'd' => TimeSpan.FromDays(number),
            'h' => TimeSpan.FromHours(number),
            'm' => TimeSpan.FromMinutes(number),
            _ => TimeSpan.FromSeconds(number),
        };
        return true;
    }

    /// <summary>A property of the table, or the default.</summary>
    public static TimeSpan Of(TableSnapshot table, string property, TimeSpan otherwise) =>
        table.Metadata.Configuration.TryGetValue(property, out var text) && TryParse(text, out var span)
            ? span : otherwise;

    [GeneratedRegex(
        @"^(?:interval\s+)?'?([0-9]{1,9})'?\s*(weeks?|w|days?|d|hours?|h|minutes?|min|m|seconds?|s)'?\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex Span();
}
