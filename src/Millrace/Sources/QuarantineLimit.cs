using System.Globalization;

namespace Millrace.Sources;

/// <summary>How many records of an ingest may go to the quarantine: so many, or so many of a hundred.</summary>
/// <param name="Count">The most records; null when it is a share.</param>
/// <param name="Percent">The largest share, from 0 to 100; null when it is a number.</param>
public readonly record struct QuarantineLimit(long? Count, double? Percent)
{
    /// <summary>Whether so many are within it.</summary>
    public bool Allows(long quarantined, long records) => Count is { } count
        ? quarantined <= count : quarantined * 100.0 <= (Percent ?? 100) * records;

    /// <summary>A limit such as <c>0</c>, <c>100</c> or <c>0.5%</c>.</summary>
    /// <exception cref="MillraceException"><c>option-invalid</c>.</exception>
    public static QuarantineLimit Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.EndsWith('%') && double.TryParse(
            text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent <= 100)
        {
            return new QuarantineLimit(null, percent);
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new QuarantineLimit(count, null)
            : throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", $"'{text}' is no number of records and no share of them.",
                "Write for instance 0, 100 or 0.5%.");
    }

    public override string ToString() => Count is { } count
        ? count.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Percent}%");
}
