using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Objects.Packs;

namespace Millrace.Versions.Files;

/// <summary>Makes files on the disk what a tree says. A file that replaces another is written aside and takes its
/// name in one step; a new one has no permission to be read until it is whole, which tells it from a user's after a
/// crash. No link is followed on the way.</summary>
/// <remarks>Resource: reading packs in their order and six system calls for each file, on every core. What is written
/// is taken part by part from the walk of the trees (see <see cref="ChangeParts"/>), so that only the index grows with
/// the files.</remarks>
sealed unsafe class Materializer(
    string root, string tempFolder, ObjectStore objects, CheckoutMode mode, string linkCache,
    IProgress<ScanProgress>? progress, CancellationToken cancellationToken)
{
    /// <summary>The permissions of a file that is not whole yet.</summary>
    public const uint UnfinishedMode = 0b010_000_000;

    const int ReportEvery = 256;
    const int AsideNameMax = 48;

    const uint PermissionMask = 0b111_111_111;

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
        var written = new List<WrittenFile>(changes.Count);
        Remove(changes);
        Write(changes, (path, in record) => written.Add(new WrittenFile(path, record)));
        return written;
    }

    /// <summary>Does what was decided.</summary>
    /// <param name="plan">Nothing in it is blocked or lacks.</param>
    /// <param name="written">Told of each path that is in the index from then on, by one thread at a time.</param>
    /// <returns>How many of them.</returns>
    public long Apply(CheckoutPlan plan, RecordSink written)
    {
        if (plan.RemovedCount > 0)
            Remove(plan.Changes);
        Write(plan.Changes, written);
        return plan.ChangeCount - plan.RemovedCount - Lost.Count;
    }

    void Write(IEnumerable<TreeChange> changes, RecordSink written)
    {
        using (var folders = new FolderOpener(root))
            NoteVolume(folders.Root, root);
        using var parts = new ChangeParts(changes);
        var work = new ParallelWork(cancellationToken);
        for (var i = 0; i < Environment.ProcessorCount; i++)
            work.Add(WriteNext);
        work.Run();

        void WriteNext()
        {
            if (parts.Take() is not { } files)
                return;
            var records = Write(files);
            lock (parts)
            {
                for (var i = 0; i < files.Count; i++)
                {
                    if (records[i] is { } record)
                        written(files[i].Change.Path, record);
                }
            }

            work.Add(WriteNext);
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

    void Remove(IEnumerable<TreeChange> changes)
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

    /// <summary>Writes a part, in the order of its packs.</summary>
    /// <returns>A record for each; null for one that was left.</returns>
    IndexRecord?[] Write(List<PlacedFile> files)
    {
        foreach (var file in files)
            file.Locate(objects);
        files.Sort(PlacedFile.ByPlace);
        using var part = new Part(files, new FolderOpener(root), objects.OpenWindow());
        var records = new IndexRecord?[files.Count];
        FolderOpener? temp = null;
        try
        {
            var (noted, bytes) = (default(string), 0L);
            for (var i = 0; i < files.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!ReferenceEquals(noted, files[i].Folder))
                {
                    noted = files[i].Folder;
                    NoteVolume(part.Folders.OpenOrMake(noted), Path.Join(root, noted));
                }

                part.Number = i;
                records[i] = WriteOrSkip(part, ref temp);
                bytes += files[i].Change.After!.SizeBytes;
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

        return records;
    }

    /// <summary>Of an erased object there is nothing to write; the index keeps the path, so that the commit stays
    /// what it is.</summary>
    /// <returns>Null when the content is lost and the file was left.</returns>
    IndexRecord? WriteOrSkip(Part part, ref FolderOpener? temp)
    {
        var change = part.File.Change;
        var isNew = !WritesAside && change.Before is null && mode == CheckoutMode.Copy
            && change.After!.Kind != TreeEntryKind.Link;
        try
        {
            return isNew ? WriteNew(part) : Replace(part, (temp ??= MakeTemp()).Root);
        }
        catch (MillraceException exception) when (exception.Code == "object-erased")
        {
            // Another version's content must not stand for it.
            if (change.Before is { } before && before.Hash != change.After!.Hash)
                Unlink(part.Folders, change.Path);
            lock (Erased)
                Erased.Add(change.Path);
            return IndexTree.Record(change.After!);
        }
        catch (MillraceException exception) when (SkipsLost && IsLoss(exception.Code))
        {
            lock (Lost)
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
    IndexRecord WriteNew(Part part)
    {
        var file = part.File;
        var change = file.Change;
        var entry = change.After!;
        var name = file.Name;
        CheckName(name, change.Path);
        var target = part.Folders.OpenOrMake(file.Folder);
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
                Copy(part, descriptor);
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

    IndexRecord Replace(Part part, int temp)
    {
        var (change, name) = (part.File.Change, part.File.Name);
        var entry = change.After!;
        CheckName(name, change.Path);
        var target = part.Folders.OpenOrMake(part.File.Folder);
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
                proved = WriteFile(temp, from, part);
            fixed (byte* to = FolderOpener.Bytes(name))
            {
                var flags = change.Before is null ? Libc.RenameNoReplace : 0;
                if (Libc.RenameAt(temp, from, target, to, flags) != 0)
                {
                    var error = DurableFile.LastError();
                    _ = Libc.UnlinkAt(temp, from, 0);
                    // Another file system is mounted there, or the same one once more.
                    if (error == Errno.CrossDevice && temp != target)
                        return Replace(part, target);
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
    FileStatus? WriteFile(int temp, byte* name, Part part)
    {
        var (entry, path) = (part.File.Change.After!, part.File.Change.Path);
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
                Copy(part, descriptor);
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

    void Copy(Part part, int descriptor)
    {
        var file = part.File;
        if (file.Location.Pack is not null && part.TryRead(out var whole))
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

    /// <summary>What one thread writes.</summary>
    sealed class Part(List<PlacedFile> files, FolderOpener folders, EntryWindow window) : IDisposable
    {
        public FolderOpener Folders => folders;

        /// <summary>The file that is written now.</summary>
        public int Number { get; set; }

        public PlacedFile File => files[Number];

        /// <summary>The content of the file, read with that of those after it as far as it lies together.</summary>
        public bool TryRead(out ReadOnlySpan<byte> whole)
        {
            var first = File.Location;
            if (window.Has(first))
                return window.TryRead(first, out whole);
            var end = first.Entry.End;
            for (var i = Number + 1; i < files.Count; i++)
            {
                ref readonly var next = ref files[i].Location;
                if (!ReferenceEquals(next.Pack, first.Pack) || next.Entry.Offset - end > EntryWindow.GapMax
                    || next.Entry.End - first.Entry.Offset > EntryWindow.SizeMax)
                {
                    break;
                }

                end = Math.Max(end, next.Entry.End);
            }

            window.Load(first, end);
            return window.TryRead(first, out whole);
        }

        public void Dispose()
        {
            folders.Dispose();
            window.Dispose();
        }
    }
}
