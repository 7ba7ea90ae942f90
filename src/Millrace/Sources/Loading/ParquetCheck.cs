using System.Buffers.Binary;

namespace Millrace.Sources.Loading;

/// <summary>Checks how a Parquet file ends before native code believes it: four bytes with the length of the footer,
/// and the mark. Parquet format, "File format".</summary>
static class ParquetCheck
{
    const int EndBytes = 8;
    const int MarkBytes = 4;

    /// <exception cref="MillraceException"><c>source-damaged</c>.</exception>
    public static void Check(InputFile file)
    {
        using var handle = File.OpenHandle(file.Path);
        Span<byte> end = stackalloc byte[EndBytes];
        var isWhole = file.Length >= MarkBytes + EndBytes
            && RandomAccess.Read(handle, end, file.Length - EndBytes) == EndBytes
            && end[MarkBytes..].SequenceEqual("PAR1"u8)
            && BinaryPrimitives.ReadUInt32LittleEndian(end) is var footer
            && footer > 0 && footer <= file.Length - MarkBytes - EndBytes;
        if (!isWhole)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "source-damaged",
                $"'{file.Name}' does not end as a Parquet file does: it was cut off, or is none.",
                "Fetch or write the file again. Nothing was added.");
        }
    }
}
