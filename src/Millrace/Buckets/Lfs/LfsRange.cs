using System.Globalization;

namespace Millrace.Buckets.Lfs;

/// <summary>A part of an object, as a header <c>Range</c> asks for it.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">How many; 0 when the range begins after the end.</param>
public readonly record struct LfsRange(long Offset, long Length)
{
    const string Unit = "bytes=";

    /// <summary>Reads one range. Several, or another unit, do not count: the whole object is then the answer, as HTTP
    /// allows.</summary>
    public static bool TryParse(string header, long size, out LfsRange range)
    {
        range = default;
        if (!header.StartsWith(Unit, StringComparison.Ordinal) || header.Contains(',', StringComparison.Ordinal)
            || header[Unit.Length..].Split('-') is not [var first, var last])
        {
            return false;
        }

        if (first.Length == 0)
        {
            if (!TryNumber(last, out var count))
                return false;
            count = Math.Min(count, size);
            range = new LfsRange(size - count, count);
            return true;
        }

        var end = size - 1;
        if (!TryNumber(first, out var begin) || (last.Length > 0 && (!TryNumber(last, out end) || end < begin)))
            return false;
        range = new LfsRange(begin, Math.Max(0, Math.Min(end, size - 1) - begin + 1));
        return true;
    }

    static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
