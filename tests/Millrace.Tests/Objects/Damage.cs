using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Objects.Packs;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>Reaches behind a store's back.</summary>
static class Damage
{
    /// <summary>The pack that has the object, and where its payload lies in it.</summary>
    public static (string Pack, long Offset, int Length) PayloadOf(ObjectStore store, ContentHash hash)
    {
        var (pack, entry) = store.Reader.Find(hash, EntryKinds.All);
        return (pack.Path, entry.Offset + PackEntry.HeaderSize, entry.StoredLength);
    }

    /// <summary>Turns one bit of a file.</summary>
    public static void Flip(string path, long offset)
    {
        using var file = DurableFile.Open(path, Libc.OpenReadWrite, 0);
        var value = new byte[1];
        RandomAccess.Read(file, value, offset);
        value[0] ^= 0x10;
        RandomAccess.Write(file, value, offset);
    }

    public static void Flip(ObjectStore store, ContentHash hash)
    {
        var (pack, offset, _) = PayloadOf(store, hash);
        Flip(pack, offset);
    }

    /// <summary>Reads a file past .NET, whose own locks keep it from a pack that is being written.</summary>
    public static byte[] ReadAll(string path)
    {
        using var file = DurableFile.Open(path, Libc.OpenReadOnly, 0);
        var bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, 0);
        return bytes;
    }

    public static void Cut(string path, long length)
    {
        using var file = DurableFile.Open(path, Libc.OpenReadWrite, 0);
        RandomAccess.SetLength(file, length);
    }

    /// <summary>The store's packs and indexes with what they hold.</summary>
    public static SortedDictionary<string, byte[]> Files(ObjectStore store) => new(
        Directory.Exists(store.Packs.Writers.Folder)
            ? Directory.EnumerateFiles(store.Packs.Writers.Folder).ToDictionary(path => path, ReadAll)
            : [],
        StringComparer.Ordinal);
}
