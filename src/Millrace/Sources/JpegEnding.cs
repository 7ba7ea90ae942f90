namespace Millrace.Sources;

/// <summary>Tells whether a JPEG was cut off, without decoding it.</summary>
/// <remarks>ITU-T T.81, B.1.1.3: an image begins with SOI and ends with EOI. Zero bytes after EOI are common and
/// harmless. </remarks>
static class JpegEnding
{
    const byte Marker = 0xff, StartOfImage = 0xd8, EndOfImage = 0xd9;

    /// <summary>What is wrong with bytes that begin as a JPEG, as the end of a sentence; null when nothing is, or when
    /// they are something else.</summary>
    public static string? Fault(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            return "is empty.";
        }

        if (bytes.Length < 2 || bytes[0] != Marker || bytes[1] != StartOfImage)
        {
            return null;
        }

        return FaultOfTail(bytes) is null
            ? null : $"ends after {bytes.Length:N0} bytes without the end of a JPEG: it was cut off.";
    }

    /// <summary>What is wrong with the end of a JPEG, of which the last bytes are enough; null when nothing
    /// is.</summary>
    public static string? FaultOfTail(ReadOnlySpan<byte> bytes)
    {
        var trimmed = bytes.TrimEnd((byte)0);
        var end = trimmed.LastIndexOf([Marker, EndOfImage]);
        return end >= 0 && (end == trimmed.Length - 2 || end > bytes.Length - 4096)
            ? null : "was cut off: it ends without the end of a JPEG";
    }
}
