using System.Globalization;

namespace Millrace.App.Buckets.Operations;

/// <summary>A range of bytes.</summary>
/// <param name="Offset">The first.</param>
/// <param name="Length">How many.</param>
readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Reads a header <c>bytes=A-B</c>; null for one that is to be ignored: several ranges, another unit.
    /// </summary>
    /// <exception cref="S3Exception">No byte of the object lies in it.</exception>
    public static ByteRange? Parse(string? header, long size)
    {
        const string Unit = "bytes=";
        if (header is null || !header.StartsWith(Unit, StringComparison.Ordinal)
            || header[Unit.Length..].Split('-') is not [var from, var to])
        {
            return null;
        }

        if (from.Length == 0)
        {
            if (!TryRead(to, out var suffix))
                return null;
            return suffix == 0 || size == 0 ? throw Unsatisfiable()
                : new ByteRange(Math.Max(0, size - suffix), Math.Min(suffix, size));
        }

        if (!TryRead(from, out var first) || (to.Length > 0 && !TryRead(to, out _)))
            return null;
        var last = to.Length > 0 && TryRead(to, out var end) ? end : long.MaxValue;
        if (last < first)
            return null;
        return first >= size ? throw Unsatisfiable() : new ByteRange(first, Math.Min(last, size - 1) - first + 1);
    }

    static bool TryRead(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    static S3Exception Unsatisfiable() => new(416, "InvalidRange", "The requested range is not satisfiable");
}
