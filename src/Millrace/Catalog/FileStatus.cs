using System.Runtime.InteropServices;

namespace Millrace.Catalog;

/// <summary>What stat(2) tells of a file on Linux x86-64.</summary>
[StructLayout(LayoutKind.Sequential)]
struct FileStatus
{
    const uint TypeMask = 0xF000;
    const uint TypePipe = 0x1000;
    const uint TypeFolder = 0x4000;
    const uint TypeBlocks = 0x6000;
    const uint TypeRegular = 0x8000;
    const uint TypeSocket = 0xC000;
    const long NanosecondsPerSecond = 1_000_000_000;

    public ulong Device;
    public ulong Inode;
    public ulong LinkCount;
    public uint Mode;
    public uint UserId;
    public uint GroupId;
    public uint Padding;
    public ulong SpecialDevice;
    public long SizeBytes;
    public long BlockSize;
    public long BlockCount;
    public long AccessSeconds;
    public long AccessNanoseconds;
    public long ModifySeconds;
    public long ModifyNanoseconds;
    public long ChangeSeconds;
    public long ChangeNanoseconds;
    public long Unused0;
    public long Unused1;
    public long Unused2;

    /// <summary>When the content was last changed, in nanoseconds since 1970 UTC.</summary>
    public readonly long ModifiedAt => (ModifySeconds * NanosecondsPerSecond) + ModifyNanoseconds;

    /// <summary>When the file or what describes it was last changed, in nanoseconds since 1970 UTC.</summary>
    public readonly long ChangedAt => (ChangeSeconds * NanosecondsPerSecond) + ChangeNanoseconds;

    public readonly bool IsRegularFile => (Mode & TypeMask) == TypeRegular;

    public readonly bool IsFolder => (Mode & TypeMask) == TypeFolder;

    /// <summary>Whether it is a disk or a part of one.</summary>
    public readonly bool IsBlockDevice => (Mode & TypeMask) == TypeBlocks;

    /// <summary>What it is, for messages.</summary>
    public readonly string Noun => (Mode & TypeMask) switch
    {
        TypeRegular => "a file",
        TypeFolder => "a folder",
        TypePipe => "a pipe",
        TypeSocket => "a socket",
        _ => "a device",
    };

    /// <summary>Whether nothing tells that the file was written between the two.</summary>
    public readonly bool IsSame(in FileStatus other) =>
        Device == other.Device && Inode == other.Inode && SizeBytes == other.SizeBytes
        && ModifiedAt == other.ModifiedAt && ChangedAt == other.ChangedAt;
}
