using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Branches, tags and what is known of other stores' branches, in the catalog. Every move is a
/// compare-and-set in one transaction, and is written down.</summary>
public sealed class RefStore(ICatalog catalog)
{
    /// <summary>How long a commit that no ref names any more is kept from the sweep.</summary>
    public static readonly TimeSpan ReflogKept = TimeSpan.FromDays(90);

    const string BranchColumns = "select name, commit_id, moved_at from branch";
    const string TagColumns = "select name, commit_id, message, author, created_at from tag";

    public Task<ContentHash?> BranchAsync(string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Branch(session, name), cancellationToken);

    public Task<List<BranchEntry>> BranchesAsync(CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session => session.Query($"{BranchColumns} order by name", ReadBranch), cancellationToken);

    /// <summary>Branches of other stores, named <c>REMOTE/BRANCH</c>.</summary>
    public Task<List<BranchEntry>> RemoteBranchesAsync(CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                "select remote || '/' || name, commit_id, moved_at from remote_branch order by remote, name",
                ReadBranch),
            cancellationToken);

    public Task<List<TagEntry>> TagsAsync(CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session => session.Query($"{TagColumns} order by name", ReadTag), cancellationToken);

    /// <summary>Moves of refs, newest first.</summary>
    /// <param name="reference">Only of this one, such as <c>branch/main</c>; null for all.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<List<RefMove>> MovesAsync(
        string? reference, int limit, CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session => session.Query(
            "select ref, before_id, after_id, why, author, moved_at from reflog "
            + "where (@ref = '' or ref = @ref) order by reflog_id desc limit @limit",
            row => new RefMove(
                row.Text(0), Parse(row.TextOrNull(1)), Parse(row.TextOrNull(2)), row.Text(3), row.Text(4), row.Time(5)),
            ("ref", reference ?? ""), ("limit", limit)),
        cancellationToken);

    /// <summary>Moves a branch, makes it, or deletes it.</summary>
    /// <param name="name">The branch.</param>
    /// <param name="expected">Where it must point; null: it must not exist.</param>
    /// <param name="target">Where it shall point; null deletes it.</param>
    /// <param name="why">For the reflog.</param>
    /// <param name="author">For the reflog.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>ref-moved</c>, <c>ref-name</c>.</exception>
    public Task MoveBranchAsync(
        string name, ContentHash? expected, ContentHash? target, string why, string author,
        CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            MoveBranch(session, name, expected, target, why, author);
            return 0;
        },
        cancellationToken);

    /// <inheritdoc cref="MoveBranchAsync"/>
    public static void MoveBranch(
        CatalogSession session, string name, ContentHash? expected, ContentHash? target, string why, string author)
    {
        ArgumentNullException.ThrowIfNull(session);
        RefName.Check(name);
        var current = Branch(session, name);
        if (current != expected)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "ref-moved",
                $"Branch '{name}' points to {Show(current)}; {Show(expected)} was expected.",
                "Another process moved it meanwhile. Look with 'millrace log', then run the command again.");
        }

        if (target is { } commit)
        {
            CheckFolders(session, name);
            session.Execute(
                """
                insert into branch (name, commit_id, moved_at) values (@name, @commit, @now)
                on conflict (name) do update set commit_id = @commit, moved_at = @now
                """,
                ("name", name), ("commit", commit.ToString()), ("now", session.Now));
        }
        else
        {
            session.Execute("delete from branch where name = @name", ("name", name));
        }

        Log(session, $"branch/{name}", current, target, why, author);
    }

    /// <summary>Notes where a branch of another store points; null when it is gone there.</summary>
    public static void SetRemoteBranch(
        CatalogSession session, string remote, string name, ContentHash? target, string why, string author)
    {
        ArgumentNullException.ThrowIfNull(session);
        RefName.Check(name);
        var current = RemoteBranch(session, remote, name);
        if (current == target)
            return;
        session.Execute(
            "delete from remote_branch where remote = @remote and name = @name", ("remote", remote), ("name", name));
        if (target is { } commit)
        {
            session.Execute(
                "insert into remote_branch (remote, name, commit_id, moved_at) values (@remote, @name, @commit, @now)",
                ("remote", remote), ("name", name), ("commit", commit.ToString()), ("now", session.Now));
        }

        Log(session, $"remote/{remote}/{name}", current, target, why, author);
    }

    /// <summary>Puts a tag.</summary>
    /// <exception cref="MillraceException"><c>tag-exists</c>, <c>ref-name</c>.</exception>
    public Task AddTagAsync(
        string name, ContentHash commit, string? message, string author,
        CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            AddTag(session, name, commit, message, author);
            return 0;
        },
        cancellationToken);

    /// <inheritdoc cref="AddTagAsync"/>
    public static void AddTag(
        CatalogSession session, string name, ContentHash commit, string? message, string author)
    {
        ArgumentNullException.ThrowIfNull(session);
        RefName.Check(name);
        if (Tag(session, name) is { } known)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "tag-exists", $"There is a tag '{name}' already, at {known.Commit.Short}.",
                $"Choose another name, or delete it first with 'millrace tag -d {name}'.");
        }

        session.Execute(
            """
            insert into tag (name, commit_id, message, author, created_at)
            values (@name, @commit, @message, @author, @now)
            """,
            ("name", name), ("commit", commit.ToString()), ("message", message), ("author", author),
            ("now", session.Now));
        Log(session, $"tag/{name}", null, commit, "tag", author);
    }

    /// <summary>Deletes a tag.</summary>
    /// <exception cref="MillraceException"><c>ref-unknown</c>.</exception>
    public Task DeleteTagAsync(string name, string author, CancellationToken cancellationToken = default) =>
        catalog.WriteAsync(
            session =>
            {
                var known = Tag(session, name) ?? throw new MillraceException(
                    ErrorKind.NotFound, "ref-unknown", $"There is no tag '{name}'.", "'millrace tag' lists them.");
                session.Execute("delete from tag where name = @name", ("name", name));
                Log(session, $"tag/{name}", known.Commit, null, "tag -d", author);
                return 0;
            },
            cancellationToken);

    internal static ContentHash? Branch(CatalogSession session, string name) => Parse(session.First(
        "select commit_id from branch where name = @name", row => row.Text(0), ("name", name)));

    internal static TagEntry? Tag(CatalogSession session, string name) =>
        session.First($"{TagColumns} where name = @name", ReadTag, ("name", name));

    internal static ContentHash? RemoteBranch(CatalogSession session, string remote, string name) => Parse(
        session.First(
            "select commit_id from remote_branch where remote = @remote and name = @name", row => row.Text(0),
            ("remote", remote), ("name", name)));

    /// <summary>Every commit that a ref names or named within <see cref="ReflogKept"/>, with who needs it.</summary>
    internal Task<List<(ContentHash Commit, string Name)>> TipsAsync(CancellationToken cancellationToken) =>
        catalog.ReadAsync(
            session =>
            {
                var since = session.Now - (long)ReflogKept.TotalMicroseconds;
                return session.Query(
                    """
                    select commit_id, 'branch ' || name from branch
                    union all select commit_id, 'tag ' || name from tag
                    union all select commit_id, 'branch ' || remote || '/' || name from remote_branch
                    union all select distinct before_id, 'reflog of ' || ref from reflog
                        where moved_at >= @since and before_id is not null
                    union all select distinct after_id, 'reflog of ' || ref from reflog
                        where moved_at >= @since and after_id is not null
                    """,
                    row => (ContentHash.Parse(row.Text(0)), row.Text(1)), ("since", since));
            },
            cancellationToken);

    internal static void Log(
        CatalogSession session, string reference, ContentHash? before, ContentHash? after, string why, string author) =>
        session.Execute(
            """
            insert into reflog (ref, before_id, after_id, why, author, moved_at)
            values (@ref, @before, @after, @why, @author, @now)
            """,
            ("ref", reference), ("before", before?.ToString()), ("after", after?.ToString()), ("why", why),
            ("author", author), ("now", session.Now));

    /// <summary>'a' and 'a/b' cannot both be branches: git keeps them as a file and a folder.</summary>
    static void CheckFolders(CatalogSession session, string name)
    {
        var above = new List<string>();
        for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = name.IndexOf('/', slash + 1))
            above.Add(name[..slash]);
        var blocking = above.Find(part => Branch(session, part) is not null) ?? session.First(
            "select name from branch where name >= @from and name < @to", row => row.Text(0),
            ("from", name + "/"), ("to", name + "0"));
        if (blocking is not null)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "ref-name", $"Branch '{name}' cannot be beside branch '{blocking}'.",
                "One would be a folder of the other in git; choose another name.");
        }
    }

    static BranchEntry ReadBranch(CatalogRow row) => new(row.Text(0), ContentHash.Parse(row.Text(1)), row.Time(2));

    static TagEntry ReadTag(CatalogRow row) =>
        new(row.Text(0), ContentHash.Parse(row.Text(1)), row.TextOrNull(2), row.Text(3), row.Time(4));

    static ContentHash? Parse(string? text) => text is null ? null : ContentHash.Parse(text);

    static string Show(ContentHash? commit) => commit?.Short ?? "nothing";
}
