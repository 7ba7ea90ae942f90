using System.Runtime.CompilerServices;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree : IRootSource
{
    string IRootSource.Room => "git";

    /// <summary>The pointers of a revision.</summary>
    /// <param name="revision">As git names it, or <c>import:NAME</c> for those that an import would have here.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>ref-unknown</c>, <c>import-missing</c>, <c>import-attached</c>,
    /// <c>git-failed</c>, <c>git-missing</c>.</exception>
    public async Task<IReadOnlyList<FoundPointer>> PointersAsync(
        string revision, CancellationToken cancellationToken = default)
    {
        if (ImportedTrees.NameIn(revision) is { } import)
            return await ImportPointersAsync(import, cancellationToken).ConfigureAwait(false);
        var commit = (await _git.TryRunAsync(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"], cancellationToken)
            .ConfigureAwait(false))?.Trim();
        if (string.IsNullOrEmpty(commit))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "ref-unknown", $"Git knows no revision '{revision}'.",
                "'git log --oneline' and 'git branch -a' show what there is.");
        }

        // A revision from before the workspace's folder has none.
        if (await _git.TryRunAsync(["rev-parse", "--verify", "--quiet", $"{commit}:./"], cancellationToken)
            .ConfigureAwait(false) is null)
        {
            return [];
        }

        var files = (await _git.ListAsync(commit, cancellationToken).ConfigureAwait(false)).FindAll(
            file => file.Path.EndsWith(Pointer.Suffix, StringComparison.Ordinal)
                && NameOf(file.Path).Length > Pointer.Suffix.Length);
        var found = new List<FoundPointer>();
        foreach (var file in files.Where(file => file.SizeBytes > Pointer.TextBytesMax))
            found.Add(FoundPointer.Read(DataPath(file), new byte[Pointer.TextBytesMax + 1]));
        await _git.ReadAsync(
            files.FindAll(file => file.SizeBytes <= Pointer.TextBytesMax),
            (file, bytes) => found.Add(FoundPointer.Read(DataPath(file), bytes)), cancellationToken)
            .ConfigureAwait(false);
        found.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
        return found;

        static string DataPath(GitFile file) => file.Path[..^Pointer.Suffix.Length];
    }

    /// <summary>The pointers of every branch and every tag.</summary>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public async Task<IReadOnlyList<FoundPointer>> AllPointersAsync(CancellationToken cancellationToken = default)
    {
        var listed = await _git.RunAsync(
            ["for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes", "refs/tags"], cancellationToken)
            .ConfigureAwait(false);
        var found = new List<FoundPointer>();
        foreach (var revision in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct())
            found.AddRange(await PointersAsync(revision, cancellationToken).ConfigureAwait(false));
        return found;
    }

    /// <summary>What is at a path by the pointers of a revision.</summary>
    /// <param name="path">From the workspace's folder.</param>
    /// <param name="revision">As git names it; null for the pointers of the work tree.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>path-unknown</c>, <c>ref-unknown</c>, <c>object-missing</c>, and those of
    /// reading a pointer.</exception>
    public async Task<TreeEntry> FindAsync(
        string path, string? revision, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (revision is not null && ImportedTrees.NameIn(revision) is { } import)
            return await FindInImportAsync(path, import, cancellationToken).ConfigureAwait(false);
        var pointers = revision is null
            ? Pointers(cancellationToken) : await PointersAsync(revision, cancellationToken).ConfigureAwait(false);
        var pointer = pointers.FirstOrDefault(found => TreeScan.IsWithin(path, found.Path));
        var entry = pointer?.Require().Entry;
        if (entry is not null && path != pointer!.Path)
        {
            entry = entry.Kind == TreeEntryKind.Folder
                ? _versions.Trees.Find(entry.Hash, path[(pointer.Path.Length + 1)..]) : null;
        }

        return entry ?? throw new MillraceException(
            ErrorKind.NotFound, "path-unknown",
            $"No pointer names '{path}'{(revision is null ? "" : $" in {revision}")}.",
            $"'millrace ls{(revision is null ? "" : $" {revision}:")}' shows the pointers.");
    }

    /// <summary>What differs between the pointers of two revisions, or between one and the files.</summary>
    /// <param name="before">A revision; null for the pointers of the work tree.</param>
    /// <param name="after">A revision; null for the files as they are.</param>
    /// <param name="paths">Only below these; none for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<TreeChange>> DiffAsync(
        string? before, string? after, IReadOnlyList<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var here = Pointers(cancellationToken);
        var left = before is null ? here : await PointersAsync(before, cancellationToken).ConfigureAwait(false);
        if (after is not null)
        {
            var right = await PointersAsync(after, cancellationToken).ConfigureAwait(false);
            return _versions.Diff(
                await TreeOfAsync(left, cancellationToken).ConfigureAwait(false),
                await TreeOfAsync(right, cancellationToken).ConfigureAwait(false), paths);
        }

        var tree = await TreeOfAsync(left, cancellationToken).ConfigureAwait(false);
        // Data that is not here was not deleted by anybody.
        var within = left.Concat(here).Select(pointer => pointer.Path)
            .Where(path => Path.Exists(FullPath(path))).Distinct(StringComparer.Ordinal).ToList();
        return [.. _versions.DiffFiles(tree, paths, cancellationToken)
            .Where(change => within.Exists(path => TreeScan.IsWithin(change.Path, path)))];
    }

    async Task<ContentHash?> TreeOfAsync(IReadOnlyList<FoundPointer> pointers, CancellationToken cancellationToken)
    {
        using var batch = _objects.BeginBatch();
        var entry = _versions.Trees.Apply(
            batch, null, pointers.ToDictionary(
                pointer => pointer.Path, pointer => Filled(pointer.Require().Entry), StringComparer.Ordinal));
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        return entry.Hash;
    }

    /// <summary>Whether a revision that git can bring back has a pointer at a path with this hash.</summary>
    async Task<bool> IsInGitAsync(string path, ContentHash hash, CancellationToken cancellationToken) =>
        (await new PointerHistory(_git).ReadAsync(path + Pointer.Suffix, cancellationToken).ConfigureAwait(false))
            .ContainsKey(hash);

    /// <summary>What the pointers of the work tree, of git's index and of every revision name. Of a clone that never
    /// fetched most of it is not here, and is no loss: only what is here is told.</summary>
    async IAsyncEnumerable<ObjectRoot> IRootSource.RootsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var mentions = new Dictionary<ContentHash, PointerMention>(
            await new PointerHistory(_git).ReadAsync(null, cancellationToken).ConfigureAwait(false));
        foreach (var found in PointerWalk.Run(Root, cancellationToken))
        {
            if (found.Pointer is { } pointer)
                PointerHistory.Take(mentions, found.File, pointer.ToBytes());
            else if (File.Exists(FullPath(found.File)))
                PointerHistory.Take(
                    mentions, found.File,
                    await File.ReadAllBytesAsync(FullPath(found.File), cancellationToken).ConfigureAwait(false));
        }

        var seen = new HashSet<ContentHash>();
        foreach (var (hash, mention) in mentions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_objects.Contains(hash))
                continue;
            if (!mention.MayBeFolder || _objects.Size(hash) > TreeStore.NodeSizeMax)
            {
                if (seen.Add(hash))
                    yield return new ObjectRoot(hash, mention.Path);
                continue;
            }

            foreach (var root in _versions.TreeRoots(hash, mention.Path, "", seen))
            {
                if (_objects.Contains(root.Hash))
                    yield return root;
            }
        }
    }
}
