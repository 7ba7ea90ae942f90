using System.Globalization;
using System.Text;
using Millrace.Sources.Loading;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>A SQLite file in one read transaction. Types come from all values, as those of JSON do.</summary>
sealed class SqliteSession : DatabaseSession
{
    const int SampleRows = 10_000;
    const int CheckEvery = 4_096;

    readonly SqliteFile _file;
    readonly CancellationTokenRegistration _interrupt;

    public SqliteSession(string path, CancellationToken cancellationToken)
    {
        _file = SqliteFile.OpenToRead(path);
        _interrupt = cancellationToken.Register(_file.Interrupt);
        try
        {
            _file.Execute("begin");
            // The state that is seen is the one of the first read.
            _ = Value("select count(*) from sqlite_schema");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<string> Tables()
    {
        using var statement = new SqliteStatement(
            _file, "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' "
            + "order by name");
        var names = new List<string>();
        while (statement.Step())
        {
            names.Add(Encoding.UTF8.GetString(statement.Text(0)));
        }

        return names;
    }

    public override string From(string table)
    {
        using var statement = new SqliteStatement(
            _file, "select name from sqlite_schema where type in ('table', 'view') and name = ?1 collate nocase");
        statement.Bind(1, table);
        return statement.Step()
            ? SqlName.Quote(Encoding.UTF8.GetString(statement.Text(0)))
            : throw new MillraceException(
                ErrorKind.NotFound, "source-missing", $"The database has no table '{table}'.",
                $"Its tables are {string.Join(", ", Tables().Take(50))}.");
    }

    public override IReadOnlyList<string> Columns(string from)
    {
        using var statement = Query($"select * from {from} limit 0");
        List<string> names = [.. Enumerable.Range(0, statement.ColumnCount).Select(statement.Name)];
        RefuseTwice(names);
        return names;
    }

    public override long Count(string from, string? where) =>
        (long)Value($"select count(*) from {from}{(where is null ? "" : $" where {where}")}")!;

    public override CursorMark? Newest(string from, string column) =>
        Value($"select max({SqlName.Quote(column)}) from {from}") switch
        {
            long value => new CursorMark(column, value.ToString(CultureInfo.InvariantCulture), false),
            double value => new CursorMark(
                column, double.IsPositiveInfinity(value) ? "9e999" : value.ToString("R", CultureInfo.InvariantCulture),
                false),
            string value => new CursorMark(column, value, true),
            byte[] => throw new MillraceException(
                ErrorKind.Invalid, "cursor-invalid", $"The greatest value of column '{column}' is bytes.",
                "Name a column of numbers or of times."),
            _ => null,
        };

    public override string Behind(string from, CursorMark mark, Lookback lookback)
    {
        var column = SqlName.Quote(mark.Column);
        if (!mark.IsText)
        {
            lookback.CheckTime(mark.Column, isTime: false);
            return lookback.Amount == 0 ? $"({column} >= {mark.Value} or {column} is null)"
                : $"({column} >= {mark.Value} - {lookback} or {column} is null)";
        }

        var bound = SqlName.Text(mark.Value);
        if (lookback.Amount == 0)
        {
            // Any text is greater than any number, so numbers would be behind the mark for ever.
            return $"({column} >= {bound} or typeof({column}) <> 'text')";
        }

        lookback.CheckTime(mark.Column, isTime: true);
        if (Value($"select julianday({bound})") is null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "lookback-invalid",
                $"The greatest value of column '{mark.Column}' is '{mark.Value}', which is no time that SQLite reads.",
                "Leave '--lookback' out, or name a column of times as yyyy-MM-dd HH:mm:ss.");
        }

        // What is no time is looked at again each time, so that it is never missed.
        return $"(julianday({column}) >= julianday({bound}) - {lookback} / 86400.0 or julianday({column}) is null)";
    }

    public override IngestPlan Look(LoadOrder order, CancellationToken cancellationToken) =>
        Plan(order, true, cancellationToken).Plan;

    public override LoadedRows Load(LoadOrder order, CancellationToken cancellationToken)
    {
        var counted = Count(order.From, order.Where);
        var (plan, bytesColumns) = Plan(order, false, cancellationToken);
        var isProved = false;
        if (plan.Differences.Count > 0)
        {
            ((plan, bytesColumns), isProved) = (Plan(order, true, cancellationToken), true);
        }

        RefuseDrift(order.Settings.Table, plan);
        while (true)
        {
            order.Quarantine.Clear();
            using var rows = new SqliteRows(
                Query(order), plan.Columns, bytesColumns, order.Objects, isProved);
            try
            {
                var written = new RowsWriter(
                    order.Settings.Table, plan, order.Stage, order.Name, order.OpenSession, order.Quarantine,
                    order.Report, cancellationToken).Write(rows);
                CheckCount(order, counted, written);
                return new LoadedRows(plan, bytesColumns, written, rows.Hash());
            }
            catch (MisfitException) when (!isProved)
            {
                ((plan, bytesColumns), isProved) = (Plan(order, true, cancellationToken), true);
                RefuseDrift(order.Settings.Table, plan);
            }
        }
    }

    public override (DatabaseRows Rows, IReadOnlyList<PlannedColumn> Columns) Extract(
        ExtractSettings settings, string where, CancellationToken cancellationToken)
    {
        var statement = Query(
            $"select {SqlName.QuoteAll(settings.Columns)} from {From(settings.Table)} where {where} "
            + $"order by {SqlName.Quote(settings.Key)}");
        List<PlannedColumn> columns = [.. settings.Columns.Select((name, i) =>
        {
            var type = name == settings.Cursor ? ValueTypes.Time : Declared(statement.Declared(i));
            // A number is a text of a column of texts, as it was for whoever declared it.
            return new PlannedColumn(name, name, new ReadType(type), new ReadType(type).Delta, type == ValueTypes.Text);
        })];
        return (
            new SqliteRows(statement, columns, new HashSet<string>(), null, isProved: true) { TakesAnyTime = true },
            columns);
    }

    public override void Dispose()
    {
        _interrupt.Dispose();
        _file.Dispose();
    }

    /// <summary>Looks at rows to find the columns' types.</summary>
    (IngestPlan Plan, IReadOnlySet<string> BytesColumns) Plan(
        LoadOrder order, bool isComplete, CancellationToken cancellationToken)
    {
        var facts = new FactsTable();
        var names = Columns(order.From);
        for (var i = 0; i < names.Count; i++)
        {
            facts.Find(Encoding.UTF8.GetBytes(names[i]), i);
        }

        var hasBytes = new bool[names.Count];
        using var rows = new SqliteRows(Query(order), [], new HashSet<string>(), null, false);
        while ((isComplete || rows.RowCount < SampleRows) && rows.Next())
        {
            rows.Learn(facts, hasBytes);
            if (rows.RowCount % CheckEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                order.Report(0, 0);
            }
        }

        // A column of nothing but bytes holds URLs; beside other values, bytes are no value. What a column of the table
        // is stays the same, also when this time only bytes come.
        var bytes = names.Where((name, i) => hasBytes[i] && facts[i].ValueCount == 0
            && (order.Columns?.Find(name) is null || order.BytesColumns.Contains(name)
                || rows.Declared(i).Contains("BLOB", StringComparison.OrdinalIgnoreCase)))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in bytes)
        {
            facts[facts.Find(Encoding.UTF8.GetBytes(name), 0)].AddJsonString("object:"u8);
        }

        for (var i = 0; i < names.Count; i++)
        {
            // What it is declared as tells nothing about its values; where there are none, nothing else does.
            var declared = Declared(rows.Declared(i));
            facts[i].Declared = declared is ValueTypes.Long or ValueTypes.Double ? declared : ValueTypes.None;
        }

        var plan = new IngestPlanner(order.Settings, order.Columns, order.JsonColumns)
            .Plan(facts, isComplete, isJson: false);
        return (plan, bytes);
    }

    static ValueTypes Declared(string declared)
    {
        var type = declared.ToLowerInvariant();
        return type == "datetime" || type.StartsWith("timestamp", StringComparison.Ordinal) ? ValueTypes.Time
            : type is "boolean" or "bool" ? ValueTypes.Boolean
            : type.Contains("int", StringComparison.Ordinal) ? ValueTypes.Long
            : type is "real" or "double precision" or "double" or "float"
                || type.StartsWith("numeric", StringComparison.Ordinal) ? ValueTypes.Double
            : ValueTypes.Text;
    }

    SqliteStatement Query(LoadOrder order) => Query($"select * from {order.From}{order.Clause}");

    SqliteStatement Query(string sql)
    {
        var statement = new SqliteStatement(_file, sql);
        if (!statement.IsReadOnly)
        {
            statement.Dispose();
            throw _file.Failed("the query writes");
        }

        return statement;
    }

    /// <summary>The only value of a query, as .NET has it.</summary>
    object? Value(string sql)
    {
        using var statement = Query(sql);
        if (!statement.Step())
        {
            return null;
        }

        return statement.Type(0) switch
        {
            SqliteLibrary.TypeInteger => statement.Long(0),
            SqliteLibrary.TypeReal => statement.Double(0),
            SqliteLibrary.TypeText => Encoding.UTF8.GetString(statement.Text(0)),
            SqliteLibrary.TypeBlob => statement.Blob(0).ToArray(),
            _ => null,
        };
    }
}
