using DuckDB.NET.Data;

namespace Millrace.Tables;

/// <summary>Says how records become rows: a column for each value, in order. Without reflection, so a record's shape
/// and its table's are seen side by side.</summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class RowSchema<T>
{
    readonly List<(TableColumn Column, Action<IDuckDBAppenderRow, T> Append)> _columns = [];

    public TableSchema Schema => new([.. _columns.Select(column => column.Column)]);

    public RowSchema<T> Int64(string name, Func<T, long?> value) =>
        Column(name, "long", (row, record) => row.AppendValue(value(record)));

    public RowSchema<T> Double(string name, Func<T, double?> value) =>
        Column(name, "double", (row, record) => row.AppendValue(value(record)));

    /// <exception cref="MillraceException">While loading, <c>text-value</c>: a text with a NUL, at which the
    /// appender would cut it off.</exception>
    public RowSchema<T> Text(string name, Func<T, string?> value) =>
        Column(name, "string", (row, record) => row.AppendValue(CheckText(name, value(record))));

    public RowSchema<T> Boolean(string name, Func<T, bool?> value) =>
        Column(name, "boolean", (row, record) => row.AppendValue(value(record)));

    /// <summary>A moment; kept to the microsecond, in UTC.</summary>
    public RowSchema<T> Time(string name, Func<T, DateTimeOffset?> value) =>
        Column(name, "timestamp", (row, record) => row.AppendValue(value(record)?.UtcDateTime));

    /// <summary>Numbers of single precision, such as an embedding; null is no list, not an empty one.</summary>
    public RowSchema<T> Floats(string name, Func<T, IReadOnlyList<float>?> value) =>
        Column(name, "array<float>", (row, record) => row.AppendValue<float>(value(record)));

    /// <summary>Puts records into a new temporary table of the session.</summary>
    public void Load(SqlSession session, string table, IEnumerable<T> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        using var rows = OpenTable(session, table);
        foreach (var record in records)
            rows.Append(record);
    }

    /// <summary>A new temporary table of the session, to put records into.</summary>
    internal RowTable<T> OpenTable(SqlSession session, string table)
    {
        ArgumentNullException.ThrowIfNull(session);
        var columns = string.Join(", ", _columns.Select(
            column => $"{SqlName.Quote(column.Column.Name)} {column.Column.SqlType}"));
        session.Execute($"create or replace temp table {SqlName.Quote(table)} ({columns})");
        return new RowTable<T>(
            session.Connection.CreateAppender("temp", "main", table), [.. _columns.Select(column => column.Append)]);
    }

    static string? CheckText(string column, string? text) => text?.Contains('\0', StringComparison.Ordinal) == true
        ? throw new MillraceException(
            ErrorKind.Invalid, "text-value", $"A text for column '{column}' has a NUL character in it.",
            "Take the character out where the row is made.")
        : text;

    RowSchema<T> Column(string name, string type, Action<IDuckDBAppenderRow, T> append)
    {
        _columns.Add((new TableColumn(name, type), append));
        return this;
    }
}
