using System.Text.Json;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;
using Millrace.Tables.Queries;

namespace Millrace.Tables;

/// <summary>The tables of a workspace: Delta Lake tables under one folder, with their names and versions in the
/// catalog.</summary>
public sealed partial class TableStore : IRootSource
{
    readonly ICatalog _catalog;
    readonly LineageGraph _lineage;
    readonly ProcessFolder _process;
    readonly TablePublisher _publisher;

    internal TableStore(
        string folder,
        ICatalog catalog,
        LineageGraph lineage,
        ProcessFolder process,
        IEnumerable<IFactWriter> factWriters,
        TimeProvider time)
    {
        Folder = folder;
        _catalog = catalog;
        _lineage = lineage;
        _process = process;
        _publisher = new TablePublisher(
            catalog, folder, process, factWriters.ToDictionary(writer => writer.Kind, StringComparer.Ordinal), time);
        Editor = new TableEditor(this, catalog, time);
        Sql = new SqlEngine(this);
    }

    /// <summary>The folder that holds a folder for each table.</summary>
    public string Folder { get; }

    string IRootSource.Room => "tables";

    /// <summary>This process's own.</summary>
    internal string TemporaryFolder => _process.Path;

    internal TablePublisher Publisher => _publisher;

    internal TableUpkeep Upkeep => _publisher.Upkeep;

    /// <summary>Changes tables.</summary>
    public TableEditor Editor { get; }

    /// <summary>Runs SQL.</summary>
    public SqlEngine Sql { get; }

    /// <summary>The graph that this room writes to when it publishes.</summary>
    internal LineageGraph Lineage => _lineage;

    /// <summary>All tables, by name.</summary>
    public Task<List<TableEntry>> ListAsync(CancellationToken cancellationToken = default) => _catalog.ReadAsync(
        session => session.Query(
            """
            select v.version_id, v.kind, v.name, v.number, v.hash, v.run_id, v.created_at, v.summary, t.key_columns
            from data_table t join version v on v.kind = 'table' and v.name = t.name and v.number =
                (select max(number) from version n where n.kind = 'table' and n.name = t.name)
            order by t.name
            """,
            row => new TableEntry(
                row.Text(2), JsonSerializer.Deserialize(row.Text(8), TablesJson.Default.ListString)!,
                LineageGraph.ReadVersion(row))),
        cancellationToken);

    /// <summary>A table's entry, or null when there is no such table.</summary>
    public async Task<TableEntry?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        (await ListAsync(cancellationToken).ConfigureAwait(false)).Find(entry => entry.Name == name);

    /// <summary>The files of a version.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>version-unknown</c>.</exception>
    public TableSnapshot Open(ThingVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return OpenAt(version.Name, version.Number);
    }

    /// <summary>The files of a table at a version of its Delta log.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>version-unknown</c>.</exception>
    public TableSnapshot OpenAt(string name, long number)
    {
        var folder = Path.Combine(Folder, SqlName.CheckTable(name));
        return DeltaLog.Read(name, folder, number) ?? throw new MillraceException(
            ErrorKind.Corrupt, "table-missing", $"Table '{name}' has no log in '{folder}'.",
            "Restore the folder from a copy; 'millrace fsck' lists everything that is missing.");
    }

    /// <summary>The files of a table at a version of its log, or at the newest one, whether or not the catalog knows
    /// it. </summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-log-damaged</c>, <c>version-unknown</c>.
    /// </exception>
    public TableSnapshot OpenNewest(string name, long? number = null) =>
        DeltaLog.Read(name, Path.Combine(Folder, SqlName.CheckTable(name)), number) ?? throw Missing(name);

    internal static MillraceException Missing(string name) => new(
        ErrorKind.NotFound, "table-missing", $"There is no table '{name}'.",
        "'millrace table list' shows those that there are.");

    /// <summary>The versions of a table that its log tells, the newest first, whoever wrote them.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-log-damaged</c>.</exception>
    public IReadOnlyList<TableCommit> History(string name) =>
        DeltaHistory.Read(name, new LocalTableFiles(Path.Combine(Folder, SqlName.CheckTable(name))));

    /// <summary>The path of a table's newest Iceberg metadata; null when it is not mirrored.</summary>
    public static string? IcebergMetadataOf(TableSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return Iceberg.IcebergMirror.Newest(snapshot.Folder) is { } number
            ? Path.Combine(snapshot.Folder, "metadata", $"v{number}.metadata.json") : null;
    }

    /// <summary>A size such as <c>64mb</c>.</summary>
    /// <exception cref="MillraceException"><c>option-value</c>.</exception>
    public static long ParseSize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ByteSize.TryParse(text, out var bytes) ? bytes : throw new MillraceException(
            ErrorKind.Invalid, "option-value", $"'{text}' is not a size.",
                "Write a number of bytes, or 64kb, 128mb, 1gb.");
    }

    /// <summary>A span of time such as <c>48h</c>.</summary>
    /// <exception cref="MillraceException"><c>option-value</c>.</exception>
    public static TimeSpan ParseSpan(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Retention.TryParse(text, out var span) ? span : throw new MillraceException(
            ErrorKind.Invalid, "option-value", $"'{text}' is not a span of time.", "Write 30m, 48h, 7d or 2w.");
    }

    /// <summary>A private SQL engine that spills to this process's temporary folder.</summary>
    public SqlSession OpenSession(int threads = 1) => new(_process.Path, threads);

    /// <summary>Makes everything that an attempt staged visible at once, with its lineage.</summary>
    /// <returns>The versions, tables first, in the publication's order.</returns>
    /// <exception cref="MillraceException"><c>schema-mismatch</c>, <c>ref-moved</c>, <c>lease-lost</c>,
    /// <c>disk-full</c>. </exception>
    public Task<IReadOnlyList<ThingVersion>> PublishAsync(
        Publication publication, CancellationToken cancellationToken = default) =>
        _publisher.PublishAsync(publication, cancellationToken);

    /// <summary>Publications that have begun and are not finished: of processes that live, or whose tables' logs are
    /// damaged.</summary>
    public Task<long> PendingAsync(CancellationToken cancellationToken = default) => _catalog.ReadAsync(
        session => session.Count("select count(*) from publication_intent"), cancellationToken);

    /// <summary>Completes or drops the publications of processes that died.</summary>
    public Task<(int Completed, int Dropped)> RecoverAsync(CancellationToken cancellationToken = default) =>
        _publisher.RecoverAsync([], cancellationToken);

    /// <summary>The objects that the cells of live files name, over all versions of all tables.</summary>
    public async IAsyncEnumerable<ObjectRoot> RootsAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var entry in await ListAsync(cancellationToken).ConfigureAwait(false))
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var folder = Path.Combine(Folder, entry.Name);
            var lost = LostVersions.Read(folder);
            var oldest = OldestOf(entry.Name);
            foreach (var version in await _lineage.VersionsAsync("table", entry.Name, cancellationToken)
                .ConfigureAwait(false))
            {
                if (version.Number < oldest || lost.Contains(version.Number))
                {
                    // Let go on purpose, and with it what only it named.
                    continue;
                }

                var snapshot = Open(version);
                foreach (var file in snapshot.Files.Where(file => file.ObjectList is not null && seen.Add(file.Path)))
                {
                    var path = snapshot.Confine(file.ObjectList!);
                    if (!File.Exists(path))
                    {
                        throw new MillraceException(
                            ErrorKind.Corrupt, "object-list-missing",
                            $"{version.Label} needs '{path}', the list of the objects that it names.",
                            "Restore the file from a copy; until then no object can be told to be unused.");
                    }

                    foreach (var line in await File.ReadAllLinesAsync(path, cancellationToken).ConfigureAwait(false))
                    {
                        yield return new ObjectRoot(ContentHash.Parse(line), version.Label);
                    }
                }
            }
        }
    }

    /// <summary>The oldest version that the log still tells; 0 for a table without a log, whose versions are missed.
    /// </summary>
    internal long OldestOf(string name) =>
        LogListing.Whole(new LocalTableFiles(Path.Combine(Folder, SqlName.CheckTable(name))))?.Oldest ?? 0;

    /// <summary>The lists of objects of all files that versions of a table have which can still be read: each with its
    /// file's path as the log names it.</summary>
    internal IReadOnlyList<(string File, string List)> ObjectLists(string name)
    {
        var folder = Path.Combine(Folder, SqlName.CheckTable(name));
        if (DeltaLog.Read(name, folder) is not { } newest)
        {
            return [];
        }

        var lists = DeltaRewrite.Files(name, folder).Select(file => (File: file.Path, List: file.ObjectList))
            .Concat(OpenAt(name, OldestOf(name)).Files.Select(file => (File: file.Path, List: file.ObjectList)));
        var isVacuumed = LostVersions.Read(folder).Count > 0;
        return [.. lists.Where(pair => pair.List is not null)
            .Select(pair => (pair.File, List: newest.Confine(pair.List!)))
            .Distinct().Where(pair => !isVacuumed || File.Exists(pair.List))];
    }
}
