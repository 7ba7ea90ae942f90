using System.Runtime.CompilerServices;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    /// <summary>How often objects are sent when a sweep of the remote comes between.</summary>
    const int PassesMax = 4;

    /// <summary>Sends branches and tags with all that they reach.</summary>
    /// <param name="request">Which ones.</param>
    /// <param name="progress">Told after each pack.</param>
    /// <param name="cancellationToken">Ends it; the next push sends the rest.</param>
    /// <exception cref="MillraceException"><c>ref-unknown</c>, <c>no-commits</c>, <c>push-rejected</c>,
    /// <c>ref-moved</c>, <c>push-incomplete</c>, and those of <see cref="ObjectRemote"/>.</exception>
    public async Task<SyncReport> PushAsync(
        PushRequest request, IProgress<TransferReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var wanted = await WantedAsync(request, cancellationToken).ConfigureAwait(false);
        var moves = new List<RefUpdate>();
        var synced = new List<SyncedRef>();
        foreach (var value in wanted)
        {
            var (before, tag) = await _refs.ReadAsync(
                value.Kind, value.Name, cancellationToken, skipsDamaged: request.IsForced).ConfigureAwait(false);
            if (before?.Commit == value.Commit)
            {
                synced.Add(new SyncedRef(value.Kind, value.Name, before.Commit, value.Commit));
                continue;
            }

            var isForced = before is not null && !IsForward(before, value);
            if (isForced && !request.IsForced)
                throw Rejected(before!, value);
            moves.Add(new RefUpdate(value, tag));
            synced.Add(new SyncedRef(value.Kind, value.Name, before?.Commit, value.Commit, isForced));
        }

        var sent = default(TransferReport);
        // Before a ref names what is not there.
        var erased = await TellErasedAsync(cancellationToken).ConfigureAwait(false);
        if (moves.Count > 0)
        {
            var known = await _refs.ListAsync(cancellationToken, skipsDamaged: request.IsForced)
                .ConfigureAwait(false);
            CheckFolders(moves, known);
            sent = await SendAsync(moves, known, erased, progress, cancellationToken).ConfigureAwait(false);
        }

        var mended = await MendAsync(
            [.. wanted.Select(value => value.Commit).Distinct()], erased, request.IsChecked || request.IsForced,
            progress, cancellationToken).ConfigureAwait(false);
        foreach (var move in moves)
            await _refs.MoveAsync(move.Value, move.Tag, cancellationToken).ConfigureAwait(false);
        await NoteAsync(synced, "push", cancellationToken).ConfigureAwait(false);
        return new SyncReport(synced, Sum(sent, mended.Objects), remote.RequestCount)
        {
            LackingCount = mended.LackingCount,
            Lacking = mended.Lacking,
            ErasedCount = _erasedCount,
        };
    }

    async Task<TransferReport> SendAsync(
        List<RefUpdate> moves, List<RemoteRef> known, HashSet<ContentHash> erased,
        IProgress<TransferReport>? progress, CancellationToken cancellationToken)
    {
        var tips = moves.Select(move => move.Value.Commit).Distinct().ToList();
        var there = known.Select(item => item.Commit).Distinct().Where(IsCommitHere).ToList();
        var walk = new ReachableWalk(versions, (_, _) => Task.CompletedTask);
        var sent = default(TransferReport);
        for (var pass = 1; ; pass++)
        {
            var planCount = remote.PlanChangeCount;
            _erasedCount = 0;
            sent = Sum(sent, await SendOnceAsync(
                UnerasedAsync(walk.WalkAsync(tips, there, cancellationToken), erased, cancellationToken),
                looksAtParts: pass > 1, progress, cancellationToken).ConfigureAwait(false));
            var lacking = await FindLackingAsync(
                walk.WalkAsync(tips, there, cancellationToken), erased, cancellationToken).ConfigureAwait(false);
            if (lacking is null && remote.PlanChangeCount == planCount)
                return sent;
            // A sweep of the remote came between, and what was relied on may go.
            if (pass == PassesMax)
                throw Incomplete(lacking);
        }
    }

    async Task<TransferReport> SendOnceAsync(
        IAsyncEnumerable<ReachedObject> reached, bool looksAtParts, IProgress<TransferReport>? progress,
        CancellationToken cancellationToken)
    {
        // Contents first and what names them after; and a fetch of commits and folders then finds them side by side.
        var above = new List<ContentHash>();
        var contents = await remote.PushAsync(
            versions.Objects, ContentsAsync(reached, above, cancellationToken), looksAtParts, progress,
            cancellationToken).ConfigureAwait(false);
        var rest = await remote.PushAsync(
            versions.Objects, above.ToAsyncEnumerable(), looksAtParts, null, cancellationToken).ConfigureAwait(false);
        if (contents.SentCount + rest.SentCount > 0)
            await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return Sum(contents, rest);
    }

    /// <summary>The first object that the remote has not, or is about to drop; null when it has all.</summary>
    async Task<ReachedObject?> FindLackingAsync(
        IAsyncEnumerable<ReachedObject> reached, HashSet<ContentHash> erased, CancellationToken cancellationToken)
    {
        await foreach (var item in reached.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (!IsErased(item, erased) && !remote.Keeps(item.Hash)
                && versions.Objects.IsErased?.Invoke(item.Hash) != true)
            {
                return item;
            }
        }

        return null;
    }

    static async IAsyncEnumerable<ContentHash> ContentsAsync(
        IAsyncEnumerable<ReachedObject> reached, List<ContentHash> above,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in reached.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (item.IsContent)
                yield return item.Hash;
            else
                above.Add(item.Hash);
        }
    }

    async Task<List<RemoteRef>> WantedAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var branches = await versions.Refs.BranchesAsync(cancellationToken).ConfigureAwait(false);
        var tags = await versions.Refs.TagsAsync(cancellationToken).ConfigureAwait(false);
        var wanted = new Dictionary<string, RemoteRef>(StringComparer.Ordinal);
        foreach (var text in request.Refs)
        {
            if (branches.Find(entry => entry.Name == text) is { } branch)
                Add(Of(branch));
            else if (tags.Find(entry => entry.Name == text) is { } tag)
                Add(OfTag(tag));
            else
                throw new MillraceException(
                    ErrorKind.NotFound, "ref-unknown",
                    $"There is no branch or tag '{text}' to push, and no remote of that name.",
                    "'millrace branch' and 'millrace tag' list them, 'millrace remote list' the remotes.");
        }

        if (request.AllBranches)
            branches.ForEach(branch => Add(Of(branch)));
        if (request.Tags)
            tags.ForEach(tag => Add(OfTag(tag)));
        if (request.Refs.Count == 0 && !request.AllBranches)
        {
            var (current, commit) = await versions.HeadAsync(cancellationToken).ConfigureAwait(false);
            if (current is not null && commit is { } tip)
                Add(new RemoteRef(RemoteRefKind.Branch, current, tip));
            else if (!request.Tags)
                throw current is null
                    ? new MillraceException(
                        ErrorKind.Invalid, "ref-missing", "The checkout is on no branch.",
                        "Name the branch or tag to push, or make one with 'millrace checkout -b NAME'.")
                    : new MillraceException(
                        ErrorKind.NotFound, "no-commits", $"Branch '{current}' has no commit yet.",
                        "Make one with 'millrace add .' and 'millrace commit -m MESSAGE'.");
        }

        return [.. wanted.Values];

        void Add(RemoteRef value) => wanted[value.File] = value;
        static RemoteRef OfTag(TagEntry tag) => new(
            RemoteRefKind.Tag, tag.Name, tag.Commit, tag.Author, tag.CreatedAt, tag.Message);
    }

    static RemoteRef Of(BranchEntry branch) => new(RemoteRefKind.Branch, branch.Name, branch.Commit);

    bool IsForward(RemoteRef before, RemoteRef value) => value.Kind == RemoteRefKind.Branch
        && IsCommitHere(before.Commit) && versions.History.IsAncestor(before.Commit, value.Commit);

    bool IsCommitHere(ContentHash commit)
    {
        try
        {
            return versions.Objects.Contains(commit) && versions.History.TryRead(commit) is not null;
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
        {
            return false;
        }
    }

    MillraceException Rejected(RemoteRef before, RemoteRef value) => value.Kind == RemoteRefKind.Tag
        ? new MillraceException(
            ErrorKind.Conflict, "push-rejected",
            $"Tag '{value.Name}' is on remote '{name}' already, at {before.Commit.Short}; here it is at "
            + $"{value.Commit.Short}.",
            "Choose another name for the tag, or replace it there with 'millrace push --force'.")
        : new MillraceException(
            ErrorKind.Conflict, "push-rejected",
            $"Branch '{value.Name}' of remote '{name}' is at {before.Commit.Short}, which {value.Commit.Short} does "
            + "not come from.",
            $"Bring its commits in with 'millrace pull {name}' first, then push; or give them up with "
            + "'millrace push --force'.");

    /// <summary>In a folder, and in git, a branch cannot be below another.</summary>
    static void CheckFolders(List<RefUpdate> moves, List<RemoteRef> known)
    {
        var files = known.Select(item => item.File).Concat(moves.Select(move => move.Value.File))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var file in files)
        {
            for (var slash = file.LastIndexOf('/'); slash > 0; slash = file.LastIndexOf('/', slash - 1))
            {
                if (files.Contains(file[..slash]))
                {
                    throw new MillraceException(
                        ErrorKind.Conflict, "ref-name",
                        $"'{file}' and '{file[..slash]}' cannot both be on the remote.",
                        "One would be a folder of the other; rename one with 'millrace branch -m'.");
                }
            }
        }
    }

    MillraceException Incomplete(ReachedObject? lacking) => new(
        ErrorKind.Unavailable, "push-incomplete",
        lacking is { } reached
            ? $"Object {reached.Hash}{(reached.Path.Length > 0 ? $" of '{reached.Path}'" : "")} is not on remote "
            + $"'{name}' after it was sent; no ref was moved."
            : $"Remote '{name}' was swept each of the {PassesMax} times that objects were sent; no ref was moved.",
        "Somebody deletes there. When that has ended, push again.");

    /// <summary>Remembers where branches of the remote are.</summary>
    async Task NoteAsync(IReadOnlyList<SyncedRef> synced, string why, CancellationToken cancellationToken)
    {
        var author = versions.AuthorName;
        await versions.Catalog.WriteAsync(
            session =>
            {
                foreach (var item in synced)
                {
                    if (item.Kind == RemoteRefKind.Branch)
                        RefStore.SetRemoteBranch(session, name, item.Name, item.After, why, author);
                }

                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A ref to move, and what told its content apart before.</summary>
    sealed record RefUpdate(RemoteRef Value, string? Tag);
}
