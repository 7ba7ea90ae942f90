using System.Globalization;

namespace Millrace.Tables.Edits;

/// <summary>Sizes as properties and options write them: <c>134217728</c>, <c>128mb</c>, <c>64MiB</c>.</summary>
static class ByteSize
{
    static readonly (string Suffix, int Shift)[] Units =
        [("kib", 10), ("mib", 20), ("gib", 30), ("kb", 10), ("mb", 20), ("gb", 30), ("k", 10), ("m", 20), ("g", 30),
            ("b", 0)];

    public static bool TryParse(string text, out long bytes)
    {
        var digits = text.Trim().ToLowerInvariant();
        var shift = 0;
        if (Units.FirstOrDefault(
            unit => digits.EndsWith(unit.Suffix, StringComparison.Ordinal)) is { Suffix: { } suffix } found)
        {
            digits = digits[..^suffix.Length].Trim();
            shift = found.Shift;
        }

        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 && number <= long.MaxValue >> shift)
        {
            bytes = number << shift;
            return true;
        }

        bytes = 0;
        return false;
    }
}
