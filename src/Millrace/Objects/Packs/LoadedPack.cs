using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;

namespace Millrace.Objects.Packs;

/// <summary>A pack that is open for reading, and as much of its index as was whole when it was last looked at.
/// </summary>
sealed class LoadedPack(string path) : IDisposable
{
    readonly Lock _lock = new();
    SafeFileHandle? _handle;

    public string Path => path;

    /// <summary>The 32 digits.</summary>
    public string Name { get; } = System.IO.Path.GetFileNameWithoutExtension(path);

    /// <summary>The whole blocks of the index.</summary>
    public byte[] Index { get; set; } = [];

    /// <summary>Bytes of <see cref="Index"/> that are in use.</summary>
    public int IndexEnd { get; set; }

    /// <summary>The index's inode: another one means that it was made anew.</summary>
    public ulong IndexInode { get; set; }

    /// <summary>How far the index covers the pack.</summary>
    public long PackEnd { get; set; } = PackFolder.HeaderSize;

    /// <summary>The pack's length when its index was read: an entry that ends beyond it is damaged.</summary>
    public long Length { get; set; }

    /// <summary>When its use was last noted; see <see cref="Remotes.ObjectTier"/>.</summary>
    public DateTimeOffset UsedAt { get; set; }

    /// <summary>Fills the target from the pack.</summary>
    /// <returns>How many bytes there were; fewer than asked at the pack's end.</returns>
    /// <exception cref="FileNotFoundException">The pack was swept.</exception>
    public int Read(Span<byte> target, long offset)
    {
        var total = 0;
        while (total < target.Length)
        {
            var count = RandomAccess.Read(Handle(), target[total..], offset + total);
            if (count == 0)
                break;
            total += count;
        }

        return total;
    }

    /// <summary>Fills one stretch after the other from the pack, with one call as a rule.</summary>
    /// <inheritdoc cref="Read(Span{byte}, long)"/>
    public unsafe int Read(Span<byte> first, Span<byte> second, long offset)
    {
        fixed (byte* start = first, then = second)
        {
            var parts = stackalloc IoVector[] { new(start, first.Length), new(then, second.Length) };
            if (Libc.ReadAt(Handle(), parts, 2, offset) == first.Length + second.Length)
                return first.Length + second.Length;
        }

        // Interrupted, at the pack's end, or it fails: then it says so.
        var count = Read(first, offset);
        return count < first.Length ? count : count + Read(second, offset + count);
    }

    public SafeFileHandle Handle()
    {
        if (Volatile.Read(ref _handle) is { } open)
            return open;
        lock (_lock)
        {
            if (_handle is null)
            {
                var descriptor = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0);
                if (descriptor < 0)
                {
                    throw DurableFile.LastError() == Errno.NoEntry
                        ? new FileNotFoundException($"'{path}' was swept.", path)
                        : new IOException($"'{path}' cannot be opened: errno {(int)DurableFile.LastError()}.");
                }

                Volatile.Write(ref _handle, new SafeFileHandle(descriptor, ownsHandle: true));
            }

            return _handle!;
        }
    }

    public void Dispose() => _handle?.Dispose();
}
