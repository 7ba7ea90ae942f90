using Millrace.Catalog;

namespace Millrace.Versions.Files;

/// <summary>Decides, for each path that a checkout changes, whether it may, and what is left to do. What the user
/// changed is never touched.</summary>
/// <param name="root">The checkout's folder.</param>
/// <param name="index">What is staged.</param>
/// <param name="isForced">Whether changes of the user are given up.</param>
/// <param name="isResumed">Whether a checkout before was cut off, which may have left files that are not whole.</param>
/// <param name="sparse">Which paths the checkout has: no file is made elsewhere. Null for all.</param>
sealed class CheckoutPlan(
    string root, FileIndex index, bool isForced, bool isResumed = false, SparsePaths? sparse = null)
{
    const uint PermissionMask = 0b111_111_111;

    readonly List<TreeChange> _changes = [];
    readonly List<WrittenFile> _known = [];
    readonly SortedSet<string> _blocked = new(Utf8Order.Instance);
    readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    /// <summary>What is to be written and removed; <see cref="TreeChange.Before"/> is null where nothing is on the
    /// disk.</summary>
    public IReadOnlyList<TreeChange> Changes => _changes;

    /// <summary>Paths that are on the disk as they shall be.</summary>
    public IReadOnlyList<WrittenFile> Known => _known;

    /// <summary>Paths with changes of the user that the checkout would lose.</summary>
    public IReadOnlyCollection<string> Blocked => _blocked;

    /// <param name="steps">What shall change, each path once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public void Decide(IReadOnlyCollection<CheckoutStep> steps, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            if (step.After is null)
                _removed.Add(step.Path);
        }

        using var probe = new PathProbe(root);
        foreach (var step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (step.After is { Kind: TreeEntryKind.Table })
                _known.Add(new WrittenFile(step.Path, IndexTree.Record(step.After)));
            else
                Decide(probe, step);
        }
    }

    /// <summary>Lets go of what was done.</summary>
    public void ForgetChanges()
    {
        _changes.Clear();
        _changes.TrimExcess();
    }

    void Decide(PathProbe probe, CheckoutStep step)
    {
        // Whatever a commit has of it: it says where this workspace has its objects and remotes.
        if (step.Path == TreeScan.SettingsFile)
        {
            if (step.After is { } kept)
                _known.Add(new WrittenFile(step.Path, IndexTree.Record(kept)));
            return;
        }

        var isThere = probe.TryStatus(step.Path, out var status, out var blocking);
        if (blocking is not null && step.After is not null && !_removed.Contains(blocking))
        {
            _blocked.Add(blocking);
            return;
        }

        if (!isThere)
        {
            // A file that the user deleted is made again only where nobody said that it was to go.
            if (step.After is not null && sparse?.Has(step.Path) == false)
                _known.Add(new WrittenFile(step.Path, IndexTree.Record(step.After)));
            else if (step.After is not null)
                _changes.Add(new TreeChange(step.Path, null, step.After));
            return;
        }

        if (IndexRecord.KindOf(status.Mode) == TreeEntryKind.Folder)
        {
            if (step.After is null)
                return;
            if (IsFreeToGo(step.Path))
                _changes.Add(new TreeChange(step.Path, null, step.After));
            else
                _blocked.Add(step.Path);
            return;
        }

        if (step.After is { } after && (status.Mode & PermissionMask) != Materializer.UnfinishedMode
            && probe.IsEqual(step.Path, status, after))
        {
            var record = IndexTree.Record(after);
            record.TakeStatus(status, isUncertain: true);
            _known.Add(new WrittenFile(step.Path, record));
            return;
        }

        if (isForced || IsAsExpected(probe, step, status))
            _changes.Add(new TreeChange(step.Path, step.Before ?? step.After, step.After));
        else
            _blocked.Add(step.Path);
    }

    bool IsAsExpected(PathProbe probe, CheckoutStep step, in FileStatus status)
    {
        // Without their content after a power cut, or without permissions after a crash.
        if (isResumed && status.IsRegularFile
            && (status.SizeBytes == 0 || (status.Mode & PermissionMask) == Materializer.UnfinishedMode))
        {
            return true;
        }

        if (index.Find(step.Path) is { } record)
        {
            if (record.HasSameStatus(status) && (record.Flags & IndexRecord.UncertainFlag) == 0
                && status.ChangedAt < index.ModifiedAt)
            {
                return true;
            }

            if (probe.IsEqual(step.Path, status, IndexTree.Entry("", record)))
                return true;
        }

        foreach (var entry in step.AlsoExpected)
        {
            if (probe.IsEqual(step.Path, status, entry))
                return true;
        }

        return false;
    }

    /// <summary>Whether everything in a folder is removed by this checkout.</summary>
    bool IsFreeToGo(string folder)
    {
        foreach (var file in Directory.EnumerateFileSystemEntries(
            Path.Join(root, folder), "*", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = 0,
                ReturnSpecialDirectories = false,
            }))
        {
            var isFolder = Directory.Exists(file) && new FileInfo(file).LinkTarget is null;
            if (!isFolder && !_removed.Contains(Path.GetRelativePath(root, file)))
                return false;
        }

        return true;
    }
}
