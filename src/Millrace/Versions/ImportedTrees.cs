using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Versions.Dvc;

namespace Millrace.Versions;

/// <summary>The trees that came from elsewhere, by name. What one holds is kept until it is removed.</summary>
public sealed class ImportedTrees(ICatalog catalog, ObjectStore objects) : IRootSource
{
    /// <summary>What stands before an import's name where a revision is named.</summary>
    public const string RevisionPrefix = "import:";

    const int NameLengthMax = 200;

    /// <summary>It is the same for all, so that an import is one commit whoever asks for it.</summary>
    const string CommitAuthor = "Millrace <import@localhost>";

    const string Columns = "select name, tree, origin, imported_at from imported_tree";

    public string Room => "versions";

    /// <summary>Every object of every tree: the nodes of its folders and its files, and the files of attached imports
    /// that are here already. What is missing is named and not followed.</summary>
    public async IAsyncEnumerable<ObjectRoot> RootsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var trees = new TreeStore(objects);
        var seen = new HashSet<ContentHash>();
        foreach (var import in await ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (import.Tree is not { } tree)
            {
                await foreach (var root in FetchedAsync(import.Name, cancellationToken).ConfigureAwait(false))
                    yield return root;
                continue;
            }

            foreach (var root in trees.Roots(tree, $"import {import.Name}", "", seen))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return root;
            }
        }
    }

    /// <summary>Files of an attached import that were copied so far: the next fetch goes on from them.</summary>
    async IAsyncEnumerable<ObjectRoot> FetchedAsync(
        string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = await AttachedAsync(name, cancellationToken).ConfigureAwait(false);
        var digests = new ObjectDigests(catalog);
        foreach (var group in files.GroupBy(file => file.Digest.Algorithm))
        {
            var found = await digests.FindAsync(
                group.Key, group.Select(file => file.Digest.ToString()).Distinct(), cancellationToken)
                .ConfigureAwait(false);
            foreach (var file in group)
            {
                if (found.TryGetValue(file.Digest.ToString(), out var hash) && objects.Contains(hash))
                    yield return new ObjectRoot(hash, $"{file.Path} in import {name}");
            }
        }
    }

    public Task<List<ImportedTree>> ListAsync(CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session => session.Query($"{Columns} order by name", Read), cancellationToken);

    /// <returns>Null when there is none of that name.</returns>
    public Task<ImportedTree?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.First($"{Columns} where name = @name", Read, ("name", name)), cancellationToken);

    /// <exception cref="MillraceException"><c>import-missing</c>.</exception>
    public async Task<ImportedTree> RequireAsync(string name, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } import)
            return import;
        var near = (await ListAsync(cancellationToken).ConfigureAwait(false)).Select(known => known.Name)
            .Where(known => Nearness.Distance(known, name) <= 1 + (name.Length / 4))
            .OrderBy(known => Nearness.Distance(known, name)).Take(3).Select(known => $"'{known}'").ToList();
        throw new MillraceException(
            ErrorKind.NotFound, "import-missing", $"There is no import '{name}'.",
            near.Count == 0 ? "'millrace dvc list' shows what there is."
                : $"Did you mean {string.Join(" or ", near)}?");
    }

    /// <summary>The root of an import.</summary>
    /// <exception cref="MillraceException"><c>import-missing</c>, <c>import-attached</c>.</exception>
    public async Task<ContentHash> TreeAsync(string name, CancellationToken cancellationToken = default) =>
        RootOf(await RequireAsync(name, cancellationToken).ConfigureAwait(false));

    /// <summary>The import that a revision names; null for one that names none.</summary>
    public static string? NameIn(string revision)
    {
        ArgumentNullException.ThrowIfNull(revision);
        return revision.StartsWith(RevisionPrefix, StringComparison.Ordinal) ? revision[RevisionPrefix.Length..] : null;
    }

    /// <summary>An import as the first commit of a history: made of what is recorded, so that it is the same each time.
    /// Where it came from is a path of this machine, and stays here.</summary>
    /// <exception cref="MillraceException"><c>import-attached</c>.</exception>
    internal static Commit CommitOf(ImportedTree import) => new(
        RootOf(import), [], CommitAuthor, import.ImportedAt, null, $"Import {import.Name}");

    static ContentHash RootOf(ImportedTree import) => import.Tree ?? throw new MillraceException(
        ErrorKind.Unavailable, "import-attached", $"Files of the import '{import.Name}' are not here yet.",
        $"Copy them with 'millrace dvc fetch {import.Name}'.");

    /// <summary>The files of an import that are still elsewhere, in the order of their paths.</summary>
    public Task<List<AttachedFile>> AttachedAsync(string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                "select path, algorithm, digest, size_bytes, is_executable from attached_file where name = @name "
                + "order by path",
                row => new AttachedFile(
                    row.Text(0), new DvcDigest(row.Text(1), row.Text(2), IsFolder: false), row.Int64OrNull(3),
                    row.Int64(4) != 0),
                ("name", name)),
            cancellationToken);

    /// <summary>Records an import in place of an earlier one of that name, and the run that made it, in one
    /// step.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tree">Its root; null when files are attached.</param>
    /// <param name="sizeBytes">Bytes of its files.</param>
    /// <param name="origin">Where it came from.</param>
    /// <param name="attached">Files that are still there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>import-name-invalid</c>.</exception>
    public Task RecordAsync(
        string name, ContentHash? tree, long sizeBytes, string origin, IReadOnlyList<AttachedFile> attached,
        CancellationToken cancellationToken = default)
    {
        CheckName(name);
        return catalog.WriteAsync(
            session =>
            {
                session.Execute("delete from attached_file where name = @name", ("name", name));
                session.Execute("delete from imported_tree where name = @name", ("name", name));
                session.Execute(
                    "insert into imported_tree (name, tree, origin, imported_at) values (@name, @tree, @origin, @at)",
                    ("name", name), ("tree", tree?.ToString()), ("origin", origin), ("at", session.Now));
                foreach (var file in attached)
                {
                    session.Execute(
                        "insert into attached_file (name, path, algorithm, digest, size_bytes, is_executable) "
                        + "values (@name, @path, @algorithm, @digest, @size, @executable)",
                        ("name", name), ("path", file.Path), ("algorithm", file.Digest.Algorithm),
                        ("digest", file.Digest.Hex), ("size", file.SizeBytes), ("executable", file.IsExecutable));
                }

                if (tree is { } root)
                    AddLineage(session, name, root, sizeBytes, origin);
                return 0;
            },
            cancellationToken);
    }

    /// <summary>Forgets an import; its objects go with the next sweep, unless something else needs them.</summary>
    /// <returns>Whether there was one.</returns>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            session.Execute("delete from attached_file where name = @name", ("name", name));
            return session.Execute("delete from imported_tree where name = @name", ("name", name)) > 0;
        },
        cancellationToken);

    /// <exception cref="MillraceException"><c>import-name-invalid</c>.</exception>
    public static void CheckName(string name)
    {
        var isGood = name.Length is > 0 and <= NameLengthMax && name[0] is not ('.' or '-')
            && name.All(value => char.IsAsciiLetterOrDigit(value) || value is '.' or '_' or '-');
        if (!isGood)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "import-name-invalid", $"'{name}' cannot be the name of an import.",
                "Give it a name of letters, digits, '.', '_' and '-' with '--name'.");
        }
    }

    static void AddLineage(
        CatalogSession session, string name, ContentHash tree, long sizeBytes, string origin)
    {
        var now = CatalogTime.FromMicroseconds(session.Now);
        var parameters = new JsonObject { ["origin"] = origin }.ToJsonString();
        var summary = new JsonObject { ["origin"] = origin, ["bytes"] = sizeBytes }.ToJsonString();
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", $"import/{name}", null, null, "import", parameters,
            RunOutcome.Succeeded, null, now, now);
        LineageLog.StartRun(session, run);
        var version = LineageLog.AddVersion(session, "file", name, null, tree.ToString(), run.Id, summary);
        LineageLog.AddEdge(session, new LineageEdge(run.Id, version.Id, true, "import"));
    }

    static ImportedTree Read(CatalogRow row) => new(
        row.Text(0), row.TextOrNull(1) is { } tree ? ContentHash.Parse(tree) : null, row.Text(2), row.Time(3));
}
