using System.Text;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

partial class TreeScan
{
    /// <summary>One folder: its listing merged with its part of the index.</summary>
    sealed class FolderScan(TreeScan walk, Visit visit, FolderListing listing, IndexFolder? known)
    {
        // Listing indexes of what may be a file, in order; folders are taken out.
        readonly List<int> _files = [];
        IndexRecord[] _records = [];
        bool[] _isTaken = [];
        bool[] _isSeen = [];
        int _openParts;
        bool _isRefreshed;
        long _untracked;
        long _leftOut;
        long _readBytes;
        long _readFiles;

        string PathOf(string name) => visit.Path.Length == 0 ? name : $"{visit.Path}/{name}";

        /// <summary>Parts folders from files, and sends others to walk the folders.</summary>
        public void Prepare(string fullPath)
        {
            foreach (var name in listing.Unreadable)
                walk.LeaveOut(PathOf(name), "not-utf8", "its name is not UTF-8");
            var rules = visit.Rules;
            var ignoreFile = listing.Count == 0 ? -1 : FindListed(Encoding.UTF8.GetBytes(FolderIgnore.FileName));
            if (ignoreFile >= 0)
                rules = FolderIgnore.Read(rules, visit.Path, Path.Join(fullPath, FolderIgnore.FileName));
            _isSeen = new bool[known?.Records.Length ?? 0];
            for (var i = 0; i < listing.Count; i++)
            {
                if (!IsFolder(i))
                    TakeFile(i, rules);
                else if (!IsReserved(listing.Name(i)))
                    TakeFolder(PathOf(listing.NameText(i)), rules);
            }
        }

        public void Start()
        {
            _records = new IndexRecord[_files.Count];
            _isTaken = new bool[_files.Count];
            var parts = Math.Max(1, (_files.Count + ChunkSize - 1) / ChunkSize);
            _openParts = parts;
            for (var part = parts - 1; part > 0; part--)
            {
                var begin = part * ChunkSize;
                walk._work.Add(() => VisitPart(begin));
            }

            VisitPart(0);
        }

        /// <summary>Looks at one file that was asked for by name.</summary>
        public void VisitOne(string name, string path)
        {
            using (listing)
            {
                var at = FindListed(Encoding.UTF8.GetBytes(name));
                if (at < 0 || IsReserved(listing.Name(at)))
                {
                    lock (walk._lock)
                        walk._result.Missing.Add(path);
                    return;
                }

                var rules = walk._options.TakesIgnored ? null : FolderIgnore.ReadAll(walk._root, path);
                var record = known?.Find(listing.Name(at)) ?? -1;
                if ((path == SettingsFile && !walk._options.TakesIgnored)
                    || (record < 0
                        && (IsIgnored(rules, visit.Path) || rules?.Ignores(path, isFolder: false) == true)))
                {
                    lock (walk._lock)
                        walk._result.Ignored.Add(path);
                    return;
                }

                _files.Add(at);
                _records = new IndexRecord[1];
                _isTaken = new bool[1];
                _isSeen = new bool[known?.Records.Length ?? 0];
                Look(0, record);
                lock (walk._lock)
                {
                    if (_isTaken[0])
                        walk._result.Singles.Add((path, _records[0]));
                    Count(1);
                }
            }
        }

        bool IsFolder(int i)
        {
            var type = listing.Type(i);
            if (type != FileModes.ListedUnknown)
                return type == FileModes.ListedFolder;
            return listing.TryStatus(i, out var status) && (status.Mode & FileModes.TypeMask) == FileModes.Folder;
        }

        // What a killed process wrote aside, such as a millrace.yaml that is not whole, is no file of the user.
        static bool IsReserved(ReadOnlySpan<byte> name) => name.Length > 0 && name[0] == '.'
            && (name.SequenceEqual(".millrace"u8) || name.SequenceEqual(".git"u8) || DurableFile.IsAsideName(name));

        bool IsSettings(ReadOnlySpan<byte> name) => visit.Path.Length == 0 && name.SequenceEqual("millrace.yaml"u8);

        int FindListed(ReadOnlySpan<byte> name)
        {
            var (low, high) = (0, listing.Count - 1);
            while (low <= high)
            {
                var middle = (low + high) >>> 1;
                var order = NameOrder.Compare(listing.Name(middle), name);
                if (order == 0)
                    return middle;
                (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
            }

            return -1;
        }

        void TakeFile(int i, FolderIgnore? rules)
        {
            // .git may be a file: that of a work tree elsewhere.
            if (IsReserved(listing.Name(i)) || IsSettings(listing.Name(i)))
                return;
            if ((rules is not null || visit.IsIgnored) && !walk._options.TakesIgnored
                && (known is null || known.Find(listing.Name(i)) < 0)
                && (visit.IsIgnored || rules!.Ignores(PathOf(listing.NameText(i)), isFolder: false)))
            {
                return;
            }

            _files.Add(i);
        }

        void TakeFolder(string path, FolderIgnore? rules)
        {
            var isIgnored = visit.IsIgnored
                || (rules is not null && !walk._options.TakesIgnored && rules.Ignores(path, isFolder: true));
            var isTracked = visit.UntrackedRoot is null && walk._index.HasBelow(path);
            if (isIgnored && !isTracked)
                return;
            var next = new Visit(path, rules, isIgnored, isTracked ? null : visit.UntrackedRoot ?? path);
            walk._work.Add(() => walk.VisitFolder(next));
        }

        void VisitPart(int begin)
        {
            try
            {
                var end = Math.Min(begin + ChunkSize, _files.Count);
                var next = known is null || begin >= end ? 0 : known.Find(listing.Name(_files[begin]));
                if (next < 0)
                    next = ~next;
                for (var i = begin; i < end; i++)
                {
                    var name = listing.Name(_files[i]);
                    var order = -1;
                    while (known is not null && next < known.Records.Length
                        && (order = NameOrder.Compare(known.Name(next), name)) < 0)
                    {
                        next++;
                    }

                    Look(i, order == 0 && next < known!.Records.Length ? next : -1);
                }

                walk._options.Progress?.Report(new ScanProgress(end - begin, 0));
            }
            finally
            {
                if (Interlocked.Decrement(ref _openParts) == 0)
                    Finish();
            }
        }

        void Look(int i, int record)
        {
            if (!listing.TryStatus(_files[i], out var status))
            {
                // Gone since it was listed; the index's record then counts as deleted.
                if (DurableFile.LastError() == Errno.NoEntry)
                    return;
                Interlocked.Increment(ref _leftOut);
                walk.LeaveOut(PathOf(listing.NameText(_files[i])), "file-unreadable", "it cannot be looked at");
                if (record < 0)
                    return;
                _isSeen[record] = _isTaken[i] = true;
                _records[i] = known!.Records[record];
                return;
            }

            var kind = IndexRecord.KindOf(status.Mode);
            if (kind is TreeEntryKind.Folder)
                return;
            if (kind == 0)
            {
                Interlocked.Increment(ref _leftOut);
                walk.LeaveOut(PathOf(listing.NameText(_files[i])), "not-a-file", "it is a socket, device or pipe");
                return;
            }

            if (record < 0 || known!.Records[record].Kind == TreeEntryKind.Table)
            {
                TakeNew(i, status);
                return;
            }

            _isSeen[record] = true;
            ref var old = ref known!.Records[record];
            if (old.HasSameStatus(status) && (old.Flags & IndexRecord.UncertainFlag) == 0
                && status.ChangedAt < walk._index.ModifiedAt)
            {
                _records[i] = old;
                _isTaken[i] = true;
                return;
            }

            Compare(i, old, status);
        }

        void TakeNew(int i, in FileStatus status)
        {
            Interlocked.Increment(ref _untracked);
            if (walk._options.Batch is null)
            {
                if (visit.UntrackedRoot is null)
                    Report(i, FileChangeKind.Untracked);
            }
            else if (walk._options.TakesUntracked)
            {
                Store(i, status, null);
            }
        }

        /// <summary>The times differ: only the content tells.</summary>
        void Compare(int i, in IndexRecord old, in FileStatus status)
        {
            if (walk._options.Batch is not null)
            {
                Store(i, status, old);
                return;
            }

            _records[i] = old;
            _isTaken[i] = true;
            var kind = IndexRecord.KindOf(status.Mode);
            var isSame = kind == old.Kind && status.SizeBytes == old.SizeBytes;
            if (isSame && HashNow(i, kind) is { } hash)
                isSame = hash == old.Hash;
            if (!isSame)
            {
                Report(i, FileChangeKind.Modified);
                return;
            }

            var before = (_records[i].ChangedAt, _records[i].Flags);
            _records[i].TakeStatus(status, walk.Now() - status.ChangedAt < ClockGrain);
            if (before != (_records[i].ChangedAt, _records[i].Flags))
                _isRefreshed = true;
        }

        ContentHash? HashNow(int i, TreeEntryKind kind)
        {
            try
            {
                var name = listing.Name(_files[i]);
                return kind != TreeEntryKind.Link ? FileHash.Of(FullPath(i))
                    : listing.ReadLink(name) is { } target ? ContentHash.Of(target) : default(ContentHash);
            }
            catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Unavailable)
            {
                walk.LeaveOut(PathOf(listing.NameText(_files[i])), exception.Code, exception.Message);
                return null;
            }
        }

        void Store(int i, in FileStatus status, IndexRecord? old)
        {
            if (old is { } record)
                _records[i] = record;
            _isTaken[i] = old is not null;
            try
            {
                ref var taken = ref _records[i];
                if (IndexRecord.KindOf(status.Mode) == TreeEntryKind.Link)
                {
                    if (listing.ReadLink(listing.Name(_files[i])) is not { } target)
                        return;
                    taken.Hash = walk._options.Batch!.Put(target);
                    taken.TakeStatus(status, walk.Now() - status.ChangedAt < ClockGrain);
                }
                else
                {
                    var stored = walk._options.Batch!.PutFile(FullPath(i));
                    taken.Hash = stored.Hash;
                    taken.SizeBytes = stored.SizeBytes;
                    taken.Inode = stored.Inode;
                    taken.ModifiedAt = stored.ModifiedAt;
                    taken.ChangedAt = stored.ChangedAt;
                    taken.Kind = IndexRecord.KindOf(stored.Mode);
                    taken.Flags = walk.Now() - stored.ChangedAt < ClockGrain ? IndexRecord.UncertainFlag : (byte)0;
                    Interlocked.Add(ref _readBytes, stored.SizeBytes);
                }

                _isTaken[i] = true;
                Interlocked.Increment(ref _readFiles);
                if (old is not { } before || before.Hash != taken.Hash || before.Kind != taken.Kind)
                    Report(i, old is null ? FileChangeKind.Untracked : FileChangeKind.Modified);
            }
            catch (MillraceException exception) when (exception.Code == "file-missing")
            {
                _isTaken[i] = false;
            }
            catch (MillraceException exception) when (exception.Code is "file-changed" or "file-unreadable")
            {
                Interlocked.Increment(ref _leftOut);
                walk.LeaveOut(PathOf(listing.NameText(_files[i])), exception.Code, exception.Message);
            }
        }

        void Report(int i, FileChangeKind kind) => walk.Report(PathOf(listing.NameText(_files[i])), kind);

        string FullPath(int i) => Path.Join(walk._root, visit.Path, listing.NameText(_files[i]));

        void Finish()
        {
            using (listing)
            {
                var built = new IndexFolderBuilder(visit.Path, _files.Count + _isSeen.Length);
                var record = 0;
                for (var i = 0; i < _files.Count; i++)
                {
                    if (_isTaken[i])
                    {
                        KeepUnseen(built, ref record, listing.Name(_files[i]));
                        built.Add(listing.Name(_files[i]), _records[i]);
                    }
                }

                KeepUnseen(built, ref record, default);
                var folder = built.Build();
                var collisions = NameCollisions.Find(folder);
                lock (walk._lock)
                {
                    walk._visited.Add(visit.Path);
                    if (folder.Records.Length > 0)
                        walk._result.Folders[visit.Path] = folder;
                    walk._result.Collisions.AddRange(collisions);
                    Count(_files.Count);
                    if (walk._options.Batch is null && visit.UntrackedRoot is { } top && _untracked > 0)
                    {
                        walk._result.UntrackedFolders[top] =
                            walk._result.UntrackedFolders.GetValueOrDefault(top) + _untracked;
                    }
                }
            }
        }

        void Count(long files)
        {
            walk._result.IsRefreshed |= _isRefreshed;
            walk._result.FileCount += files - _leftOut;
            walk._result.ReadBytes += _readBytes;
            walk._result.ReadFiles += _readFiles;
        }

        /// <summary>Records up to a name whose files are gone: they stay when nothing is stored. Tables are no files,
        /// and stay anyway.</summary>
        void KeepUnseen(IndexFolderBuilder built, ref int record, ReadOnlySpan<byte> name)
        {
            for (; record < _isSeen.Length && (name.IsEmpty || NameOrder.Compare(known!.Name(record), name) <= 0);
                record++)
            {
                if (_isSeen[record])
                    continue;
                var isTable = known!.Records[record].Kind == TreeEntryKind.Table;
                var isLeftOut = IsSettings(known.Name(record))
                    || (walk._options.Sparse is not null && walk.IsLeftOut(known.PathOf(record)));
                if (isTable || isLeftOut || walk._options.Batch is null)
                    built.Add(known.Name(record), known.Records[record]);
                if (!isTable && !isLeftOut)
                    walk.ReportDeleted(known.PathOf(record));
            }
        }
    }
}
