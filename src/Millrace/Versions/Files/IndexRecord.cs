using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>One file in the index, as it lies in the file: 72 bytes. See docs/formats/index.md.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
struct IndexRecord
{
    /// <summary>What stat(2) tells cannot be trusted: the file was written just then, or nobody looked.</summary>
    public const byte UncertainFlag = 1;

    HashBytes _hash;
    public long SizeBytes;
    public ulong Inode;
    public long ModifiedAt;
    public long ChangedAt;
    public uint NameOffset;
    public ushort NameLength;
    public TreeEntryKind Kind;
    public byte Flags;

    public ContentHash Hash
    {
        readonly get => new(((ReadOnlySpan<byte>)_hash));
        set => value.CopyTo(_hash);
    }

    public static TreeEntryKind KindOf(uint mode) => (mode & FileModes.TypeMask) switch
    {
        FileModes.Link => TreeEntryKind.Link,
        FileModes.Folder => TreeEntryKind.Folder,
        FileModes.Regular => (mode & FileModes.OwnerExecute) != 0 ? TreeEntryKind.Executable : TreeEntryKind.File,
        _ => 0,
    };

    public readonly bool HasSameStatus(in FileStatus status) =>
        SizeBytes == status.SizeBytes && Inode == status.Inode && ModifiedAt == status.ModifiedAt
        && ChangedAt == status.ChangedAt && Kind == KindOf(status.Mode);

    public void TakeStatus(in FileStatus status, bool isUncertain)
    {
        SizeBytes = status.SizeBytes;
        Inode = status.Inode;
        ModifiedAt = status.ModifiedAt;
        ChangedAt = status.ChangedAt;
        Kind = KindOf(status.Mode);
        Flags = isUncertain ? UncertainFlag : (byte)0;
    }

    [InlineArray(ContentHash.Size)]
    struct HashBytes
    {
        byte _first;
    }
}
