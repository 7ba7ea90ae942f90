using System.Globalization;

namespace Millrace.Lineage;

/// <summary>What a person types to name a thing: <c>KIND:NAME[@VERSION][#KEY]</c>.</summary>
/// <param name="Kind">Null when it was left out.</param>
/// <param name="Name">The thing's name; it may itself hold <c>@</c>, since only the last one splits.</param>
/// <param name="Version">Null for the newest.</param>
/// <param name="RowKey">The key of one row of a table, its columns' values joined by commas; or null.</param>
public sealed record ThingName(string? Kind, string Name, string? Version, string? RowKey)
{
    const int MinHashDigits = 8;

    /// <summary>The kinds that a thing can have.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        ["table", "file", "object", "dataset", "model", "run", "feature", "source"];

    /// <exception cref="MillraceException"><c>thing-name</c>: the text does not follow the grammar.</exception>
    public static ThingName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rest = text;
        string? kind = null;
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && Kinds.Contains(rest[..colon]))
        {
            kind = rest[..colon];
            rest = rest[(colon + 1)..];
        }

        string? rowKey = null;
        var hash = rest.IndexOf('#', StringComparison.Ordinal);
        if (hash >= 0 && kind is null or "table")
        {
            rowKey = rest[(hash + 1)..];
            rest = rest[..hash];
        }

        string? version = null;
        var at = rest.LastIndexOf('@');
        if (at > 0)
        {
            version = rest[(at + 1)..];
            rest = rest[..at];
        }

        if (rest.Length == 0 || version is { Length: 0 } || rowKey is { Length: 0 })
        {
            throw new MillraceException(
                ErrorKind.Invalid, "thing-name", $"'{text}' does not name a thing.",
                "Write KIND:NAME[@VERSION], such as 'table:photos@v3', 'model:photo-popularity@production' or, for one "
                + $"row, 'table:photos@v3#17'. Kinds: {string.Join(' ', Kinds)}.");
        }

        return new ThingName(kind, rest, version, rowKey);
    }

    /// <summary>N when the version is written <c>vN</c>.</summary>
    public long? VersionNumber =>
        Version is ['v', .. var digits]
        && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The leading hex digits when the version can be the beginning of a hash.</summary>
    public string? HashPrefix =>
        Version is { Length: >= MinHashDigits and <= 64 } && Version.All(char.IsAsciiHexDigitLower) ? Version : null;

    /// <summary>The UTC time when the version is written as one.</summary>
    public DateTimeOffset? Time =>
        Version is { Length: >= 10 } && Version[4] == '-' && DateTimeOffset.TryParse(
            Version, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    public override string ToString() =>
        (Kind is null ? "" : Kind + ":") + Name + (Version is null ? "" : "@" + Version)
        + (RowKey is null ? "" : "#" + RowKey);
}
