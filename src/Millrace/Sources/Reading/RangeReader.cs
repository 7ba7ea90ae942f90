using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Sources.Reading;

/// <summary>A window of bytes that moves over a file, one record at a time.</summary>
/// <remarks>The window holds the record that is being read as a whole, so it grows with the longest one, up to
/// <see cref="MaxRecordBytes"/>.</remarks>
sealed class RangeReader : IDisposable
{
    const int FirstWindow = 1 << 20;

    readonly SafeFileHandle _file;
    byte[] _window = ArrayPool<byte>.Shared.Rent(FirstWindow);
    long _windowOffset;
    int _filled;

    /// <param name="path">The file.</param>
    /// <param name="length">Where it ends; what is added to it later is not read.</param>
    public RangeReader(string path, long length)
    {
        _file = File.OpenHandle(path);
        Length = length;
    }

    /// <summary>A record of more bytes goes to the quarantine.</summary>
    public int MaxRecordBytes { get; init; } = 64 << 20;

    public long Length { get; }

    /// <summary>Where the record begins in the file.</summary>
    public long Offset => _windowOffset + Start;

    /// <summary>Where the record begins in the window.</summary>
    public int Start { get; private set; }

    /// <summary>What the window holds from the record's first byte on.</summary>
    public ReadOnlySpan<byte> Rest => _window.AsSpan(Start, _filled - Start);

    /// <summary>Whether the window reaches to the end of the file.</summary>
    public bool IsAtEnd => _windowOffset + _filled >= Length;

    /// <summary>Whether the window can't grow any more.</summary>
    public bool IsFull => _filled - Start >= MaxRecordBytes;

    /// <summary>Begins at an offset of the file.</summary>
    public void Seek(long offset)
    {
        _windowOffset = offset;
        Start = 0;
        _filled = 0;
    }

    /// <summary>Goes on behind so many bytes of the window.</summary>
    public void Skip(int count) => Start += count;

    /// <summary>Brings more of the file into the window, behind what is left of it.</summary>
    /// <returns>False when there is no more, or no room.</returns>
    /// <exception cref="MillraceException"><c>source-changed</c>: the file became shorter.</exception>
    public bool More()
    {
        if (IsAtEnd || IsFull)
        {
            return false;
        }

        var left = _filled - Start;
        if (Start > 0)
        {
            _window.AsSpan(Start, left).CopyTo(_window);
            _windowOffset += Start;
            _filled = left;
            Start = 0;
        }
        else if (_filled == _window.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)_window.Length * 2, Array.MaxLength));
            _window.AsSpan(0, _filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_window);
            _window = larger;
        }

        var room = (int)Math.Min(_window.Length - _filled, Length - _windowOffset - _filled);
        var read = RandomAccess.Read(_file, _window.AsSpan(_filled, room), _windowOffset + _filled);
        if (read == 0)
        {
            throw Changed();
        }

        _filled += read;
        return true;
    }

    /// <summary>The length of the record's line, without its line feed; -1 when it is longer than a record may be.
    /// </summary>
    public int LineEnd()
    {
        var looked = 0;
        while (true)
        {
            var found = Rest[looked..].IndexOf((byte)'\n');
            if (found >= 0)
            {
                return looked + found;
            }

            looked = Rest.Length;
            if (!More())
            {
                return IsFull && !IsAtEnd ? -1 : looked;
            }
        }
    }

    /// <summary>Where the next line begins, looking from an offset of the file on, in constant memory.</summary>
    public long NextLine(long offset, byte lineEnd = (byte)'\n')
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstWindow);
        try
        {
            while (offset < Length)
            {
                var read = RandomAccess.Read(
                    _file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - offset)), offset);
                if (read == 0)
                {
                    throw Changed();
                }

                var end = buffer.AsSpan(0, read).IndexOf(lineEnd);
                if (end >= 0)
                {
                    return offset + end + 1;
                }

                offset += read;
            }

            return Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_window);
        _window = [];
    }

    static MillraceException Changed() => new(
        ErrorKind.Conflict, "source-changed", "A file became shorter while it was read.",
        "Wait until whoever writes it is done, then run the same command again. Nothing was added.");
}
