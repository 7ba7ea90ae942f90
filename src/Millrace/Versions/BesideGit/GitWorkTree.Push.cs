namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    /// <summary>More refs are not pushed at once.</summary>
    const int PushedRefsMax = 100_000;

    const int OidLength = 40;
    const int LongOidLength = 64;

    /// <summary>What others need to check out the refs that git is about to push: all that the pointers of each name,
    /// and what the pointers of commits between it and the remote's ref name.</summary>
    /// <param name="lines">What git's pre-push hook reads: <c>LOCAL-REF OID REMOTE-REF REMOTE-OID</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>hook-input</c>, <c>git-failed</c>, <c>git-missing</c>, and those of
    /// reading a pointer that a pushed ref has.</exception>
    public async Task<IReadOnlyList<TreeEntry>> PushedAsync(
        IReadOnlyList<string> lines, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        if (lines.Count > PushedRefsMax)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "hook-input", $"Git pushes {lines.Count} refs, more than {PushedRefsMax}.",
                "Push them in several parts.");
        }

        var (pushed, there) = (new List<string>(), new List<string>());
        foreach (var line in lines)
        {
            if (line.Split(' ') is not [_, var local, _, var remote] || !IsOid(local) || !IsOid(remote))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "hook-input", $"'{line}' is not what git tells a pre-push hook.",
                    "'millrace push --hook' is for git to call; run 'millrace push' by hand.");
            }

            pushed.Add(local);
            there.Add(remote);
        }

        // A ref that is deleted has no commit, and one of the remote's may be of commits that are not here.
        var tips = await CommitsAsync(pushed, cancellationToken).ConfigureAwait(false);
        if (tips.Count == 0)
            return [];
        var known = await CommitsAsync(there, cancellationToken).ConfigureAwait(false);
        var entries = new List<TreeEntry>();
        foreach (var tip in tips)
        {
            var found = await PointersAsync(tip, cancellationToken).ConfigureAwait(false);
            entries.AddRange(found.Select(pointer => pointer.Require().Entry));
        }

        var between = await new PointerHistory(_git).BetweenAsync(tips, known, cancellationToken)
            .ConfigureAwait(false);
        entries.AddRange(between.Select(pointer => pointer.Entry));
        return [.. entries.DistinctBy(entry => (entry.Hash, entry.Kind))];
    }

    /// <summary>The commits that some names of objects mean; those that mean none are left out.</summary>
    async Task<List<string>> CommitsAsync(IEnumerable<string> oids, CancellationToken cancellationToken)
    {
        var commits = new List<string>();
        foreach (var oid in oids.Distinct(StringComparer.Ordinal).Where(oid => oid.AsSpan().ContainsAnyExcept('0')))
        {
            var commit = await _git.TryRunAsync(
                ["rev-parse", "--verify", "--quiet", $"{oid}^{{commit}}"], cancellationToken).ConfigureAwait(false);
            if (commit is not null)
                commits.Add(commit.Trim());
        }

        return [.. commits.Distinct(StringComparer.Ordinal)];
    }

    static bool IsOid(string text) =>
        text.Length is OidLength or LongOidLength && text.All(char.IsAsciiHexDigitLower);
}
