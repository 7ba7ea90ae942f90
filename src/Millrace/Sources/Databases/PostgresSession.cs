using System.Data;
using Millrace.Objects;
using Millrace.Sources.Loading;
using Millrace.Sources.Reading;
using Millrace.Tables;
using Npgsql;

namespace Millrace.Sources.Databases;

/// <summary>A PostgreSQL database in one read-only transaction of repeatable reads. Rows come by COPY in binary, and
/// carry the types that the server tells.</summary>
sealed class PostgresSession : DatabaseSession
{
    const int ReadBufferBytes = 256 << 10;

    readonly NpgsqlConnection _connection;
    readonly SourceDatabase _database;
    readonly CancellationToken _cancellationToken;

    public PostgresSession(SourceDatabase database, CancellationToken cancellationToken)
    {
        _database = database;
        _cancellationToken = cancellationToken;
        _connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Connection)
        {
            Pooling = false,
            CommandTimeout = 0,
            ReadBufferSize = ReadBufferBytes,
        }.ToString());
        try
        {
            Try(() =>
            {
                _connection.Open();
                // Not disposed: closing the connection ends it, and there is nothing to keep.
                _ = _connection.BeginTransaction(IsolationLevel.RepeatableRead);
                Execute(PostgresText.Settings + "set local transaction_read_only = on");
                return 0;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<string> Tables() => Rows(
        $"""
        select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = {SqlName.Text(_database.Schema)} and c.relkind in ('r', 'p') and not c.relispartition
        order by c.relname
        """,
        reader => reader.GetString(0));

    public override string From(string table)
    {
        var (schema, name) = PostgresName.Split(table, _database.Schema);
        var found = Rows(
            $"""
            select n.nspname, c.relname from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = {SqlName.Text(schema)} and c.relname = {SqlName.Text(name)}
                and c.relkind in ('r', 'p', 'v', 'm', 'f')
            """,
            reader => $"{SqlName.Quote(reader.GetString(0))}.{SqlName.Quote(reader.GetString(1))}");
        return found is [var only] ? only : throw new MillraceException(
            ErrorKind.NotFound, "source-missing", $"The database has no table '{name}' in schema '{schema}'.",
            $"Write another schema as 'schema.table'. The tables there are {string.Join(", ", Tables().Take(50))}.");
    }

    public override IReadOnlyList<string> Columns(string from) => [.. Describe(from).Select(column => column.Name)];

    public override long Count(string from, string? where) =>
        Rows($"select count(*) from {from}{(where is null ? "" : $" where {where}")}", reader => reader.GetInt64(0))[0];

    public override CursorMark? Newest(string from, string column) => Rows(
        $"select max({SqlName.Quote(column)})::text from {from}",
        reader => reader.IsDBNull(0) ? null : new CursorMark(column, reader.GetString(0), true))[0];

    public override string Behind(string from, CursorMark mark, Lookback lookback)
    {
        var column = SqlName.Quote(mark.Column);
        var found = Describe(from).FirstOrDefault(known => known.Name == mark.Column);
        var bound = SqlName.Text(mark.Value);
        if (lookback.Amount > 0)
        {
            lookback.CheckTime(mark.Column, found?.Form is PostgresForm.Time or PostgresForm.Date);
            bound = found?.Form switch
            {
                PostgresForm.Date => $"({bound}::date - interval '{lookback} seconds')",
                PostgresForm.Time => $"({bound}::timestamptz - interval '{lookback} seconds')",
                _ => $"({bound}::numeric - {lookback})",
            };
        }

        return $"({column} >= {bound} or {column} is null)";
    }

    public override IngestPlan Look(LoadOrder order, CancellationToken cancellationToken) => Plan(order).Plan;

    public override LoadedRows Load(LoadOrder order, CancellationToken cancellationToken)
    {
        var (plan, columns) = Plan(order);
        RefuseDrift(order.Settings.Table, plan);
        var counted = Count(order.From, order.Where);
        // Rows of one state in one order give one hash.
        Execute("set local max_parallel_workers_per_gather = 0; set local synchronize_seqscans = off");
        using var rows = Copy(
            order.From + order.Clause, columns, plan.Columns, order.Objects, order.MaxRowBytes, cancellationToken);
        var written = new RowsWriter(
            order.Settings.Table, plan, order.Stage, order.Name, order.OpenSession, order.Quarantine, order.Report,
            cancellationToken).Write(rows);
        CheckCount(order, counted, written);
        var bytes = columns.Where(column => column.Form == PostgresForm.Bytes).Select(column => column.Name);
        return new LoadedRows(plan, bytes.ToHashSet(StringComparer.Ordinal), written, rows.Hash());
    }

    public override (DatabaseRows Rows, IReadOnlyList<PlannedColumn> Columns) Extract(
        ExtractSettings settings, string where, CancellationToken cancellationToken)
    {
        var from = From(SqlName.Quote(settings.Table));
        var all = Describe(from);
        List<PostgresColumn> sources =
            [.. settings.Columns.Select(name => all.First(column => column.Name == name).Plain())];
        List<PlannedColumn> columns = [.. sources.Select(column =>
            new PlannedColumn(column.Name, column.Name, column.Type, column.Delta, false))];
        return (
            Copy(
                $"{from} where {where} order by {SqlName.Quote(settings.Key)}", sources, columns, null,
                new DatabaseIngestSettings { Database = _database }.MaxRowBytes, cancellationToken),
            columns);
    }

    public override void Dispose() => _connection.Dispose();

    (IngestPlan Plan, IReadOnlyList<PostgresColumn> Columns) Plan(LoadOrder order)
    {
        var settings = order.Settings;
        var columns = Given(Close(Describe(order.From), order), settings);
        var planner = new TypedPlanner(settings.OnDrift, order.Columns);
        foreach (var column in columns)
        {
            planner.Add(order.Label, column.Name, column.Delta);
        }

        var plan = planner.Plan();
        return (
            plan with
            {
                Columns = [.. plan.Columns.Select(planned =>
                    columns.FirstOrDefault(column => column.Name == planned.SourceName) is { } column
                        ? planned with { Type = column.Type, IsGiven = settings.Types.ContainsKey(column.Name) }
                        : planned)],
            },
            columns);
    }

    static List<PostgresColumn> Given(IReadOnlyList<PostgresColumn> columns, IngestSettings settings)
    {
        var unknown = settings.Types.Keys.FirstOrDefault(name => columns.All(column => column.Name != name));
        if (unknown is not null)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "column-unknown", $"There is no column '{unknown}' to give a type to.",
                $"The columns are {string.Join(", ", columns.Take(50).Select(column => column.Name))}.");
        }

        return [.. columns.Select(column => !settings.Types.TryGetValue(column.Name, out var given) ? column
            : ReadType.OfDelta(given) is { } type && !type.Is(ValueTypes.List) ? column.As(type)
            : throw new MillraceException(
                ErrorKind.Invalid, "type-unsupported", $"Column '{column.Name}' can't be read as '{given}'.",
                "The types are boolean, long, double, decimal(P,S), date, timestamp and string."))];
    }

    List<PostgresColumn> Describe(string from)
    {
        var columns = Try(() =>
        {
            using var command = Command($"select * from {from} limit 0");
            using var reader = command.ExecuteReader();
            return Enumerable.Range(0, reader.FieldCount).Select(i => PostgresColumn.Of(
                reader.GetName(i), reader.GetPostgresType(i), reader.GetDataTypeName(i))).ToList();
        });
        RefuseTwice([.. columns.Select(column => column.Name)]);
        return columns;
    }

    /// <summary>Finds the digits of numbers of any size.</summary>
    List<PostgresColumn> Close(List<PostgresColumn> columns, LoadOrder order)
    {
        var open = columns.Where(
            column => column.IsOpen && !order.Settings.Types.ContainsKey(column.Name)).ToList();
        if (open.Count == 0)
        {
            return columns;
        }

        var select = string.Join(", ", open.Select(column =>
        {
            var name = SqlName.Quote(column.Name);
            // What is no number has no scale.
            var number = $"case when scale({name}) is not null then {name} end";
            // A zero before the point takes no digit.
            return $"coalesce(max(case when abs({number}) >= 1 then length(trunc(abs({number}))::text) end), 0)::int8, "
                + $"coalesce(max(scale({number})), 0)::int8, count({number})";
        }));
        var found = Rows(
            $"select {select} from {order.From}{order.Clause}",
            reader => open.Select((column, i) => reader.GetInt64((i * 3) + 2) > 0
                ? column.Closed((int)reader.GetInt64(i * 3), (int)reader.GetInt64((i * 3) + 1))
                : column.Closed(1, 0)).ToDictionary(column => column.Name, StringComparer.Ordinal))[0];
        return [.. columns.Select(column => found.GetValueOrDefault(column.Name, column))];
    }

    PostgresRows Copy(
        string from,
        IReadOnlyList<PostgresColumn> columns,
        IReadOnlyList<PlannedColumn> planned,
        ObjectBatch? objects,
        int maxRowBytes,
        CancellationToken cancellationToken)
    {
        var sql = $"copy (select {string.Join(", ", columns.Select(column => column.Select))} from {from}) "
            + "to stdout (format binary)";
        var stream = Try(() => _connection.BeginRawBinaryCopy(sql));
        var isEnded = false;
        var input = new ReadAhead(
            stream, Cancel, exception => PostgresFailure.Of(_database, exception), cancellationToken);
        return new PostgresRows(input, () => Close(stream), columns, planned, objects, maxRowBytes);

        void Cancel()
        {
            isEnded = true;
            try
            {
                stream.Cancel();
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException)
            {
                // It is given up anyway, and the connection with it.
            }
        }

        void Close(Stream copy)
        {
            try
            {
                copy.Dispose();
            }
            catch (Exception exception) when (isEnded && exception is NpgsqlException or IOException)
            {
                // The server's word for a COPY that was ended here.
            }
        }
    }

    List<T> Rows<T>(string sql, Func<NpgsqlDataReader, T> map) => Try(() =>
    {
        using var command = Command(sql);
        using var stop = _cancellationToken.Register(command.Cancel);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    });

    void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    NpgsqlCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    T Try<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException
            or System.Net.Sockets.SocketException)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            throw PostgresFailure.Of(_database, exception);
        }
    }
}
