using Millrace.Sources.Loading;

namespace Millrace.Sources.Databases;

/// <summary>A database while one transaction of it is open, which sees one state: PostgreSQL or SQLite.</summary>
abstract class DatabaseSession : IDisposable
{
    /// <summary>Opens it to read.</summary>
    /// <exception cref="MillraceException"><c>source-unavailable</c>, <c>source-missing</c>, <c>source-damaged</c>.
    /// </exception>
    public static DatabaseSession Open(SourceDatabase database, CancellationToken cancellationToken) =>
        database.SqlitePath is { } path
            ? new SqliteSession(path, cancellationToken) : new PostgresSession(database, cancellationToken);

    /// <summary>The names of its tables, in order.</summary>
    public abstract IReadOnlyList<string> Tables();

    /// <summary>A table as SQL selects from it.</summary>
    /// <exception cref="MillraceException"><c>source-missing</c>.</exception>
    public abstract string From(string table);

    /// <summary>A query as SQL selects from it.</summary>
    public static string FromQuery(string query) => $"({query.Trim().TrimEnd(';')}\n) as millrace_query";

    /// <summary>The columns that come, in order.</summary>
    /// <exception cref="MillraceException"><c>column-twice</c>, <c>source-failed</c>.</exception>
    public abstract IReadOnlyList<string> Columns(string from);

    /// <summary>How many rows there are.</summary>
    public abstract long Count(string from, string? where);

    /// <summary>The greatest value of a column; null when there is none.</summary>
    public abstract CursorMark? Newest(string from, string column);

    /// <summary>The condition of rows that are not known to be taken: those behind a mark less a span, and those
    /// without a value.</summary>
    public abstract string Behind(string from, CursorMark mark, Lookback lookback);

    /// <summary>The columns and types that the rows would have.</summary>
    public abstract IngestPlan Look(LoadOrder order, CancellationToken cancellationToken);

    /// <summary>Reads rows and writes them as files.</summary>
    /// <exception cref="MillraceException"><c>schema-drift</c>, <c>ingest-mismatch</c>, <c>row-large</c>, ….
    /// </exception>
    public abstract LoadedRows Load(LoadOrder order, CancellationToken cancellationToken);

    /// <summary>The rows of a condition for a task, in the order of their key, each column as whole number, double,
    /// boolean, time or text.</summary>
    public abstract (DatabaseRows Rows, IReadOnlyList<PlannedColumn> Columns) Extract(
        ExtractSettings settings, string where, CancellationToken cancellationToken);

    public abstract void Dispose();

    protected static void RefuseTwice(IReadOnlyList<string> names)
    {
        if (names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)
            is { } twice)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"The query gives two columns '{twice.Key}'.",
                "Give one of them another name with 'as'.");
        }
    }

    protected static void RefuseDrift(string table, IngestPlan plan)
    {
        if (plan.Differences.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "schema-drift",
                $"The input does not fit table '{table}': {string.Join("; ", plan.Differences)}.",
                "Choose what to do with '--on-drift add-columns' or 'widen', or ingest into another table. "
                + "Nothing was added.");
        }
    }

    /// <summary>Compares what came with what the database counted in the same state of it.</summary>
    protected static void CheckCount(LoadOrder order, long counted, RowsResult rows)
    {
        if (rows.RowCount != counted || rows.WrittenCount + order.Quarantine.Count != counted)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "ingest-mismatch",
                $"'{order.Label}' has {counted:N0} rows; {rows.RowCount:N0} came, {rows.WrittenCount:N0} were written "
                + $"and {order.Quarantine.Count:N0} went to the quarantine.",
                "Nothing was added. A query that gives other rows each time can't be ingested: write its rows into a "
                + "table first. Else this is a fault of Millrace: please report it.");
        }
    }
}
