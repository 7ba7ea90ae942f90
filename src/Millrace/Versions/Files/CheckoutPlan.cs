using Millrace.Catalog;
using Millrace.Objects;

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

    readonly List<byte> _outcomes = [];
    readonly List<TreeChange> _lacking = [];
    readonly SortedSet<string> _blocked = new(Utf8Order.Instance);
    IEnumerable<CheckoutStep> _steps = [];
    HashSet<string>? _removed;

    enum Outcome : byte
    {
        Stays,
        Make,
        Replace,
    }

    /// <summary>Whether a path is blocked at which something is staged that neither tree has.</summary>
    public bool GuardsStaged { get; init; }

    /// <summary>Tells whether content is not here; null does not look.</summary>
    public Func<ContentHash, bool>? IsLacking { get; init; }

    /// <summary>Paths with changes of the user that the checkout would lose.</summary>
    public IReadOnlyCollection<string> Blocked => _blocked;

    /// <summary>What is to be written and whose content is not here.</summary>
    public IReadOnlyList<TreeChange> Lacking => _lacking;

    /// <summary>How many steps there are.</summary>
    public long StepCount { get; private set; }

    /// <summary>How many of them are between two different entries.</summary>
    public long DifferentCount { get; private set; }

    /// <summary>How many paths are written or removed.</summary>
    public long ChangeCount { get; private set; }

    /// <summary>How many of these are removed.</summary>
    public long RemovedCount { get; private set; }

    /// <summary>How many steps end with nothing at their path.</summary>
    long GoneCount { get; set; }

    /// <summary>What is to be written and removed; <see cref="TreeChange.Before"/> is null where nothing is on the
    /// disk. Each walk of it walks the steps anew: of very many files none is kept.</summary>
    public IEnumerable<TreeChange> Changes
    {
        get
        {
            var number = 0;
            foreach (var step in _steps)
            {
                var outcome = (Outcome)_outcomes[number++];
                if (outcome != Outcome.Stays)
                {
                    yield return new TreeChange(
                        step.Path, outcome == Outcome.Make ? null : step.Before ?? step.After, step.After);
                }
            }
        }
    }

    /// <summary>Tells the paths that are not there afterwards.</summary>
    public void Gone(Action<string> gone)
    {
        if (GoneCount == 0)
            return;
        foreach (var step in _steps)
        {
            if (step.After is null)
                gone(step.Path);
        }
    }

    /// <param name="steps">What shall change, each path once. It is walked again by <see cref="Changes"/>, and must be
    /// the same then.</param>
    /// <param name="known">Told of each path that is on the disk as it shall be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public void Decide(IEnumerable<CheckoutStep> steps, RecordSink known, CancellationToken cancellationToken)
    {
        _steps = steps;
        using var probe = new PathProbe(root);
        foreach (var step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StepCount++;
            GoneCount += step.After is null ? 1 : 0;
            DifferentCount += IsSame(step.Before, step.After) ? 0 : 1;
            if (GuardsStaged && IsStagedElsewhere(step))
                _blocked.Add(step.Path);
            var outcome = Outcome.Stays;
            if (step.After is { Kind: TreeEntryKind.Table })
                known(step.Path, IndexTree.Record(step.After));
            else
                outcome = Decide(probe, step, known);
            _outcomes.Add((byte)outcome);
            if (outcome != Outcome.Stays)
                Count(step);
        }
    }

    void Count(CheckoutStep step)
    {
        ChangeCount++;
        if (step.After is not { } after)
            RemovedCount++;
        else if (IsLacking?.Invoke(after.Hash) == true)
            _lacking.Add(new TreeChange(step.Path, null, after));
    }

    static bool IsSame(TreeEntry? one, TreeEntry? other) => one?.Hash == other?.Hash && one?.Kind == other?.Kind;

    bool IsStagedElsewhere(CheckoutStep step)
    {
        var staged = index.Find(step.Path);
        return !IsEntry(staged, step.Before) && !IsEntry(staged, step.After);

        static bool IsEntry(IndexRecord? record, TreeEntry? entry) =>
            record?.Hash == entry?.Hash && record?.Kind == entry?.Kind;
    }

    Outcome Decide(PathProbe probe, CheckoutStep step, RecordSink known)
    {
        // Whatever a commit has of it: it says where this workspace has its objects and remotes.
        if (step.Path == TreeScan.SettingsFile)
        {
            if (step.After is { } kept)
                known(step.Path, IndexTree.Record(kept));
            return Outcome.Stays;
        }

        var isThere = probe.TryStatus(step.Path, out var status, out var blocking);
        if (blocking is not null && step.After is not null && !IsRemoved(blocking))
            return Block(blocking);
        if (!isThere)
        {
            // A file that the user deleted is made again only where nobody said that it was to go.
            if (step.After is null)
                return Outcome.Stays;
            if (sparse?.Has(step.Path) != false)
                return Outcome.Make;
            known(step.Path, IndexTree.Record(step.After));
            return Outcome.Stays;
        }

        if (IndexRecord.KindOf(status.Mode) == TreeEntryKind.Folder)
        {
            return step.After is null ? Outcome.Stays
                : IsFreeToGo(step.Path) ? Outcome.Make : Block(step.Path);
        }

        if (step.After is { } after && (status.Mode & PermissionMask) != Materializer.UnfinishedMode
            && probe.IsEqual(step.Path, status, after))
        {
            var record = IndexTree.Record(after);
            record.TakeStatus(status, isUncertain: true);
            known(step.Path, record);
            return Outcome.Stays;
        }

        return isForced || IsAsExpected(probe, step, status) ? Outcome.Replace : Block(step.Path);
    }

    Outcome Block(string path)
    {
        _blocked.Add(path);
        return Outcome.Stays;
    }

    /// <summary>Whether the checkout removes a file. Few ask.</summary>
    bool IsRemoved(string path)
    {
        if (_removed is null)
        {
            _removed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var step in _steps)
            {
                if (step.After is null)
                    _removed.Add(step.Path);
            }
        }

        return _removed.Contains(path);
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
            if (!isFolder && !IsRemoved(Path.GetRelativePath(root, file)))
                return false;
        }

        return true;
    }
}
