using System.Globalization;

namespace Millrace.Sources.Databases;

/// <summary>How far behind the mark rows are looked at again, for those that came late: a time, or for a column of
/// numbers a number.</summary>
/// <param name="Amount">Seconds, or the number; 0 for none.</param>
/// <param name="IsTime">Whether it is a time.</param>
readonly record struct Lookback(decimal Amount, bool IsTime)
{
    /// <summary>Reads <c>90s</c>, <c>15m</c>, <c>2h</c>, <c>3d</c> or a number.</summary>
    /// <exception cref="MillraceException"><c>lookback-invalid</c>.</exception>
    public static Lookback Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return default;
        }

        var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        return decimal.TryParse(
            unit == 0 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            ? new Lookback(amount * Math.Max(unit, 1), unit > 0)
            : throw new MillraceException(
                ErrorKind.Invalid, "lookback-invalid", $"'{text}' is no span to look back.",
                "Write for instance 2h, 3d, 90s, or a number for a column of numbers.");
    }

    /// <exception cref="MillraceException"><c>lookback-invalid</c>.</exception>
    public void CheckTime(string column, bool isTime)
    {
        if (Amount != 0 && IsTime != isTime)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "lookback-invalid",
                $"Column '{column}' holds {(isTime ? "times" : "no times")}, and the span to look back is "
                + $"{(IsTime ? "one of time" : "a number")}.",
                isTime ? "Write for instance '--lookback 2h'." : "Write a number, such as '--lookback 1000'.");
        }
    }

    public override string ToString() => Amount.ToString(CultureInfo.InvariantCulture);
}
