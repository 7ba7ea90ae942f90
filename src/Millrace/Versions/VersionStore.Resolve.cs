using System.Globalization;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    /// <summary>The name under which every commit is a version in the lineage: <c>file:commit@HASH</c>.</summary>
    public const string LineageName = "commit";

    const string LineageKind = "file";
    const int PrefixDigitsMin = 8;
    const int StepsMax = 1_000_000;

    /// <summary>Finds the commit that a text means: <c>HEAD</c>, a branch, a tag, <c>REMOTE/BRANCH</c>, at least 8
    /// digits of a commit, <c>import:NAME</c>, or a UTC time for the newest commit of HEAD up to then; and after it any
    /// number of <c>~N</c> (N first parents back) and <c>^N</c> (the N-th parent).</summary>
    /// <exception cref="MillraceException"><c>ref-unknown</c>, <c>ref-ambiguous</c>, <c>no-commits</c>,
    /// <c>import-missing</c>, <c>import-attached</c>.</exception>
    public async Task<ContentHash> ResolveAsync(string revision, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(revision);
        var end = revision.IndexOfAny(['~', '^']);
        var name = end < 0 ? revision : revision[..end];
        var commit = await ResolveNameAsync(name.Length == 0 ? "HEAD" : name, revision, cancellationToken)
            .ConfigureAwait(false);
        for (var rest = end < 0 ? "" : revision[end..]; rest.Length > 0;)
        {
            var digits = 1;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
                digits++;
            var count = digits == 1 ? 1
                : int.TryParse(rest.AsSpan(1, digits - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                    && n <= StepsMax ? n
                : throw UnknownRevision(revision);
            commit = rest[0] switch
            {
                '~' => Back(commit, count, revision),
                '^' => Parent(commit, count, revision),
                _ => throw UnknownRevision(revision),
            };
            rest = rest[digits..];
        }

        return commit;
    }

    ContentHash Back(ContentHash commit, int count, string revision)
    {
        for (var i = 0; i < count; i++)
            commit = Parent(commit, 1, revision);
        return commit;
    }

    ContentHash Parent(ContentHash commit, int number, string revision)
    {
        if (number == 0)
            return commit;
        var parents = _history.Read(commit).Parents;
        return number <= parents.Count ? parents[number - 1] : throw new MillraceException(
            ErrorKind.NotFound, "ref-unknown",
            $"'{revision}' does not exist: commit {commit.Short} has {parents.Count} parents.",
            "'millrace log' shows the commits.");
    }

    async Task<ContentHash> ResolveNameAsync(string name, string revision, CancellationToken cancellationToken)
    {
        if (name is "HEAD" or "@")
        {
            var head = await HeadAsync(cancellationToken).ConfigureAwait(false);
            return head.Commit ?? throw new MillraceException(
                ErrorKind.NotFound, "no-commits", $"Branch '{head.Branch}' has no commit yet.",
                "Make one with 'millrace add .' and 'millrace commit -m MESSAGE'.");
        }

        if (ImportedTrees.NameIn(name) is { } import)
            return await ImportCommitAsync(import, cancellationToken).ConfigureAwait(false);
        var found = await _catalog.ReadAsync(session => FindRefs(session, name), cancellationToken)
            .ConfigureAwait(false);
        if (ContentHash.TryParse(name, out var whole) && _objects.Contains(whole)
            && _history.TryRead(whole) is not null)
        {
            found.Add(($"commit {whole.Short}", whole));
        }

        if (found.Count > 0 && found.TrueForAll(item => item.Commit == found[0].Commit))
            return found[0].Commit;
        if (found.Count > 0)
            throw Ambiguous(name, found);

        if (name.Length is >= PrefixDigitsMin and < ContentHash.TextLength && name.All(char.IsAsciiHexDigitLower)
            && await ResolvePrefixAsync(name, cancellationToken).ConfigureAwait(false) is { } known)
        {
            return known;
        }

        if (new ThingName(null, "x", name, null).Time is { } time)
        {
            var head = await HeadAsync(cancellationToken).ConfigureAwait(false);
            var before = head.Commit is { } tip
                ? _history.Walk([tip]).FirstOrDefault(entry => entry.Commit.Time <= time) : null;
            return before?.Id ?? throw new MillraceException(
                ErrorKind.NotFound, "ref-unknown", $"There is no commit up to {time:yyyy-MM-dd HH:mm:ss} UTC.",
                "'millrace log' shows the commits.");
        }

        throw await UnknownAsync(revision, name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The commit of an import. Nothing keeps it until a branch or a checkout is at it, so that it may have to
    /// be stored again.</summary>
    async Task<ContentHash> ImportCommitAsync(string name, CancellationToken cancellationToken)
    {
        var import = await Imports.RequireAsync(name, cancellationToken).ConfigureAwait(false);
        using var batch = _objects.BeginBatch();
        var commit = batch.Put(ImportedTrees.CommitOf(import).ToBytes());
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        return commit;
    }

    /// <summary>What has a name. A branch stands before a tag of that name, as in git.</summary>
    static List<(string What, ContentHash Commit)> FindRefs(CatalogSession session, string name)
    {
        var found = new List<(string, ContentHash)>();
        if (RefStore.Branch(session, name) is { } branch)
            found.Add(($"branch '{name}'", branch));
        else if (RefStore.Tag(session, name) is { } tag)
            found.Add(($"tag '{name}'", tag.Commit));
        found.AddRange(RemoteBranches(session, name));
        return found;
    }

    /// <summary>Branches of remotes that <c>REMOTE/BRANCH</c> may mean.</summary>
    static List<(string What, ContentHash Commit)> RemoteBranches(CatalogSession session, string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && RefStore.RemoteBranch(session, name[..slash], name[(slash + 1)..]) is { } commit
            ? [($"branch '{name[(slash + 1)..]}' of remote '{name[..slash]}'", commit)] : [];
    }

    static MillraceException Ambiguous(string name, List<(string What, ContentHash Commit)> found)
    {
        var kind = found[0].What.Split(' ')[0];
        return new MillraceException(
            ErrorKind.Invalid, "ref-ambiguous",
            $"'{name}' is {string.Join(" and ", found.Select(item => $"{item.What} ({item.Commit.Short})"))}.",
            (kind == "tag" ? $"Delete the tag with 'millrace tag -d {name}'"
                : $"Rename the branch with 'millrace branch -m {name} OTHER'")
            + ", or give some digits of the commit that you mean.");
    }

    async Task<ContentHash?> ResolvePrefixAsync(string prefix, CancellationToken cancellationToken)
    {
        // Those made here are in the lineage; those that came from elsewhere are reached from refs.
        var made = await _catalog.ReadAsync(
            session => session.Query(
                "select distinct hash from version where kind = @kind and name = @name and hash >= @from "
                + "and hash < @to order by hash limit 3",
                row => ContentHash.Parse(row.Text(0)),
                ("kind", LineageKind), ("name", LineageName), ("from", prefix), ("to", prefix + "g")),
            cancellationToken).ConfigureAwait(false);
        var tips = await Refs.TipsAsync(cancellationToken).ConfigureAwait(false);
        var found = made.Concat(_history.Walk(tips.Select(tip => tip.Commit).Where(_objects.Contains))
                .Select(entry => entry.Id)
                .Where(id => id.ToString().StartsWith(prefix, StringComparison.Ordinal)))
            .Distinct().Take(3).ToList();
        return found.Count <= 1 ? (found.Count == 0 ? null : found[0]) : throw new MillraceException(
            ErrorKind.Invalid, "ref-ambiguous", $"Several commits begin with '{prefix}'.",
            $"Give more digits: {string.Join(" or ", found.Select(id => $"'{id.ToString()[..16]}'"))}.");
    }

    async Task<MillraceException> UnknownAsync(string revision, string name, CancellationToken cancellationToken)
    {
        var names = (await Refs.BranchesAsync(cancellationToken).ConfigureAwait(false)).Select(entry => entry.Name)
            .Concat((await Refs.TagsAsync(cancellationToken).ConfigureAwait(false)).Select(entry => entry.Name));
        var near = names.Where(known => Nearness.Distance(known, name) <= 1 + (name.Length / 4))
            .OrderBy(known => Nearness.Distance(known, name)).Take(3).Select(known => $"'{known}'").ToList();
        return near.Count == 0 ? UnknownRevision(revision) : new MillraceException(
            ErrorKind.NotFound, "ref-unknown", $"'{revision}' is no branch, tag or commit.",
            $"Did you mean {string.Join(" or ", near)}?");
    }

    static MillraceException UnknownRevision(string revision) => new(
        ErrorKind.NotFound, "ref-unknown", $"'{revision}' is no branch, tag or commit.",
        "'millrace branch' and 'millrace tag' list names, 'millrace log' commits; of a commit give at least 8 digits.");
}
