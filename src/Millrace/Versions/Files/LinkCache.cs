using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>Whole objects as read-only files, for checkouts that link instead of copying: <c>ab/cdef…</c> by the
/// hash.</summary>
static unsafe class LinkCache
{
    /// <summary>FICLONE of Linux.</summary>
    const nuint CloneRequest = 0x40049409;

    const uint PermissionMask = 0xFFF;
    const uint ReadOnlyMode = 0b100_100_100;

    public static bool TryLink(string folder, ObjectStore objects, TreeEntry entry, int temp, byte* name)
    {
        if (Ensure(folder, objects, entry) is not { } file)
            return false;
        fixed (byte* source = FolderOpener.Bytes(file))
            return Libc.LinkAt(Libc.AtCurrentFolder, source, temp, name, 0) == 0;
    }

    public static bool TryClone(string folder, ObjectStore objects, TreeEntry entry, int descriptor)
    {
        if (Ensure(folder, objects, entry) is not { } file)
            return false;
        using var source = DurableFile.Open(file, Libc.OpenReadOnly | Libc.OpenNoFollow, 0);
        return Libc.Control(descriptor, CloneRequest, source.DangerousGetHandle()) == 0;
    }

    /// <summary>Makes the file of an object; one that is no longer as it was made is made again.</summary>
    static string? Ensure(string folder, ObjectStore objects, TreeEntry entry)
    {
        var hash = entry.Hash.ToString();
        var file = Path.Join(folder, hash[..2], hash[2..]);
        var status = default(FileStatus);
        fixed (byte* name = FolderOpener.Bytes(file))
        {
            if (Libc.FileStatusAt(Libc.AtCurrentFolder, name, &status, Libc.AtNoFollow) == 0
                && status.IsRegularFile && status.SizeBytes == entry.SizeBytes
                && (status.Mode & PermissionMask & ~ReadOnlyMode) == 0)
            {
                return file;
            }
        }

        DurableFile.MakeFolder(DurableFile.FolderOf(file));
        var aside = Path.Join(DurableFile.FolderOf(file), $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
        using (var handle = DurableFile.Open(
            aside, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, ReadOnlyMode))
        {
            objects.CopyTo(entry.Hash, handle);
        }

        DurableFile.Rename(aside, file);
        return file;
    }
}
