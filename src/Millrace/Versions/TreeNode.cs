using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>A node of a folder: a leaf lists entries, an inner node lists nodes. See docs/formats/trees.md.</summary>
/// <param name="Level">0 for a leaf.</param>
/// <param name="Entries">Sorted by the UTF-8 bytes of their names, each once. In an inner node an entry is a node: its
/// name is the first in it, its kind <see cref="TreeEntryKind.Folder"/>.</param>
/// <remarks>u32 magic "MRT1" | u8 level | 3 zero bytes | u32 count | for each entry u8 kind, u16 length of the name,
/// name, u64 bytes, u64 files, hash 32. Little-endian.</remarks>
sealed record TreeNode(int Level, IReadOnlyList<TreeEntry> Entries)
{
    /// <summary>The longest name that Linux has.</summary>
    public const int NameBytesMax = 255;

    const uint Magic = 0x3154524D;
    const int HeaderSize = 12;
    const int EntrySize = 51;
    const int LevelMax = 8;
    const int EntriesMax = 256;
    const ulong BoundaryMask = 0x1F;

    /// <summary>Whether a node ends after this name: about every 32nd time, by the name and the level alone, so that
    /// folders with the same names are cut alike whatever their files hold.</summary>
    public static bool EndsNode(string name, int level, int count)
    {
        if (count >= EntriesMax)
            return true;
        Span<byte> bytes = stackalloc byte[NameBytesMax * 3];
        var length = Encoding.UTF8.GetBytes(name, bytes);
        return (XxHash64.HashToUInt64(bytes[..length], level) & BoundaryMask) == 0;
    }

    public byte[] ToBytes()
    {
        var size = HeaderSize;
        foreach (var entry in Entries)
            size += EntrySize + Encoding.UTF8.GetByteCount(entry.Name);
        var bytes = new byte[size];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        bytes[4] = (byte)Level;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Entries.Count);
        var target = bytes.AsSpan(HeaderSize);
        foreach (var entry in Entries)
        {
            target[0] = (byte)entry.Kind;
            var length = Encoding.UTF8.GetBytes(entry.Name, target[3..]);
            BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)length);
            target = target[(3 + length)..];
            BinaryPrimitives.WriteInt64LittleEndian(target, entry.SizeBytes);
            BinaryPrimitives.WriteInt64LittleEndian(target[8..], entry.FileCount);
            entry.Hash.CopyTo(target[16..]);
            target = target[(EntrySize - 3)..];
        }

        return bytes;
    }

    /// <returns>Null when the bytes are no node.</returns>
    public static TreeNode? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || bytes[4] > LevelMax)
        {
            return null;
        }

        var level = bytes[4];
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        var rest = bytes[HeaderSize..];
        if (count < 0 || count > rest.Length / EntrySize || (count == 0 && level > 0))
            return null;
        var entries = new TreeEntry[count];
        for (var i = 0; i < count; i++)
        {
            if (TryReadEntry(ref rest, level) is not { } entry
                || (i > 0 && Utf8Order.Compare(entries[i - 1].Name, entry.Name) >= 0))
            {
                return null;
            }

            entries[i] = entry;
        }

        return rest.IsEmpty ? new TreeNode(level, entries) : null;
    }

    /// <summary>Whether a name can stand in a folder.</summary>
    public static bool IsName(string name) =>
        name.Length > 0 && name is not ("." or ".." or ".git" or ".millrace") && !name.AsSpan().ContainsAny('/', '\0')
        && Encoding.UTF8.GetByteCount(name) <= NameBytesMax;

    static TreeEntry? TryReadEntry(ref ReadOnlySpan<byte> bytes, int level)
    {
        if (bytes.Length < EntrySize)
            return null;
        var kind = (TreeEntryKind)bytes[0];
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]);
        if (bytes.Length < EntrySize + length || kind is < TreeEntryKind.File or > TreeEntryKind.Table
            || (level > 0 && kind != TreeEntryKind.Folder))
        {
            return null;
        }

        var nameBytes = bytes.Slice(3, length);
        if (!System.Text.Unicode.Utf8.IsValid(nameBytes))
            return null;
        var name = Encoding.UTF8.GetString(nameBytes);
        var values = bytes[(3 + length)..];
        var size = BinaryPrimitives.ReadInt64LittleEndian(values);
        var files = BinaryPrimitives.ReadInt64LittleEndian(values[8..]);
        var hash = new ContentHash(values.Slice(16, ContentHash.Size));
        bytes = bytes[(EntrySize + length)..];
        return IsName(name) && size >= 0 && files >= 0 ? new TreeEntry(name, kind, hash, size, files) : null;
    }
}
