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
    public static PackCoverage? Complete(SafeFileHandle pack, string path, EntryCipher? cipher = null)
    {
        Span<byte> header = stackalloc byte[PackFolder.HeaderSize];
        if (RandomAccess.Read(pack, header, 0) < header.Length || !PackFolder.IsHeader(header))
            return null;
        PackFolder.CheckKey(header, path, cipher);
        var length = RandomAccess.GetLength(pack);
        var indexPath = PackFolder.IndexOf(path);
        var index = File.Exists(indexPath) ? File.ReadAllBytes(indexPath) : [];
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
        DurableFile.Write(indexPath, stream =>
        {
            stream.Write(index.AsSpan(0, (int)indexEnd));
            stream.Write(block);
        });
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
        SafeFileHandle pack, long begin, long length, EntryCipher? cipher = null)
    {
        var found = new List<PackEntry>();
        var recipes = new List<PackEntry>();
        using var codec = new PayloadCodec();
        Span<byte> header = stackalloc byte[PackEntry.HeaderSize];
        var position = begin;
        while (position + PackEntry.HeaderSize <= length)
        {
            if (RandomAccess.Read(pack, header, position) < header.Length)
                break;
            if (!PackEntry.TryReadHeader(header, position, out var entry, out var crc) || entry.End > length)
            {
                recipes.Clear();
                position = NextMagic(pack, position + 1, length);
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

    static long NextMagic(SafeFileHandle pack, long position, long length)
    {
        ReadOnlySpan<byte> magic = [(byte)'M', (byte)'R', (byte)'E', (byte)'1'];
        var window = new byte[64 * 1024];
        while (position + PackEntry.HeaderSize <= length)
        {
            var count = RandomAccess.Read(pack, window, position);
            if (count < magic.Length)
                break;
            var at = window.AsSpan(0, count).IndexOf(magic);
            if (at >= 0)
                return position + at;
            position += count - magic.Length + 1;
        }

        return length;
    }
}
