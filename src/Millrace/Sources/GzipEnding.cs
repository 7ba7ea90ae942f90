using System.IO.Compression;
using System.Text;

namespace Millrace.Sources;

/// <summary>Tells whether a gzip file was cut off: .NET ends such a file as if it were whole.</summary>
/// <remarks>RFC 1952, 2.2: a file may have several members. One more is put behind it; a whole file gives that member's
/// text at its end, and one that was cut off swallows it as data.</remarks>
static class GzipEnding
{
    static readonly byte[] Mark = Encoding.ASCII.GetBytes("millrace end of file");

    /// <exception cref="InvalidDataException">It is damaged, or cut off.</exception>
    public static void Check(string path, CancellationToken cancellationToken)
    {
        using var file = File.OpenRead(path);
        if (file.Length == 0)
        {
            return;
        }

        using var stream = new GZipStream(new MarkedStream(file, Packed()), CompressionMode.Decompress);
        var buffer = new byte[(1 << 16) + Mark.Length];
        var kept = 0;
        while (stream.Read(buffer, kept, buffer.Length - kept) is var read and > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = kept + read;
            kept = Math.Min(end, Mark.Length);
            buffer.AsSpan(end - kept, kept).CopyTo(buffer);
        }

        if (!buffer.AsSpan(0, kept).SequenceEqual(Mark))
        {
            throw new InvalidDataException("it was cut off.");
        }
    }

    static byte[] Packed()
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Mark);
        }

        return memory.ToArray();
    }

    /// <summary>A file, and bytes behind it.</summary>
    sealed class MarkedStream(Stream file, byte[] ending) : Stream
    {
        readonly MemoryStream _ending = new(ending);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) =>
            file.Read(buffer, offset, count) is var read and > 0 ? read : _ending.Read(buffer, offset, count);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
