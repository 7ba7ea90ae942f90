using DuckDB.NET.Data;
using Millrace.Objects;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>Gathers the rows of a database that can be no rows of a table, as JSON, for the table's quarantine.
/// </summary>
sealed class RowQuarantine : IDisposable
{
    /// <summary>A longer row is kept as an object.</summary>
    const int MaxCellBytes = 64 << 10;

    const string Columns = "line bigint, column_name varchar, reason varchar, raw varchar, object varchar";

    readonly SqlSession _session;
    readonly ObjectBatch? _objects;
    DuckDBAppender? _appender;

    /// <param name="session">Where they are kept; it spills to disk when there are many.</param>
    /// <param name="objects">Takes long rows; null when nothing is kept.</param>
    public RowQuarantine(SqlSession session, ObjectBatch? objects)
    {
        _session = session;
        _objects = objects;
        Clear();
    }

    public long Count { get; private set; }

    /// <summary>Forgets all, to begin again.</summary>
    public void Clear()
    {
        Close();
        Count = 0;
        _session.Execute($"create or replace temp table bad_rows ({Columns})");
    }

    /// <param name="number">The row's number among those that came, from 1.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="json">The row.</param>
    public void Add(long number, RowFault fault, byte[] json)
    {
        Count++;
        var text = System.Text.Encoding.UTF8.GetString(json);
        var url = json.Length > MaxCellBytes && _objects is not null ? ObjectUrl.Format(_objects.Put(json)) : null;
        _appender ??= _session.Connection.CreateAppender("temp", "main", "bad_rows");
        var row = _appender.CreateRow().AppendValue(number).AppendValue(Clean(fault.Column))
            .AppendValue(Clean(fault.Reason));
        row = url is null ? row.AppendValue(text) : row.AppendNullValue();
        (url is null ? row.AppendNullValue() : row.AppendValue(url)).EndRow();
    }

    /// <summary>The query of the quarantine's rows, in the session that was given.</summary>
    /// <param name="source">What the rows came from.</param>
    /// <param name="hash">Of all rows that came.</param>
    public string Query(string source, string hash)
    {
        Close();
        return $"""
            select {SqlName.Text(source)} as file, {SqlName.Text(hash)} as file_hash, line, column_name, reason, raw,
                cast(null as blob) as raw_bytes, object from bad_rows order by line
            """;
    }

    /// <summary>Takes those out that an earlier ingest put into the quarantine already.</summary>
    /// <param name="known">The quarantine.</param>
    /// <param name="source">What the rows came from.</param>
    public void RemoveKnown(TableSnapshot known, string source)
    {
        Close();
        _session.Attach("known_bad", known);
        _session.Execute(
            "delete from bad_rows b where exists (select 1 from known_bad k where "
            + $"k.file = {SqlName.Text(source)} and k.column_name is not distinct from b.column_name "
            + "and k.raw is not distinct from b.raw and k.object is not distinct from b.object)");
        Count = _session.Value<long>("select count(*) from bad_rows");
    }

    public void Dispose() => Close();

    void Close()
    {
        _appender?.Dispose();
        _appender = null;
    }

    // The appender would cut a text off at a NUL.
    static string? Clean(string? text) => text?.Replace('\0', '\ufffd');
}
