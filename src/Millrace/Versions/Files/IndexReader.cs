using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Versions.Files;

/// <summary>Reads the file of an index from its beginning to its end, into the arrays that stay: of a large one there
/// is no second copy in memory.</summary>
/// <param name="handle">The file.</param>
/// <param name="length">Its length.</param>
sealed class IndexReader(SafeFileHandle handle, long length)
{
    public const int ChecksumSize = 8;

    const int BufferSize = 64 * 1024;

    readonly XxHash64 _checksum = new();
    readonly byte[] _buffer = new byte[BufferSize];
    long _position;
    int _next;
    int _count;

    /// <summary>Bytes before the checksum that were not taken.</summary>
    public long Left { get; private set; } = length - ChecksumSize;

    /// <returns>False when there are not so many.</returns>
    public bool TryTake(Span<byte> target)
    {
        if (target.Length > Left || !TryFill(target))
            return false;
        Left -= target.Length;
        _checksum.Append(target);
        return true;
    }

    /// <summary>Whether all was taken and is what was written.</summary>
    public bool IsWhole()
    {
        Span<byte> said = stackalloc byte[ChecksumSize];
        return Left == 0 && TryFill(said)
            && BinaryPrimitives.ReadUInt64LittleEndian(said) == _checksum.GetCurrentHashAsUInt64();
    }

    bool TryFill(Span<byte> target)
    {
        while (target.Length > 0)
        {
            if (_next == _count && target.Length >= BufferSize)
            {
                var read = RandomAccess.Read(handle, target, _position);
                if (read == 0)
                    return false;
                _position += read;
                target = target[read..];
                continue;
            }

            if (_next == _count)
            {
                _count = RandomAccess.Read(handle, _buffer, _position);
                _next = 0;
                if (_count == 0)
                    return false;
                _position += _count;
            }

            var count = Math.Min(target.Length, _count - _next);
            _buffer.AsSpan(_next, count).CopyTo(target);
            _next += count;
            target = target[count..];
        }

        return true;
    }
}
