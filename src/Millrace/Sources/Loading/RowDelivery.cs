using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Sources.Loading;

/// <summary>Takes rows that were read into a table. Where they are only added, and the table's files are as they were
/// read, they are written as files of it at once; where they meet rows of the table, or are parted or renamed there,
/// they are written aside first and then brought in by the table's own writer, in the same publication.</summary>
sealed class RowDelivery
{
    /// <summary>How often a change is prepared anew when another writer came first.</summary>
    public const int MaxRetries = 5;

    const string Incoming = "millrace_incoming";
    const string Existing = "millrace_existing";

    readonly DeliveryOrder _order;
    readonly IngestPlaces _places;
    readonly string _attemptId;
    readonly Func<SqlSession> _openSession;
    readonly TableSnapshot? _now;

    /// <param name="places">Where the tables are.</param>
    /// <param name="order">What becomes of the rows.</param>
    /// <param name="now">The table as it is; null when there is none.</param>
    /// <param name="attemptId">Names files.</param>
    /// <param name="temporary">A folder for files aside.</param>
    /// <param name="openSession">Makes an engine.</param>
    public RowDelivery(
        IngestPlaces places,
        DeliveryOrder order,
        TableSnapshot? now,
        string attemptId,
        string temporary,
        Func<SqlSession> openSession)
    {
        _places = places;
        _order = order;
        _now = now;
        _attemptId = attemptId;
        _openSession = openSession;
        var meetsNone = order.Mode == TableMode.Overwrite || (order.KeyColumns.Count == 0 && order.Cursor is null);
        IsDirect = now is null
            || (meetsNone && now.PartitionColumns.Count == 0 && !SchemaChange.IsMapped(now));
        Stage = IsDirect ? places.Tables.StageOf(attemptId) : new TableStage(temporary, attemptId);
    }

    /// <summary>Whether the files that are written are those of the table.</summary>
    public bool IsDirect { get; }

    /// <summary>Where the rows are to be written to.</summary>
    public TableStage Stage { get; }

    /// <summary>The columns that the table keeps; null when it is made, or made anew.</summary>
    public TableSchema? Columns => _order.Mode == TableMode.Overwrite ? null : _now?.Schema;

    /// <summary>Prepares the publication of rows.</summary>
    /// <param name="plan">Their columns.</param>
    /// <param name="files">Those of <see cref="Stage"/> that hold them.</param>
    /// <param name="keys">The key that the table has.</param>
    /// <param name="notices">Gets a sentence for what was done beside adding.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>duplicate-key</c>, <c>key-missing</c>, <c>schema-mismatch</c>,
    /// <c>ingest-mismatch</c>.</exception>
    public DeliveredRows Prepare(
        IngestPlan plan,
        IReadOnlyList<DataFile> files,
        IReadOnlyList<string> keys,
        List<string> notices,
        CancellationToken cancellationToken)
    {
        if (_order.KeyColumns.Count > 0)
        {
            CheckKey(plan, files, cancellationToken);
        }

        return IsDirect
            ? new DeliveredRows(Direct(plan, files, keys, notices, cancellationToken), null, Stage)
            : Gathered(plan, files, notices, cancellationToken);
    }

    /// <summary>An append, or all of the table's rows anew when a column takes another type.</summary>
    StagedTable Direct(
        IngestPlan plan,
        IReadOnlyList<DataFile> files,
        IReadOnlyList<string> keys,
        List<string> notices,
        CancellationToken cancellationToken)
    {
        keys = _order.KeyColumns.Count > 0 ? _order.KeyColumns : keys;
        if (_order.Mode == TableMode.Overwrite)
        {
            return new StagedTable(_order.Table, TableMode.Overwrite, plan.Schema, keys, files);
        }

        if (plan.Widened.Count == 0 || _now is null)
        {
            return new StagedTable(_order.Table, TableMode.Append, plan.Schema, keys, files)
            {
                AddsColumns = plan.Added.Count > 0,
            };
        }

        using var session = _openSession();
        session.Attach("before", _now);
        var columns = plan.Columns.Select(column =>
            plan.Widened.TryGetValue(column.Name, out var sql) ? $"{sql} as {SqlName.Quote(column.Name)}"
            : _now.Schema.Find(column.Name) is not null ? SqlName.Quote(column.Name)
            : $"cast(null as {new TableColumn(column.Name, column.Delta).SqlType}) as {SqlName.Quote(column.Name)}");
        var old = Stage.WriteFile(
            session, _order.Table, plan.Schema, $"select {string.Join(", ", columns)} from before", "old",
            cancellationToken);
        notices.Add(
            $"{string.Join(", ", plan.Widened.Keys.Select(name => $"'{name}'"))} took a wider type; the older rows "
            + "were written again.");
        return new StagedTable(
            _order.Table, TableMode.Overwrite, plan.Schema, keys, old is null ? files : [old, .. files]);
    }

    DeliveredRows Gathered(
        IngestPlan plan, IReadOnlyList<DataFile> files, List<string> notices, CancellationToken cancellationToken)
    {
        var now = _places.Tables.OpenNewest(_order.Table);
        var scope = new EditScope(
            _order.Table, now, now.Storage, _attemptId, () => _places.Tables.OpenSession(), _ => null)
        {
            KeyColumns = _order.KeyColumns,
        };
        try
        {
            var options = new TableWrite
            {
                Mode = _order.Mode,
                AddsColumns = _order.Mode == TableMode.Overwrite
                    || _order.OnDrift is DriftPolicy.AddColumns or DriftPolicy.Widen,
                WidensTypes = _order.Mode == TableMode.Overwrite || _order.OnDrift == DriftPolicy.Widen,
                KeyColumns = _order.KeyColumns.Count > 0 ? _order.KeyColumns : null,
            };
            // What the input does not have keeps its value in a row that is there, and is null in a new one.
            Show(scope.Session, plan, files, plan.Missing);
            var rows = files.Sum(file => file.RowCount);
            if (_order.KeyColumns.Count > 0 && _order.Mode == TableMode.Append)
            {
                var merged = TableEditor.PrepareUpsert(
                    scope, Incoming, _order.KeyColumns, _order.DeletesOthers, options, cancellationToken);
                var counts = scope.Counts;
                notices.Add(
                    $"{counts.Inserted:N0} rows are new, {counts.Updated:N0} changed, "
                    + $"{rows - counts.Inserted - counts.Updated:N0} were there already"
                    + (_order.DeletesOthers ? $", and {counts.Deleted:N0} are gone." : "."));
                return new DeliveredRows(merged, scope, Stage);
            }

            var written = TableEditor.PrepareWrite(scope, Query(scope, now, plan), options, cancellationToken);
            var added = scope.Counts.Inserted;
            if (added > rows || (added < rows && _order.Cursor is null))
            {
                throw new MillraceException(
                    ErrorKind.Corrupt, "ingest-mismatch",
                    $"Rows for table '{_order.Table}' were not written as they were read: {rows:N0} rows were read, "
                    + $"and {added:N0} written.",
                    "Nothing was added. This is a fault of Millrace: please report it.");
            }

            if (added < rows)
            {
                notices.Add($"{rows - added:N0} rows were there already, so they are not added again.");
            }

            return new DeliveredRows(written, scope, Stage);
        }
        catch
        {
            scope.Drop();
            scope.Dispose();
            throw;
        }
    }

    /// <summary>The rows, less those that the table has as often.</summary>
    string Query(EditScope scope, TableSnapshot now, IngestPlan plan)
    {
        var incoming = $"select * from {Incoming}";
        if (_order.Cursor is null || _order.Mode == TableMode.Overwrite)
        {
            return incoming;
        }

        scope.Session.Attach(Existing, now);
        var columns = plan.Columns.Where(column => !plan.Missing.Contains(column.Name)).Select(column =>
            now.Schema.Find(column.Name) is null
                ? $"cast(null as {new TableColumn(column.Name, column.Delta).SqlType})"
                : $"cast({SqlName.Quote(column.Name)} as {new TableColumn(column.Name, column.Delta).SqlType})");
        var cursor = SqlName.Quote(_order.Cursor);
        return $"{incoming} except all select {string.Join(", ", columns)} from {Existing} "
            + $"where {cursor} is null or {cursor} >= (select min({cursor}) from {Incoming})";
    }

    void CheckKey(IngestPlan plan, IReadOnlyList<DataFile> files, CancellationToken cancellationToken)
    {
        if (_order.KeyColumns.FirstOrDefault(
            key => plan.Schema.Find(key) is null || plan.Missing.Contains(key)) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "key-missing",
                $"The rows for table '{_order.Table}' have no key column '{missing}'.",
                $"The columns are {string.Join(", ", plan.Columns.Take(50).Select(column => column.Name))}.");
        }

        if (files.Count == 0)
        {
            return;
        }

        using var session = _openSession();
        Show(session, plan, files, new HashSet<string>());
        var keys = SqlName.QuoteAll(_order.KeyColumns);
        var twice = session.Query(
            $"select concat_ws(',', {keys}), count(*) from {Incoming} group by {keys} having count(*) > 1 "
            + $"order by {keys} limit 3",
            [],
            reader =>
            {
                var found = new List<string>();
                while (reader.Read())
                {
                    found.Add($"{reader.GetString(0)} ({reader.GetInt64(1)} times)");
                }

                return found;
            },
            cancellationToken);
        if (twice.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "duplicate-key",
                $"Rows for table '{_order.Table}' have the same {string.Join(", ", _order.KeyColumns)}: "
                + $"{string.Join("; ", twice)}.",
                "Name a longer key, or leave one row for each in the source. Nothing was added.");
        }
    }

    void Show(SqlSession session, IngestPlan plan, IReadOnlyList<DataFile> files, IReadOnlySet<string> hidden)
    {
        var folder = Stage.FolderOf(_order.Table);
        var columns = plan.Columns.Where(column => !hidden.Contains(column.Name)).Select(column =>
            new TableColumn(column.Name, column.Delta)).ToList();
        session.Execute($"create or replace view {Incoming} as "
            + DataScan.Sql(new TableSchema(columns), [.. files.Select(file => Path.Combine(folder, file.Path))]));
    }
}
