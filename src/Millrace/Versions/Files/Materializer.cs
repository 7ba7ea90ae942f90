using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Objects.Packs;

namespace Millrace.Versions.Files;

/// <summary>Makes files on the disk what a tree says. A file that replaces another is written aside and takes its
/// name in one step; a new one has no permission to be read until it is whole, which tells it from a user's after a
/// crash. No link is followed on the way.</summary>
/// <remarks>Resource: reading packs in their order and six system calls for each file, on every core. One thread works
/// in one folder: two that make small files in it would wait for its lock, and burn time in that.</remarks>
sealed unsafe class Materializer(
    string root, string tempFolder, ObjectStore objects, CheckoutMode mode, string linkCache,
    IProgress<ScanProgress>? progress, CancellationToken cancellationToken)
{
    /// <summary>The permissions of a file that is not whole yet.</summary>
    public const uint UnfinishedMode = 0b010_000_000;

    const int ReportEvery = 256;
    const int AsideNameMax = 48;

    /// <summary>Files of one folder with more bytes than this are parted among threads.</summary>
    const long PartSize = 64 << 20;

    const uint PermissionMask = 0b111_111_111;

    readonly List<WrittenFile> _written = [];

    /// <summary>The file systems that are written to, each opened before that: a later handle would miss what the
    /// kernel met in between.</summary>
    readonly Dictionary<ulong, SafeFileHandle> _volumes = [];

    readonly LinkCache _links = new(linkCache, objects);
    readonly uint _allowed = PermissionMask & ~ReadMask();
    int _lastName;

    /// <summary>Whether a new file is written aside too, so that nobody sees a part of it.</summary>
    public bool WritesAside { get; init; }

    /// <summary>Paths whose content was erased on purpose: they were not written, and are in the records all the same.
    /// </summary>
    public List<string> Erased { get; } = [];

    /// <summary>Whether a file whose content cannot be had is left as it is, and the others are written all the same.
    /// </summary>
    public bool SkipsLost { get; init; }

    /// <summary>Files that were left for that, with why.</summary>
    public List<LostFile> Lost { get; } = [];

    /// <summary>Removes what a change removes, with the folders that this empties, then writes the rest.</summary>
    /// <returns>The records of what was written.</returns>
    public IReadOnlyList<WrittenFile> Apply(IReadOnlyList<TreeChange> changes)
    {
        using (var folders = new FolderOpener(root))
            NoteVolume(folders.Root, root);
        Remove(changes);
        var parts = Parts(changes);
        var work = new ParallelWork(cancellationToken);
        // The last that is added is done first.
        for (var i = parts.Count - 1; i >= 0; i--)
        {
            var part = parts[i];
            work.Add(() => Write(part));
        }

        work.Run();
        return _written;
    }

    /// <summary>What one thread writes without another: files of one folder, in the order of their packs.</summary>
    List<List<PlacedFile>> Parts(IReadOnlyList<TreeChange> changes)
    {
        var folders = new Dictionary<string, List<PlacedFile>>(StringComparer.Ordinal);
        List<PlacedFile>? last = null;
        foreach (var change in changes)
        {
            if (change.After is not { Kind: not TreeEntryKind.Table } entry)
                continue;
            var location = objects.TryLocate(entry.Hash, out var found) ? found : default;
            if (last is null || !PlacedFile.IsIn(last[0].Folder, change.Path))
            {
                var folder = Split(change.Path).Folder;
                if (!folders.TryGetValue(folder, out last))
                    folders.Add(folder, last = []);
                last.Add(new PlacedFile(change, folder, location));
            }
            else
            {
                last.Add(new PlacedFile(change, last[0].Folder, location));
            }
        }

        var parts = new List<List<PlacedFile>>(folders.Count);
        foreach (var files in folders.Values)
        {
            files.Sort(PlacedFile.ByPlace);
            AddParts(parts, files);
        }

        parts.Sort((left, right) => PlacedFile.ByPlace(left[0], right[0]));
        return parts;
    }

    static void AddParts(List<List<PlacedFile>> parts, List<PlacedFile> files)
    {
        var (begin, size) = (0, 0L);
        for (var i = 0; i < files.Count; i++)
        {
            size += files[i].Change.After!.SizeBytes;
            if (size <= PartSize && i + 1 < files.Count)
                continue;
            parts.Add(begin == 0 && i + 1 == files.Count ? files : files.GetRange(begin, i + 1 - begin));
            (begin, size) = (i + 1, 0);
        }
    }

    /// <summary>Returns when everything that was written is on the disk: the index will say that it is.</summary>
    public void Sync()
    {
        foreach (var volume in _volumes.Values)
        {
            using (volume)
                DurableFile.SyncFileSystem(volume, root);
        }

        _volumes.Clear();
    }

    /// <summary>Below the root another file system may be mounted.</summary>
    void NoteVolume(int folder, string path)
    {
        if (Libc.FileStatus(folder, out var status) != 0)
            throw DurableFile.Failure(DurableFile.LastError(), path);
        lock (_volumes)
        {
            if (!_volumes.ContainsKey(status.Device))
                _volumes.Add(status.Device, DurableFile.Open(path, Libc.OpenReadOnly | Libc.OpenFolder, 0));
        }
    }

    void Remove(IReadOnlyList<TreeChange> changes)
    {
        using var folders = new FolderOpener(root);
        var emptied = new SortedSet<string>(Utf8Order.Instance);
        foreach (var change in changes)
        {
            if (change.After is not null || change.Before is not { Kind: not TreeEntryKind.Table })
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            var (folder, name) = Split(change.Path);
            var descriptor = folders.TryOpen(folder, makes: false, out _);
            if (descriptor < 0)
                continue;
            fixed (byte* start = FolderOpener.Bytes(name))
            {
                if (Libc.UnlinkAt(descriptor, start, 0) != 0
                    && DurableFile.LastError() is not (Errno.NoEntry or Errno.IsAFolder))
                {
                    throw DurableFile.Failure(DurableFile.LastError(), Path.Join(root, change.Path));
                }
            }

            if (folder.Length > 0)
                emptied.Add(folder);
        }

        // The deepest come last in this order.
        foreach (var folder in emptied.Reverse())
            RemoveEmpty(folders, folder);
    }

    static void RemoveEmpty(FolderOpener folders, string path)
    {
        while (path.Length > 0)
        {
            var (above, name) = Split(path);
            folders.Forget(path);
            var descriptor = folders.TryOpen(above, makes: false, out _);
            if (descriptor < 0)
                return;
            fixed (byte* start = FolderOpener.Bytes(name))
            {
                if (Libc.UnlinkAt(descriptor, start, Libc.AtRemoveFolder) != 0)
                    return;
            }

            path = above;
        }
    }

    void Write(List<PlacedFile> files)
    {
        using var folders = new FolderOpener(root);
        using var window = objects.OpenWindow();
        FolderOpener? temp = null;
        var written = new List<WrittenFile>(files.Count);
        try
        {
            NoteVolume(folders.OpenOrMake(files[0].Folder), Path.Join(root, files[0].Folder));
            var bytes = 0L;
            for (var i = 0; i < files.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var change = files[i].Change;
                var isNew = !WritesAside && change.Before is null && mode == CheckoutMode.Copy
                    && change.After!.Kind != TreeEntryKind.Link;
                LoadWindow(window, files, i);
                if (WriteOrSkip(folders, ref temp, window, files[i], isNew) is { } record)
                    written.Add(new WrittenFile(change.Path, record));
                bytes += change.After!.SizeBytes;
                if ((i + 1) % ReportEvery == 0 || i + 1 == files.Count)
                {
                    progress?.Report(new ScanProgress((i % ReportEvery) + 1, bytes));
                    bytes = 0;
                }
            }
        }
        finally
        {
            temp?.Dispose();
        }

        lock (_written)
            _written.AddRange(written);
    }

    /// <summary>Reads what one file and those after it hold, as far as it lies together.</summary>
    static void LoadWindow(EntryWindow window, List<PlacedFile> files, int index)
    {
        var first = files[index].Location;
        if (first.Pack is null || window.Has(first))
            return;
        var end = first.Entry.End;
        for (var i = index + 1; i < files.Count; i++)
        {
            var next = files[i].Location;
            if (!ReferenceEquals(next.Pack, first.Pack) || next.Entry.Offset - end > EntryWindow.GapMax
                || next.Entry.End - first.Entry.Offset > EntryWindow.SizeMax)
            {
                break;
            }

            end = Math.Max(end, next.Entry.End);
        }

        window.Load(first, end);
    }

    /// <summary>Of an erased object there is nothing to write; the index keeps the path, so that the commit stays
    /// what it is.</summary>
    /// <returns>Null when the content is lost and the file was left.</returns>
    IndexRecord? WriteOrSkip(
        FolderOpener folders, ref FolderOpener? temp, EntryWindow window, PlacedFile file, bool isNew)
    {
        var change = file.Change;
        try
        {
            return isNew
                ? WriteNew(folders, window, file) : Replace(folders, (temp ??= MakeTemp()).Root, window, file);
        }
        catch (MillraceException exception) when (exception.Code == "object-erased")
        {
            // Another version's content must not stand for it.
            if (change.Before is { } before && before.Hash != change.After!.Hash)
                Unlink(folders, change.Path);
            lock (_written)
                Erased.Add(change.Path);
            return IndexTree.Record(change.After!);
        }
        catch (MillraceException exception) when (SkipsLost && IsLoss(exception.Code))
        {
            lock (_written)
                Lost.Add(new LostFile(change.Path, exception));
            return null;
        }
    }

    static bool IsLoss(string code) =>
        code is "object-missing" or "object-damaged" or "object-unreadable" or "remote-damaged"
            or "remote-file-missing";

    void Unlink(FolderOpener folders, string path)
    {
        var (folder, name) = Split(path);
        var descriptor = folders.TryOpen(folder, makes: false, out _);
        if (descriptor < 0)
            return;
        fixed (byte* start = FolderOpener.Bytes(name))
        {
            if (Libc.UnlinkAt(descriptor, start, 0) != 0 && DurableFile.LastError() != Errno.NoEntry)
                throw DurableFile.Failure(DurableFile.LastError(), Path.Join(root, path));
        }
    }

    FolderOpener MakeTemp()
    {
        var folder = Path.Join(tempFolder, Interlocked.Increment(ref _lastName).ToString("d"));
        DurableFile.MakeFolder(folder);
        return new FolderOpener(folder);
    }

    /// <summary>A path at which nothing is: the file is made there, and readable when it is whole.</summary>
    IndexRecord WriteNew(FolderOpener folders, EntryWindow window, PlacedFile file)
    {
        var change = file.Change;
        var entry = change.After!;
        var name = file.Name;
        CheckName(name, change.Path);
        var target = folders.OpenOrMake(file.Folder);
        fixed (byte* start = FolderOpener.Bytes(name))
        {
            var descriptor = Libc.OpenAt(
                target, start,
                Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenNoFollow | Libc.OpenCloseOnExec,
                UnfinishedMode);
            if (descriptor < 0)
                throw Blocked(DurableFile.LastError(), change.Path);
            try
            {
                Copy(window, file, descriptor);
                var permissions = entry.Kind == TreeEntryKind.Executable ? 0b111_111_111u : 0b110_110_110u;
                if (Libc.SetMode(descriptor, permissions & _allowed) != 0
                    || Libc.FileStatus(descriptor, out var status) != 0)
                {
                    throw DurableFile.Failure(DurableFile.LastError(), Path.Join(root, change.Path));
                }

                var record = IndexTree.Record(entry);
                record.TakeStatus(status, isUncertain: false);
                return record;
            }
            catch
            {
                _ = Libc.UnlinkAt(target, start, 0);
                throw;
            }
            finally
            {
                _ = Libc.Close(descriptor);
            }
        }
    }

    static void CheckName(string name, string path)
    {
        if (!TreeNode.IsName(name))
            throw new InvalidOperationException($"'{path}' is no path of a tree.");
    }

    /// <summary>What the process's umask takes from permissions.</summary>
    static uint ReadMask()
    {
        const string Mark = "Umask:";
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(
            text => text.StartsWith(Mark, StringComparison.Ordinal));
        return line is null ? 0b000_010_010 : Convert.ToUInt32(line[Mark.Length..].Trim(), 8);
    }

    IndexRecord Replace(FolderOpener folders, int temp, EntryWindow window, PlacedFile file)
    {
        var change = file.Change;
        var entry = change.After!;
        var (folder, name) = Split(change.Path);
        CheckName(name, change.Path);
        var target = folders.OpenOrMake(folder);
        Span<byte> aside = stackalloc byte[AsideNameMax];
        aside.Clear();
        // Among the user's files it needs a name that none of them has.
        var isFormatted = temp == target
            ? System.Text.Unicode.Utf8.TryWrite(aside, $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}", out _)
            : Interlocked.Increment(ref _lastName).TryFormat(aside, out _);
        Debug.Assert(isFormatted, "The longest name fits.");
        FileStatus? proved = null;
        fixed (byte* from = aside)
        {
            if (entry.Kind == TreeEntryKind.Link)
                WriteLink(temp, from, entry, change.Path);
            else
                proved = WriteFile(temp, from, window, file);
            fixed (byte* to = FolderOpener.Bytes(name))
            {
                var flags = change.Before is null ? Libc.RenameNoReplace : 0;
                if (Libc.RenameAt(temp, from, target, to, flags) != 0)
                {
                    var error = DurableFile.LastError();
                    _ = Libc.UnlinkAt(temp, from, 0);
                    // Another file system is mounted there, or the same one once more.
                    if (error == Errno.CrossDevice && temp != target)
                        return Replace(folders, target, window, file);
                    throw Blocked(error, change.Path);
                }

                // Renaming one name of a file over another of the same file does nothing.
                if (proved is not null)
                    _ = Libc.UnlinkAt(temp, from, 0);
                var status = default(FileStatus);
                if (Libc.FileStatusAt(target, to, &status, Libc.AtNoFollow) != 0)
                    throw DurableFile.Failure(DurableFile.LastError(), Path.Join(root, change.Path));
                var record = IndexTree.Record(entry);
                // Somebody may write to it by another of its names.
                record.TakeStatus(status, proved is { } known && !LinkCache.HasSameContent(known, status));
                return record;
            }
        }
    }

    Exception Blocked(Errno error, string path) => error is Errno.Exists or Errno.IsAFolder or Errno.NotEmpty
        ? new MillraceException(
            ErrorKind.Conflict, "file-in-the-way", $"Something was made at '{path}' while the checkout ran.",
            "Move it away, then run the same command again: it goes on from there.")
        : DurableFile.Failure(error, Path.Join(root, path));

    void WriteLink(int temp, byte* name, TreeEntry entry, string path)
    {
        var target = objects.Read(entry.Hash);
        if (target.Length is 0 or > 4095 || target.AsSpan().Contains((byte)0))
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "tree-damaged", $"'{path}' is a link whose target cannot be one.",
                "'millrace fsck' lists what is damaged.");
        }

        byte[] ended = [.. target, 0];
        fixed (byte* start = ended)
        {
            if (Libc.LinkSymbolicAt(start, temp, name) != 0)
                throw DurableFile.Failure(DurableFile.LastError(), Path.Join(root, path));
        }
    }

    /// <returns>What was proved of the file in the link cache that it is another name of; null when it is none.
    /// </returns>
    FileStatus? WriteFile(int temp, byte* name, EntryWindow window, PlacedFile file)
    {
        var (entry, path) = (file.Change.After!, file.Change.Path);
        if (mode == CheckoutMode.Hardlink && entry is { Kind: TreeEntryKind.File, SizeBytes: > 0 }
            && _links.TryLink(entry, temp, name, out var proved))
        {
            return proved;
        }

        var permissions = entry.Kind == TreeEntryKind.Executable ? 0b111_111_111u : 0b110_110_110u;
        var descriptor = Libc.OpenAt(
            temp, name, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenCloseOnExec, permissions);
        if (descriptor < 0)
            throw DurableFile.Failure(DurableFile.LastError(), Path.Join(root, path));
        try
        {
            if (mode != CheckoutMode.Reflink || !_links.TryClone(entry, descriptor))
                Copy(window, file, descriptor);
        }
        catch
        {
            _ = Libc.UnlinkAt(temp, name, 0);
            throw;
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }

        return null;
    }

    void Copy(EntryWindow window, PlacedFile file, int descriptor)
    {
        if (file.Location.Pack is not null && window.TryRead(file.Location, out var whole))
        {
            Write(descriptor, whole, file.Change.Path);
            return;
        }

        using var stream = (ObjectStream)objects.OpenRead(file.Change.After!.Hash);
        for (var bytes = stream.Peek(); !bytes.IsEmpty; bytes = stream.Peek())
        {
            Write(descriptor, bytes, file.Change.Path);
            stream.Consume(bytes.Length);
        }
    }

    void Write(int descriptor, ReadOnlySpan<byte> bytes, string path)
    {
        fixed (byte* start = bytes)
        {
            for (var written = 0L; written < bytes.Length;)
            {
                var count = Libc.Write(descriptor, start + written, (nint)(bytes.Length - written));
                if (count > 0)
                    written += count;
                else if (DurableFile.LastError() is var error && error != Errno.Interrupted)
                    throw DurableFile.Failure(error, Path.Join(root, path));
            }
        }
    }

    static (string Folder, string Name) Split(string path)
    {
        var slash = path.LastIndexOf('/');
        return (path[..Math.Max(slash, 0)], path[(slash + 1)..]);
    }
}
