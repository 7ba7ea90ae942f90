using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    /// <summary>Pointers of commits that are kept in memory, so that a listing does not ask git for each
    /// page.</summary>
    const int KnownPointersMax = 200_000;

    const string HeadsPrefix = "refs/heads/";
    const string TagsPrefix = "refs/tags/";

    readonly Lock _knownLock = new();
    readonly Dictionary<string, IReadOnlyList<TreePath>> _knownRoots = new(StringComparer.Ordinal);
    int _knownPointers;

    /// <summary>Every branch, then every tag of git.</summary>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public async Task<IReadOnlyList<GitRevision>> RefsAsync(CancellationToken cancellationToken = default)
    {
        var listed = await _git.RunAsync(
            ["for-each-ref", "--format=%(objectname) %(creatordate:unix) %(refname)", HeadsPrefix, TagsPrefix],
            cancellationToken).ConfigureAwait(false);
        var refs = new List<GitRevision>();
        foreach (var line in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ', 3) is not [var id, var time, var name])
                continue;
            refs.Add(new GitRevision(
                name[(name.StartsWith(TagsPrefix, StringComparison.Ordinal) ? TagsPrefix : HeadsPrefix).Length..], id,
                TimeOf(time)));
        }

        return refs;
    }

    /// <summary>The commit that HEAD, HEAD~N or at least 7 digits of a hash name.</summary>
    /// <returns>Null when there is none, and for everything else that git would understand.</returns>
    /// <exception cref="MillraceException"><c>git-missing</c>.</exception>
    public async Task<GitRevision?> TryResolveAsync(string revision, CancellationToken cancellationToken = default)
    {
        if (!PlainRevision().IsMatch(revision))
            return null;
        var found = await _git.TryRunAsync(
            ["log", "-1", "--no-show-signature", "--format=%H %ct", revision, "--"], cancellationToken)
            .ConfigureAwait(false);
        return found?.Trim().Split(' ') is [var id, var time] ? new GitRevision(revision, id, TimeOf(time)) : null;
    }

    /// <summary>The files and folders that the pointers of a commit stand for, none within another, in the order of
    /// their paths, where a folder's ends with a slash. What is no valid pointer is left out.</summary>
    /// <param name="id">The hash of a commit, or of a tag that leads to one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public async ValueTask<IReadOnlyList<TreePath>> RootsAsync(string id, CancellationToken cancellationToken = default)
    {
        lock (_knownLock)
        {
            if (_knownRoots.TryGetValue(id, out var known))
                return known;
        }

        var roots = new List<TreePath>();
        var folder = "";
        foreach (var root in (await TryPointersAsync(id, cancellationToken).ConfigureAwait(false))
            .Where(found => found.Pointer is not null)
            .Select(found => new TreePath(found.Path, found.Pointer!.Entry))
            .OrderBy(KeyOf, Utf8Order.Instance))
        {
            if (folder.Length > 0 && root.Path.StartsWith(folder, StringComparison.Ordinal))
                continue;
            roots.Add(root);
            folder = root.Entry.Kind == TreeEntryKind.Folder ? KeyOf(root) : "";
        }

        lock (_knownLock)
        {
            if (_knownPointers + roots.Count > KnownPointersMax)
            {
                _knownRoots.Clear();
                _knownPointers = 0;
            }

            if (_knownRoots.TryAdd(id, roots))
                _knownPointers += roots.Count + 1;
        }

        return roots;
    }

    static string KeyOf(TreePath root) => root.Entry.Kind == TreeEntryKind.Folder ? $"{root.Path}/" : root.Path;

    /// <summary>None of a tag that leads to no commit.</summary>
    async Task<IReadOnlyList<FoundPointer>> TryPointersAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await PointersAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == "ref-unknown")
        {
            return [];
        }
    }

    static DateTimeOffset TimeOf(string seconds) =>
        long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(value) : DateTimeOffset.UnixEpoch;

    [GeneratedRegex("^(HEAD(~[0-9]{1,9})?|[0-9a-f]{7,64})\\z")]
    private static partial Regex PlainRevision();
}
