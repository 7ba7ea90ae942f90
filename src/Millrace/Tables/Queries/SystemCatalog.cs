using DuckDB.NET.Data;
using Millrace.Catalog;

namespace Millrace.Tables.Queries;

/// <summary>The tables of the schema <c>millrace</c>: what every room knows.</summary>
sealed class SystemCatalog
{
    readonly SortedDictionary<string, SystemTable> _tables = new(StringComparer.OrdinalIgnoreCase);

    public SystemCatalog(IEnumerable<SystemTable> tables)
    {
        foreach (var table in tables)
            _tables.Add(table.Name, table);
        Add(SystemTable.Of(
            "system_tables", "A table of this schema.",
            [SystemColumn.Text("name", "Its name."), SystemColumn.Text("about", "What a row of it is.")],
            _ => _tables.Values.Select(table => new object?[] { table.Name, table.About }).ToAsyncEnumerable()));
        Add(SystemTable.Of(
            "system_columns", "A column of a table of this schema.",
            [
                SystemColumn.Text("table_name", "The table."),
                SystemColumn.Int64("number", "Its place, from 1."),
                SystemColumn.Text("name", "Its name."),
                SystemColumn.Text("type", "Its type as DuckDB names it."),
                SystemColumn.Text("about", "What it says."),
            ],
            _ => _tables.Values.SelectMany(table => table.Columns.Select((column, i) => new object?[]
            {
                table.Name, i + 1L, column.Name, column.SqlType, column.About,
            })).ToAsyncEnumerable()));
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyCollection<SystemTable> All => _tables.Values;

    /// <summary>Reads a table into a session, in the place of one that was read before.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, and what the room has to say.</exception>
    public async Task AttachAsync(SqlSession session, string name, CancellationToken cancellationToken)
    {
        if (!_tables.TryGetValue(name, out var table))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "table-missing", $"There is no table '{SystemTable.Schema}.{name}'.",
                NearestName.Hint(
                    name, _tables.Keys.Select(known => $"{SystemTable.Schema}.{known}"),
                    "'millrace sql \"from millrace.system_tables\"' shows those that there are."));
        }

        var columns = string.Join(", ", table.Columns.Select(
            column => $"{SqlName.Quote(column.Name)} {column.SqlType}"));
        session.Execute(
            $"create schema if not exists {SystemTable.Schema}; "
            + $"create or replace table {SystemTable.Schema}.{SqlName.Quote(table.Name)} ({columns})",
            cancellationToken);
        using var appender = session.Connection.CreateAppender(SystemTable.Schema, table.Name);
        await table.ReadAsync(row => Append(appender, row), cancellationToken).ConfigureAwait(false);
    }

    static void Append(DuckDBAppender appender, object?[] values)
    {
        var row = appender.CreateRow();
        foreach (var value in values)
        {
            _ = value switch
            {
                null => row.AppendNullValue(),
                // The appender would end the text at a NUL.
                string text => row.AppendValue(text.Replace('\0', '\uFFFD')),
                long number => row.AppendValue((long?)number),
                double number => row.AppendValue((double?)number),
                bool flag => row.AppendValue((bool?)flag),
                DateTimeOffset time => row.AppendValue((DateTime?)time.UtcDateTime),
                _ => throw new System.Diagnostics.UnreachableException($"{value.GetType()} in a system table."),
            };
        }

        row.EndRow();
    }

    void Add(SystemTable table) => _tables.Add(table.Name, table);
}
