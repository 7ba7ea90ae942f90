using System.Text.Json;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tables.Checks;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;
using Millrace.Tables.Places;
using Millrace.Tables.Queries;

namespace Millrace.Tables;

/// <summary>The tables of a workspace: Delta Lake tables under one folder, with their names and versions in the
/// catalog.</summary>
public sealed partial class TableStore : IRootSource, IDisposable
{
    readonly ICatalog _catalog;
    readonly LineageGraph _lineage;
    readonly ProcessBeats _process;
    readonly TablePublisher _publisher;
    readonly SessionPool _sessions;
    readonly TimeProvider _time;

    internal TableStore(
        ITablePlace place,
        ICatalog catalog,
        LineageGraph lineage,
        ProcessBeats process,
        IEnumerable<IFactWriter> factWriters,
        TimeProvider time)
    {
        Place = place;
        _catalog = catalog;
        _lineage = lineage;
        _process = process;
        _time = time;
        _publisher = new TablePublisher(
            catalog, place, process,
            factWriters.Append(new CheckResultWriter()).ToDictionary(writer => writer.Kind, StringComparer.Ordinal),
            time);
        _sessions = new SessionPool(process.Path, time);
        Editor = new TableEditor(this, catalog, time);
        Views = new ViewStore(catalog);
        Sql = new SqlEngine(this)
        {
            ViewText = async (name, cancellationToken) =>
                (await Views.FindAsync(name, cancellationToken).ConfigureAwait(false))?.Query,
        };
    }

    /// <summary>The folder of this machine that holds a folder for each table: the tables, or the files of tables
    /// elsewhere that are not sent yet.</summary>
    public string Folder => Place.Folder;

    /// <summary>Where the tables are.</summary>
    internal ITablePlace Place { get; }

    string IRootSource.Room => "tables";

    /// <summary>This process's own.</summary>
    internal string TemporaryFolder => _process.Path;

    internal TablePublisher Publisher => _publisher;

    internal TableUpkeep Upkeep => _publisher.Upkeep;

    /// <summary>Changes tables.</summary>
    public TableEditor Editor { get; }

    /// <summary>Runs SQL.</summary>
    public SqlEngine Sql { get; }

    /// <summary>Queries that have names.</summary>
    public ViewStore Views { get; }

    /// <summary>The graph that this room writes to when it publishes.</summary>
    internal LineageGraph Lineage => _lineage;

    /// <summary>Ends what is kept for the next query.</summary>
    public void Dispose() => _sessions.Dispose();

    /// <summary>All tables, by name.</summary>
    public Task<List<TableEntry>> ListAsync(CancellationToken cancellationToken = default) =>
        ListAsync("t.dropped_at is null", cancellationToken);

    /// <summary>All tables, by name, with those that were dropped: their earlier versions are still there.</summary>
    internal Task<List<TableEntry>> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync("true", cancellationToken);

    Task<List<TableEntry>> ListAsync(string condition, CancellationToken cancellationToken) => _catalog.ReadAsync(
        session => session.Query(
            $"""
            select v.version_id, v.kind, v.name, v.number, v.hash, v.run_id, v.created_at, v.summary, t.key_columns
            from data_table t join version v on v.kind = 'table' and v.name = t.name and v.number =
                (select max(number) from version n where n.kind = 'table' and n.name = t.name)
            where {condition}
            order by t.name
            """,
            row => new TableEntry(
                row.Text(2), JsonSerializer.Deserialize(row.Text(8), TablesJson.Default.ListString)!,
                LineageGraph.ReadVersion(row))),
        cancellationToken);

    /// <summary>A table's entry, or null when there is no such table.</summary>
    public async Task<TableEntry?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        (await ListAsync(cancellationToken).ConfigureAwait(false)).Find(entry => entry.Name == name);

    /// <summary>The same, also of a table that was dropped.</summary>
    internal async Task<TableEntry?> FindAnyAsync(string name, CancellationToken cancellationToken) =>
        (await ListAllAsync(cancellationToken).ConfigureAwait(false)).Find(entry => entry.Name == name);

    /// <summary>The files of a version.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>version-unknown</c>.</exception>
    public TableSnapshot Open(ThingVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        var snapshot = OpenAt(version.Name, version.Number);
        return snapshot.IsDropped ? throw Dropped(snapshot) : snapshot;
    }

    /// <summary>The files of a table at a version of its Delta log.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>version-unknown</c>.</exception>
    public TableSnapshot OpenAt(string name, long number)
    {
        var files = Place.Of(name);
        return DeltaLog.Read(name, files, number) ?? throw new MillraceException(
            ErrorKind.Corrupt, "table-missing", $"Table '{name}' has no log in '{files.Place}'.",
            "Restore the folder from a copy; 'millrace fsck' lists everything that is missing.");
    }

    /// <summary>The files of a table at a version of its log, or at the newest one, whether or not the catalog knows
    /// it. </summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-log-damaged</c>, <c>version-unknown</c>.
    /// </exception>
    public TableSnapshot OpenNewest(string name, long? number = null)
    {
        var snapshot = OpenLast(name, number);
        return snapshot.IsDropped ? throw Dropped(snapshot) : snapshot;
    }

    /// <summary>The same, also when the table was dropped with that version.</summary>
    internal TableSnapshot OpenLast(string name, long? number = null) =>
        DeltaLog.Read(name, Place.Of(name), number) ?? throw Missing(name);

    internal static MillraceException Dropped(TableSnapshot snapshot) => new(
        ErrorKind.NotFound, "table-dropped",
        $"Table '{snapshot.Name}' was dropped with v{snapshot.Version}; it has no rows since.",
        $"Its earlier versions are there: read {snapshot.Name}@v{snapshot.Version - 1}, or bring it back with "
        + $"'millrace table restore {snapshot.Name}@v{snapshot.Version - 1}'.");

    /// <summary>Whether an operation takes all that the versions before it had, so that nothing is known of them.
    /// </summary>
    internal static bool TakesAll(string? operation) => operation is TableSnapshot.DropOperation
        or TableEditor.ReplaceOperation or TableEditor.ReplaceAsOperation;

    /// <summary>Whether a version is the one with which its table was dropped.</summary>
    public static bool IsDrop(ThingVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        using var summary = JsonDocument.Parse(version.Summary);
        return version.Kind == "table" && summary.RootElement.TryGetProperty("operation", out var operation)
            && operation.ValueEquals(TableSnapshot.DropOperation);
    }

    internal static MillraceException Missing(string name) => new(
        ErrorKind.NotFound, "table-missing", $"There is no table '{name}'.",
        "'millrace table list' shows those that there are.");

    /// <summary>The versions of a table that its log tells, the newest first, whoever wrote them.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-log-damaged</c>.</exception>
    public IReadOnlyList<TableCommit> History(string name) =>
        DeltaHistory.Read(name, Place.Of(name));

    /// <summary>The path of a table's newest Iceberg metadata; null when it is not mirrored.</summary>
    public static string? IcebergMetadataOf(TableSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return Iceberg.IcebergMirror.Newest(snapshot.Storage) is { } number
            ? snapshot.Address($"metadata/v{number}.metadata.json") : null;
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

    /// <summary>Lets the catalog name the place that a move took the tables to, when it was switched.</summary>
    /// <param name="file">Two lines: from where, to where. Gone afterwards.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task EndMoveAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            return;
        }

        var lines = await File.ReadAllLinesAsync(file, cancellationToken).ConfigureAwait(false);
        if (lines is [var from, var to] && to == Place.LocationOf(""))
        {
            await _catalog.WriteAsync(
                session => session.Execute(
                    "update data_table set location = @to || name where location = @from || name",
                    ("to", to), ("from", from)),
                cancellationToken).ConfigureAwait(false);
        }

        File.Delete(file);
    }

    /// <summary>The catalog must know no table that lies elsewhere: there may be another one of its name here.
    /// </summary>
    /// <exception cref="MillraceException"><c>tables-elsewhere</c>.</exception>
    internal async Task CheckPlaceAsync(CancellationToken cancellationToken)
    {
        var known = Place.LocationOf("");
        var other = await _catalog.ReadAsync(
            session => session.First(
                known.Length == 0
                    ? "select name, location from data_table where location like '%://%' order by name limit 1"
                    : "select name, location from data_table "
                        + "where substr(location, 1, cast(@length as integer)) <> @place order by name limit 1",
                row => (Name: row.Text(0), Location: row.Text(1)), ("length", known.Length), ("place", known)),
            cancellationToken).ConfigureAwait(false);
        if (other.Name is null)
        {
            return;
        }

        var isLocal = !other.Location.Contains("://", StringComparison.Ordinal);
        throw new MillraceException(
            ErrorKind.Invalid, "tables-elsewhere",
            $"Table '{other.Name}' of this catalog is in {(isLocal
                ? "the folder of a workspace" : $"'{other.Location}'")}, and millrace.yaml says that tables are in "
            + $"'{(known.Length == 0 ? Folder : known.TrimEnd('/'))}'.",
            isLocal
                ? "Take 'tables:' out of millrace.yaml, or move the tables with 'millrace move --tables'."
                : $"Write 'tables:' with 'url: {other.Location[..other.Location.LastIndexOf('/')]}' into "
                    + "millrace.yaml.");
    }

    /// <summary>Completes or drops the publications of processes that died.</summary>
    public Task<(int Completed, int Dropped)> RecoverAsync(CancellationToken cancellationToken = default) =>
        _publisher.RecoverAsync([], cancellationToken);

    /// <summary>The objects that the cells of live files name, over all versions of all tables.</summary>
    public async IAsyncEnumerable<ObjectRoot> RootsAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var entry in await ListAllAsync(cancellationToken).ConfigureAwait(false))
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var lost = LostVersions.Read(Place.Of(entry.Name));
            var oldest = OldestOf(entry.Name);
            foreach (var version in await _lineage.VersionsAsync("table", entry.Name, cancellationToken)
                .ConfigureAwait(false))
            {
                if (version.Number < oldest || lost.Contains(version.Number))
                {
                    // Let go on purpose, and with it what only it named.
                    continue;
                }

                var snapshot = OpenAt(version.Name, version.Number);
                foreach (var file in snapshot.Files.Where(file => file.ObjectList is not null && seen.Add(file.Path)))
                {
                    var path = snapshot.LocalPath(file.ObjectList!);
                    if (!File.Exists(path))
                    {
                        throw new MillraceException(
                            ErrorKind.Corrupt, "object-list-missing",
                            $"{version.Label} needs '{snapshot.Address(file.ObjectList!)}', the list of the objects "
                            + "that it names.",
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

    /// <summary>Whether there is a table of that name which was not dropped, whether or not the catalog knows it.
    /// </summary>
    internal bool HasLog(string name) =>
        DeltaLog.Read(name, Path.Combine(Folder, SqlName.CheckTable(name))) is { IsDropped: false };

    /// <summary>The oldest version that the log still tells; 0 for a table without a log, whose versions are missed.
    /// </summary>
    internal long OldestOf(string name) =>
        LogListing.Whole(Place.Of(name))?.Oldest ?? 0;

    /// <summary>The lists of objects of all files that versions of a table have which can still be read: each with its
    /// file's path as the log names it.</summary>
    internal IReadOnlyList<(string File, string List)> ObjectLists(string name)
    {
        var files = Place.Of(name);
        if (DeltaLog.Read(name, files) is not { } newest)
        {
            return [];
        }

        var lists = DeltaRewrite.Files(name, files).Select(file => (File: file.Path, List: file.ObjectList))
            .Concat(OpenAt(name, OldestOf(name)).Files.Select(file => (File: file.Path, List: file.ObjectList)));
        var isVacuumed = LostVersions.Read(files).Count > 0;
        return [.. lists.Where(pair => pair.List is not null)
            .Select(pair => (pair.File, List: newest.LocalPath(pair.List!)))
            .Distinct().Where(pair => !isVacuumed || File.Exists(pair.List))];
    }
}
