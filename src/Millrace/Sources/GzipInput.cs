using System.IO.Compression;
using System.Text;
using Millrace.Objects;

namespace Millrace.Sources;

/// <summary>Unpacks gzip and tells at the end when it was cut off: .NET ends such a file as if it were whole.</summary>
/// <remarks>RFC 1952, 2.2: a file may have several members. One more is put behind it; a whole file gives that member's
/// text at its end, where it is held back, and one that was cut off swallows it as data.</remarks>
sealed class GzipInput : ForwardStream
{
    static readonly byte[] Mark = Encoding.ASCII.GetBytes("millrace end of file");

    readonly GZipStream _unpacked;
    readonly byte[] _held = new byte[Mark.Length];
    readonly MarkedStream _packed;
    byte[] _scratch = [];
    int _heldCount;
    long _handedOut;
    bool _isEnded;

    /// <param name="packed">The packed bytes; not disposed.</param>
    public GzipInput(Stream packed)
    {
        _packed = new MarkedStream(packed, Packed());
        _unpacked = new GZipStream(_packed, CompressionMode.Decompress);
    }

    protected override long HandedOut => _handedOut;

    /// <exception cref="InvalidDataException">It is damaged, or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_isEnded && buffer.Length > 0)
        {
            // What was held comes out first, and the last bytes that are there are held again.
            if (_scratch.Length < buffer.Length + Mark.Length)
            {
                _scratch = new byte[buffer.Length + Mark.Length];
            }

            var scratch = _scratch;
            _held.AsSpan(0, _heldCount).CopyTo(scratch);
            var read = _unpacked.Read(scratch, _heldCount, buffer.Length);
            if (read == 0)
            {
                _isEnded = true;
                if (_packed.Count > 0 && !_held.AsSpan(0, _heldCount).SequenceEqual(Mark))
                {
                    throw new InvalidDataException("it was cut off.");
                }

                return 0;
            }

            var total = _heldCount + read;
            _heldCount = Math.Min(total, Mark.Length);
            var given = total - _heldCount;
            scratch.AsSpan(given, _heldCount).CopyTo(_held);
            if (given > 0)
            {
                scratch.AsSpan(0, given).CopyTo(buffer);
                _handedOut += given;
                return given;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacked.Dispose();
        }

        base.Dispose(disposing);
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

    /// <summary>A stream, and bytes behind it.</summary>
    sealed class MarkedStream(Stream source, byte[] ending) : ForwardStream
    {
        readonly MemoryStream _ending = new(ending);

        /// <summary>Bytes of the source that were read.</summary>
        public long Count { get; private set; }

        protected override long HandedOut => Count;

        public override int Read(Span<byte> buffer)
        {
            var read = source.Read(buffer);
            Count += read;
            // An empty file is a file without members, and stays one.
            return read > 0 || Count == 0 ? read : _ending.Read(buffer);
        }
    }
}
