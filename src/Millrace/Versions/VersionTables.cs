using Millrace.Catalog;
using Millrace.Objects;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Versions;

/// <summary>Commits, branches and tags, for SQL. Beside git they are git's, and these are empty.</summary>
static class VersionTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog, VersionStore versions) =>
    [
        SystemTable.Of(
            "commits", "A commit that a branch, a tag or the reflog leads to.",
            [
                Text("commit_id", "The commit."),
                Text("tree", "Its root folder."),
                Text("parent_id", "The commit before it, the first of a merge; null for none."),
                Int64("parents", "How many commits it follows: 2 for a merge."),
                Text("author", "Who made it."),
                Time("committed_at", "When."),
                Text("run_id", "The run that made it; null for none."),
                Text("subject", "The first line of its message."),
                Text("message", "Its message."),
            ],
            token => Commits(versions, token)),
        SystemTable.Of(
            "files", "A file of the commit that is checked out.",
            [
                Text("path", "From the root, parted by slashes."),
                Text("kind", "'file', 'executable', 'link' or 'table'."),
                Text("hash", "Its content: an object, or a version of a table."),
                Int64("size_bytes", "Its bytes."),
            ],
            token => Files(versions, token)),
        SystemTable.OfCatalog(
            catalog, "branches", "A branch.", "branch",
            (Text("name", "Its name."), "name"),
            (Text("commit_id", "The commit that it points to."), "commit_id"),
            (Time("moved_at", "When it was moved there."), "moved_at")),
        SystemTable.OfCatalog(
            catalog, "tags", "A tag.", "tag",
            (Text("name", "Its name."), "name"),
            (Text("commit_id", "The commit that it points to."), "commit_id"),
            (Text("message", "What for; null when nothing was said."), "message"),
            (Text("author", "Who made it."), "author"),
            (Time("created_at", "When."), "created_at")),
        SystemTable.OfCatalog(
            catalog, "remote_branches", "A branch of another store, as it was when it was last looked at.",
            "remote_branch",
            (Text("remote", "The remote."), "remote"),
            (Text("name", "The branch."), "name"),
            (Text("commit_id", "The commit that it points to."), "commit_id"),
            (Time("moved_at", "When it was noted."), "moved_at")),
        SystemTable.OfCatalog(
            catalog, "ref_moves", "A move of a branch or a tag.", "reflog",
            (Text("ref", "'branch/NAME', 'tag/NAME' or 'remote/REMOTE/NAME'."), "ref"),
            (Text("before_id", "The commit that it pointed to; null when it was made."), "before_id"),
            (Text("after_id", "The commit that it points to since; null when it was deleted."), "after_id"),
            (Text("why", "The command."), "why"),
            (Text("author", "Who moved it."), "author"),
            (Time("moved_at", "When."), "moved_at")),
        SystemTable.OfCatalog(
            catalog, "imports", "A tree that came from DVC or git-lfs.", "imported_tree",
            (Text("name", "Its name."), "name"),
            (Text("tree", "Its root folder; null while files of it are where they came from."), "tree"),
            (Text("origin", "Where it came from, as JSON."), "origin"),
            (Time("imported_at", "When."), "imported_at")),
    ];

    static async IAsyncEnumerable<object?[]> Commits(
        VersionStore versions,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = new Queue<ContentHash>();
        var seen = new HashSet<ContentHash>();
        foreach (var (tip, _) in await versions.Refs.TipsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (seen.Add(tip))
                open.Enqueue(tip);
        }

        while (open.TryDequeue(out var id))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // What is not here yet, or damaged, has nothing to show.
            if (versions.TryReadCommit(id) is not { } commit)
                continue;
            yield return
            [
                id.ToString(), commit.Tree.ToString(), commit.Parents.Count > 0 ? commit.Parents[0].ToString() : null,
                (long)commit.Parents.Count, commit.Author, commit.Time, commit.Run, commit.Subject, commit.Message,
            ];
            foreach (var parent in commit.Parents.Where(seen.Add))
                open.Enqueue(parent);
        }
    }

    static async IAsyncEnumerable<object?[]> Files(
        VersionStore versions,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (_, head) = await versions.HeadAsync(cancellationToken).ConfigureAwait(false);
        if (head is not { } id)
            yield break;
        foreach (var (path, entry) in versions.ListFiles(versions.ReadCommit(id).Tree))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return [path, Word(entry.Kind), entry.Hash.ToString(), entry.SizeBytes];
        }
    }

    static string Word(TreeEntryKind kind) => kind switch
    {
        TreeEntryKind.Executable => "executable",
        TreeEntryKind.Link => "link",
        TreeEntryKind.Table => "table",
        _ => "file",
    };
}
