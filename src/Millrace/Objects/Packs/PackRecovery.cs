using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;

namespace Millrace.Objects.Packs;

/// <summary>Finds the entries of a pack that its index does not know: after a crash, or when the index is damaged.
/// </summary>
/// <remarks>Chunks, nodes and blobs prove themselves by their hash. A recipe counts only when the commit record of its
/// group follows without a damaged byte between, for only that says that the chunks it names were durable. What cannot
/// be read is stepped over to the next header.</remarks>
static class PackRecovery
{
    /// <summary>Makes the index cover the whole pack.</summary>
    /// <param name="pack">The pack, locked.</param>
    /// <param name="path">Its file.</param>
    /// <param name="cipher">The store's; null when it is not encrypted.</param>
    /// <returns>Null when it is no pack of ours.</returns>
    public static PackCoverage? Complete(SafeFileHandle pack, string path, EntryCipher? cipher)
    {
        Span<byte> header = stackalloc byte[PackFolder.HeaderSize];
        if (RandomAccess.Read(pack, header, 0) < header.Length || !PackFolder.IsHeader(header))
            return null;
        PackFolder.CheckKey(header, path, cipher);
        var length = RandomAccess.GetLength(pack);
        var indexPath = PackFolder.IndexOf(path);
        // One that is longer than any index can be is damage, and no memory is taken for it.
        var index = new FileInfo(indexPath) is { Exists: true } file && file.Length <= PackIndex.SizeMax(length)
            ? File.ReadAllBytes(indexPath) : [];
        var (covered, indexEnd) = Covered(index);
        if (covered == length && indexEnd == index.Length)
            return new PackCoverage(length, indexEnd);
        if (covered > length)
        {
            // The pack lost its tail. What the index says of the rest still holds, but nothing may be appended.
            return null;
        }

        var found = Scan(pack, covered, length, cipher);
        // They may be in the page cache only.
        DurableFile.Sync(pack, path);
        var block = PackIndex.Write(found, covered, length, cipher);
        byte[] complete = [.. index.AsSpan(0, (int)indexEnd), .. block];
        DurableFile.Write(indexPath, complete);
        return new PackCoverage(length, indexEnd + block.Length);
    }

    /// <summary>How much of the pack the whole blocks of an index cover, and where they end.</summary>
    public static (long PackEnd, long IndexEnd) Covered(ReadOnlySpan<byte> index)
    {
        var covered = (long)PackFolder.HeaderSize;
        var position = 0;
        while (PackIndex.TryReadBlock(index[position..], covered, out var count, out var end))
        {
            covered = end;
            position += PackIndex.BlockHeaderSize + (count * PackIndex.EntrySize);
        }

        return (covered, position);
    }

    /// <summary>The entries of a part of a pack that are whole.</summary>
    public static List<PackEntry> Scan(
        SafeFileHandle pack, long begin, long length, EntryCipher? cipher)
    {
        var found = new List<PackEntry>();
        var recipes = new List<PackEntry>();
        using var codec = new PayloadCodec();
        Span<byte> header = stackalloc byte[PackEntry.HeaderSize];
        var search = new MagicSearch(pack, length);
        var position = begin;
        while (position + PackEntry.HeaderSize <= length)
        {
            if (!search.TryRead(header, position))
                break;
            if (!PackEntry.TryReadHeader(header, position, out var entry, out var crc) || entry.End > length)
            {
                recipes.Clear();
                position = search.Next(position + 1);
                continue;
            }

            if (cipher is not null && entry.Kind != EntryKind.Commit)
                entry = entry with { Id = cipher.Reveal(entry.Id) };
            if (entry.Kind == EntryKind.Commit)
            {
                found.AddRange(recipes);
                recipes.Clear();
            }
            else if (!IsWhole(pack, entry, crc, codec, cipher))
            {
                recipes.Clear();
            }
            else if (entry.Kind == EntryKind.Recipe)
            {
                recipes.Add(entry);
            }
            else
            {
                found.Add(entry);
            }

            position = entry.End;
        }

        return found;
    }

    static bool IsWhole(SafeFileHandle pack, PackEntry entry, uint crc, PayloadCodec codec, EntryCipher? cipher)
    {
        var stored = new byte[entry.StoredLength];
        return RandomAccess.Read(pack, stored, entry.Offset + PackEntry.HeaderSize) == stored.Length
            && EntryPayload.ProvesItself(entry, stored, crc, codec, cipher);
    }

    /// <summary>The next place where a header may begin. A pack may be full of what only looks like one, so each byte
    /// is read once.</summary>
    ref struct MagicSearch(SafeFileHandle pack, long length)
    {
        readonly byte[] _window = new byte[64 * 1024];
        long _begin;
        int _count;

        /// <summary>Fills the target, from memory when the search has been there.</summary>
        public readonly bool TryRead(Span<byte> target, long position)
        {
            if (position < _begin || position + target.Length > _begin + _count)
                return RandomAccess.Read(pack, target, position) == target.Length;
            _window.AsSpan((int)(position - _begin), target.Length).CopyTo(target);
            return true;
        }

        public long Next(long position)
        {
            ReadOnlySpan<byte> magic = [(byte)'M', (byte)'R', (byte)'E', (byte)'1'];
            while (position + PackEntry.HeaderSize <= length)
            {
                if (position < _begin || position + magic.Length > _begin + _count)
                {
                    _count = RandomAccess.Read(pack, _window, position);
                    _begin = position;
                    if (_count < magic.Length)
                        break;
                }

                var at = _window.AsSpan((int)(position - _begin), (int)(_begin + _count - position)).IndexOf(magic);
                if (at >= 0)
                    return position + at;
                position = _begin + _count - magic.Length + 1;
            }

            return length;
        }
    }
}
