using System.Buffers.Binary;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>Whole objects as read-only files, for checkouts that link instead of copying: <c>ab/cdef…</c> by the hash.
/// The permissions are no proof of what is in one: root may write to it, and whoever changes them, by any of its
/// names. So its bytes are compared with the hash before each link, unless nothing was done to the file since they
/// last were.</summary>
/// <remarks>That is told by what stat(2) said then, which lies beside a large file as <c>ab/cdef….proof</c>: u64
/// device, u64 inode, i64 size, i64 time of its content, i64 time of its last change; little-endian, nanoseconds since
/// 1970. Each new link and each one that goes counts as a change. Resource: reading the file.</remarks>
/// <param name="folder">Where they lie; it need not exist.</param>
/// <param name="objects">What they are made of.</param>
sealed unsafe class LinkCache(string folder, ObjectStore objects)
{
    /// <summary>FICLONE of Linux.</summary>
    const nuint CloneRequest = 0x40049409;

    /// <summary>A smaller file is read as fast as what is beside it.</summary>
    const int ProofSizeMin = 1 << 20;

    const int AttemptsMax = 3;
    const int ProofSize = 40;
    const string ProofSuffix = ".proof";
    const uint PermissionMask = 0xFFF;
    const uint ReadOnlyMode = 0b100_100_100;

    /// <summary>Makes another name for the file of an object.</summary>
    /// <param name="entry">The object.</param>
    /// <param name="temp">The folder of the new name.</param>
    /// <param name="name">The new name.</param>
    /// <param name="status">What was proved.</param>
    /// <returns>False when the file system makes no such link, or somebody writes to the file all the time.</returns>
    public bool TryLink(TreeEntry entry, int temp, byte* name, out FileStatus status)
    {
        status = default;
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var (file, proved) = Ensure(entry);
            fixed (byte* source = FolderOpener.Bytes(file))
            {
                if (Libc.LinkAt(Libc.AtCurrentFolder, source, temp, name, 0) != 0)
                    return false;
            }

            var linked = default(FileStatus);
            if (Libc.FileStatusAt(temp, name, &linked, Libc.AtNoFollow) == 0 && HasSameContent(linked, proved))
            {
                Remember(file, linked);
                status = linked;
                return true;
            }

            _ = Libc.UnlinkAt(temp, name, 0);
        }

        return false;
    }

    /// <summary>Lets a new file share the bytes of the file of an object.</summary>
    /// <returns>False when the file system shares none.</returns>
    /// <exception cref="MillraceException"><c>file-changed</c>, and those of writing.</exception>
    public bool TryClone(TreeEntry entry, int descriptor)
    {
        var (file, proved) = Ensure(entry);
        using var source = DurableFile.Open(file, Libc.OpenReadOnly | Libc.OpenNoFollow, 0);
        if (Libc.Control(descriptor, CloneRequest, source.DangerousGetHandle()) != 0)
            return false;
        return Libc.FileStatus(source, out var cloned) == 0 && HasSameContent(cloned, proved) ? true
            : throw new MillraceException(
                ErrorKind.Conflict, "file-changed", $"'{file}' was written to while a checkout took it.",
                "Nothing may write below '.millrace/'; run the same command again, which goes on from there.");
    }

    /// <summary>Whether nothing tells that the bytes are others; links may have come and gone.</summary>
    public static bool HasSameContent(in FileStatus one, in FileStatus other) =>
        one.Device == other.Device && one.Inode == other.Inode && one.SizeBytes == other.SizeBytes
        && one.ModifiedAt == other.ModifiedAt;

    /// <summary>Files whose bytes are not what their name says. Each is made anew when a checkout needs it; what was
    /// linked to it has the same bytes.</summary>
    public IEnumerable<string> Damaged(CancellationToken cancellationToken)
    {
        foreach (var (file, hash) in Files())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryStatus(file, out var status) && !IsEqual(file, hash, status))
                yield return file;
        }
    }

    /// <summary>Removes files that no checkout links to, and what writers left that died.</summary>
    /// <param name="isNeeded">Whether the checkout has an object, so that its file will be asked for again.</param>
    /// <param name="isDryRun">Whether nothing is removed.</param>
    /// <param name="leftBefore">What was begun before then and never ended is nobody's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many files and bytes.</returns>
    public (long Count, long SizeBytes) Prune(
        Func<ContentHash, bool> isNeeded, bool isDryRun, DateTimeOffset leftBefore,
        CancellationToken cancellationToken)
    {
        var (count, size) = (0L, 0L);
        foreach (var (file, hash) in Files())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryStatus(file, out var status) || status.LinkCount > 1 || isNeeded(hash))
                continue;
            count++;
            size += status.SizeBytes;
            if (isDryRun)
                continue;
            File.Delete(file);
            File.Delete(file + ProofSuffix);
        }

        if (isDryRun || !Directory.Exists(folder))
            return (count, size);
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles(
            $"{DurableFile.AsidePrefix}*", SearchOption.AllDirectories))
        {
            if (file.LastWriteTimeUtc < leftBefore)
                file.Delete();
        }

        return (count, size);
    }

    IEnumerable<(string File, ContentHash Hash)> Files()
    {
        if (!Directory.Exists(folder))
            yield break;
        foreach (var group in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            foreach (var file in Directory.EnumerateFiles(group).Order(StringComparer.Ordinal))
            {
                if (ContentHash.TryParse(Path.GetFileName(group) + Path.GetFileName(file), out var hash))
                    yield return (file, hash);
            }
        }
    }

    string PathOf(ContentHash hash)
    {
        var name = hash.ToString();
        return Path.Join(folder, name[..2], name[2..]);
    }

    /// <summary>Sees to it that there is a proved file of an object.</summary>
    (string File, FileStatus Status) Ensure(TreeEntry entry)
    {
        var file = PathOf(entry.Hash);
        return TryStatus(file, out var status) && status.SizeBytes == entry.SizeBytes
            && (status.Mode & PermissionMask & ~ReadOnlyMode) == 0 && IsProved(file, entry.Hash, status)
            ? (file, status) : (file, Make(file, entry));
    }

    static bool IsProved(string file, ContentHash hash, in FileStatus status)
    {
        if (WasProved(file, status))
            return true;
        if (!IsEqual(file, hash, status))
            return false;
        Remember(file, status);
        return true;
    }

    static bool IsEqual(string file, ContentHash hash, in FileStatus status)
    {
        try
        {
            return status.IsRegularFile && FileHash.Of(file) == hash
                && TryStatus(file, out var after) && HasSameContent(after, status);
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Unavailable)
        {
            return false;
        }
    }

    FileStatus Make(string file, TreeEntry entry)
    {
        var within = DurableFile.FolderOf(file);
        DurableFile.MakeFolder(within);
        var aside = Path.Join(within, $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
        try
        {
            using (var handle = DurableFile.Open(
                aside, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, ReadOnlyMode))
            {
                objects.CopyTo(entry.Hash, handle);
                // What is remembered of it must not outlive its bytes.
                if (entry.SizeBytes >= ProofSizeMin)
                    DurableFile.Sync(handle, aside);
            }

            DurableFile.Rename(aside, file);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }

        if (!TryStatus(file, out var status))
            throw DurableFile.Failure(DurableFile.LastError(), file);
        Remember(file, status);
        return status;
    }

    static bool TryStatus(string file, out FileStatus status)
    {
        status = default;
        fixed (byte* name = FolderOpener.Bytes(file))
        fixed (FileStatus* target = &status)
            return Libc.FileStatusAt(Libc.AtCurrentFolder, name, target, Libc.AtNoFollow) == 0;
    }

    static bool WasProved(string file, in FileStatus status)
    {
        if (status.SizeBytes < ProofSizeMin)
            return false;
        try
        {
            return File.ReadAllBytes(file + ProofSuffix).AsSpan().SequenceEqual(ProofOf(status));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Without it the file is only read again.</summary>
    static void Remember(string file, in FileStatus status)
    {
        if (status.SizeBytes < ProofSizeMin)
            return;
        try
        {
            File.WriteAllBytes(file + ProofSuffix, ProofOf(status));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // One that is cut short proves nothing.
        }
    }

    static byte[] ProofOf(in FileStatus status)
    {
        var bytes = new byte[ProofSize];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, status.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), status.Inode);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), status.SizeBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), status.ModifiedAt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), status.ChangedAt);
        return bytes;
    }
}
