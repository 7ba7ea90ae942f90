using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Tables;

/// <summary>Writes the rows of a query as Parquet files into a table's folder, durable but not yet published.</summary>
/// <remarks>The bytes depend on the rows alone: one thread, rows in the order of the key, no times or names inside. The
/// file's name holds the attempt's id, so that two attempts never meet.</remarks>
public sealed partial class TableStage(string tablesFolder, string attemptId)
{
    const int MaxTextInStatistics = 32;

    int _count;

    /// <summary>The folder of a table, which may not exist yet.</summary>
    public string FolderOf(string table) => Path.Combine(tablesFolder, SqlName.CheckTable(table));

    /// <summary>Writes one file, or none when the query has no rows.</summary>
    /// <param name="session">Where the query's views are.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="mode">What publishing does.</param>
    /// <param name="query">The rows.</param>
    /// <param name="keyColumns">Rows are ordered by them and must be unique in them; empty keeps the query's
    /// order.</param>
    /// <param name="parameters">Values of the query.</param>
    /// <param name="part">Tells files of one attempt apart when several processes write them.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>duplicate-key</c>, <c>key-missing</c>,
    /// <c>column-twice</c>, <c>type-unsupported</c>, <c>disk-full</c>.</exception>
    public StagedTable Write(
        SqlSession session,
        string table,
        TableMode mode,
        string query,
        IReadOnlyList<string> keyColumns,
        IReadOnlyList<SqlParameter>? parameters = null,
        string part = "0",
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var folder = FolderOf(table);
        var columns = session.Query(
            $"describe {query}", parameters ?? [],
            reader =>
            {
                var found = new List<(string Name, string Sql)>();
                while (reader.Read())
                {
                    found.Add((reader.GetString(0), reader.GetString(1)));
                }

                return found;
            },
            cancellationToken);
        var schema = new TableSchema([.. columns.Select(
            column => new TableColumn(column.Name, ColumnTypes.FromSql(column.Sql, column.Name)))]);
        CheckNames(table, schema);
        CheckKey(table, schema, keyColumns);
        DurableFile.CreateFolder(folder);

        var name = $"part-{part}-{_count++:D5}-{attemptId}.parquet";
        var path = Path.Combine(folder, name);
        var select = string.Join(", ", schema.Columns.Select(
            column => $"cast({SqlName.Quote(column.Name)} as {column.SqlType}) as {SqlName.Quote(column.Name)}"));
        var order = keyColumns.Count == 0 ? "" : $" order by {SqlName.QuoteAll(keyColumns)}";
        try
        {
            // COPY takes no parameters, so the rows are first gathered under them. A query may end in a comment.
            _ = session.Query(
                $"create or replace temp table staged as select {select} from ({query}\n){order}", parameters ?? [],
                reader => reader.Read(), cancellationToken);
            CheckUnique(session, table, keyColumns);
            var rowCount = session.Value<long>("select count(*) from staged");
            if (rowCount == 0)
            {
                return new StagedTable(table, mode, schema, keyColumns, []);
            }

            session.Execute(
                $"copy (select * from staged) to {SqlName.Text(path)} (format parquet, compression zstd)",
                cancellationToken);
            var file = Seal(session, folder, name, rowCount, Ranges(session, schema));
            return new StagedTable(table, mode, schema, keyColumns, [file]);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        finally
        {
            session.Execute("drop table if exists staged", CancellationToken.None);
        }
    }

    static void CheckNames(string table, TableSchema schema)
    {
        // SQL does not tell names apart by case, and neither does Delta.
        if (schema.Columns.GroupBy(column => column.Name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"The rows for table '{table}' have two columns '{twice.Key}'.",
                "Give one of them another name with 'as'.");
        }
    }

    static void CheckKey(string table, TableSchema schema, IReadOnlyList<string> keyColumns)
    {
        if (keyColumns.FirstOrDefault(key => schema.Find(key) is null) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "key-missing", $"The rows for table '{table}' have no key column '{missing}'.",
                "Select it, or name another key. "
                + $"The columns are {string.Join(", ", schema.Columns.Select(c => c.Name))}.");
        }
    }

    static void CheckUnique(SqlSession session, string table, IReadOnlyList<string> keyColumns)
    {
        if (keyColumns.Count == 0)
        {
            return;
        }

        var keys = SqlName.QuoteAll(keyColumns);
        var twice = session.Rows(
            $"select concat_ws(',', {keys}), count(*) from staged "
            + $"group by {keys} having count(*) > 1 order by {keys} limit 3",
            reader => $"{reader.GetString(0)} ({reader.GetInt64(1)} times)");
        if (twice.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "duplicate-key",
                $"Rows for table '{table}' have the same {string.Join(", ", keyColumns)}: {string.Join("; ", twice)}.",
                "Keep one row for each key, for instance with 'select distinct on' and an order, "
                + "or name a longer key.");
        }
    }

    static DataFile Seal(
        SqlSession session, string folder, string name, long rowCount, List<ColumnRange> ranges)
    {
        var path = Path.Combine(folder, name);
        string hash;
        long size;
        using (var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            DurableFile.Sync(handle, path);
            size = RandomAccess.GetLength(handle);
        }

        using (var stream = File.OpenRead(path))
        {
            hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        }

        var objectList = WriteObjectList(session, folder, name, ranges);
        DurableFile.SyncFolder(folder);
        return new DataFile(name, size, rowCount, hash, Statistics(rowCount, ranges), objectList);
    }

    static List<ColumnRange> Ranges(SqlSession session, TableSchema schema)
    {
        var parts = schema.Columns.Select(column =>
        {
            var name = SqlName.Quote(column.Name);
            return $"{Bound(column, $"min({name})")}, {Bound(column, $"max({name})")}, count(*) - count({name})";
        });
        return session.Query($"select {string.Join(", ", parts)} from staged", [], reader =>
        {
            reader.Read();
            return schema.Columns.Select((column, i) => new ColumnRange(
                column, Value(reader, i * 3), Value(reader, (i * 3) + 1), reader.GetInt64((i * 3) + 2))).ToList();
        });

        static object? Value(DuckDBDataReader reader, int index) =>
            reader.IsDBNull(index) ? null : reader.GetValue(index);

        // .NET's dates and decimals hold less than SQL's, so these come as texts and microseconds.
        static string Bound(TableColumn column, string bound) => column.Type switch
        {
            "binary" or "boolean" => "null",
            "date" => $"cast({bound} as varchar)",
            "timestamp" => $"case when isfinite({bound}) then epoch_us({bound}) end",
            var type when type.StartsWith("array<", StringComparison.Ordinal) => "null",
            var type when type.StartsWith("decimal(", StringComparison.Ordinal) => $"cast({bound} as varchar)",
            _ => bound,
        };
    }

    static string? WriteObjectList(SqlSession session, string folder, string name, List<ColumnRange> ranges)
    {
        // A column holds object URLs only if its range touches theirs; so most text columns are not looked through.
        var candidates = ranges.Where(range => range.Column.Type == "string" && range.Min is string min
            && range.Max is string max && string.CompareOrdinal(min, "object:g") < 0
            && string.CompareOrdinal(max, "object:") >= 0).ToList();
        var sources = candidates.Select(range => $"select {SqlName.Quote(range.Column.Name)} as url from staged")
            .Concat(ranges.Where(range => range.Column.Type == "array<string>")
                .Select(range => $"select unnest({SqlName.Quote(range.Column.Name)}) as url from staged"));
        var hashes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var url in session.Rows(
                $"select distinct url from ({source}) where url >= 'object:' and url < 'object:g'",
                reader => reader.GetString(0)))
            {
                if (ObjectUrl.TryParse(url, out var hash))
                {
                    hashes.Add(hash.ToString());
                }
            }
        }

        if (hashes.Count == 0)
        {
            return null;
        }

        var relative = Path.Combine("_objects", Path.ChangeExtension(name, ".txt"));
        DurableFile.CreateFolder(Path.Combine(folder, "_objects"));
        DurableFile.Write(Path.Combine(folder, relative), Encoding.ASCII.GetBytes(string.Join('\n', hashes) + "\n"));
        return relative;
    }

    static string Statistics(long rowCount, List<ColumnRange> ranges)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("numRecords", rowCount);
            json.WriteStartObject("minValues");
            ranges.ForEach(range => WriteBound(json, range.Column, range.Min, isMax: false));
            json.WriteEndObject();
            json.WriteStartObject("maxValues");
            ranges.ForEach(range => WriteBound(json, range.Column, range.Max, isMax: true));
            json.WriteEndObject();
            json.WriteStartObject("nullCount");
            ranges.ForEach(range => json.WriteNumber(range.Column.Name, range.NullCount));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    // A bound that JSON can't say exactly is left out: no statistics is always right. Delta, "Per-file Statistics".
    static void WriteBound(Utf8JsonWriter json, TableColumn column, object? value, bool isMax)
    {
        var name = column.Name;
        switch (value)
        {
            case long microseconds when column.Type == "timestamp":
                WriteTime(json, name, microseconds, isMax);
                break;
            case long or int or short or sbyte:
                json.WriteNumber(name, Convert.ToInt64(value));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case string text when column.Type == "date":
                if (DateOnly.TryParseExact(text, "yyyy-MM-dd", out _))
                {
                    json.WriteString(name, text);
                }

                break;
            case string text when column.Type != "string":
                json.WritePropertyName(name);
                json.WriteRawValue(text);
                break;
            case string text when text.Length <= MaxTextInStatistics:
                json.WriteString(name, text);
                break;
            case string text when !isMax && !char.IsHighSurrogate(text[MaxTextInStatistics - 1]):
                json.WriteString(name, text[..MaxTextInStatistics]);
                break;
        }
    }

    // Milliseconds are what readers expect: round down the least and up the greatest.
    static void WriteTime(Utf8JsonWriter json, string name, long microseconds, bool isMax)
    {
        const long MicrosecondsPerMillisecond = 1000;
        var rounded = isMax ? microseconds + MicrosecondsPerMillisecond - 1 : microseconds;
        if (rounded >= CatalogTime.ToMicroseconds(DateTimeOffset.MinValue)
            && rounded <= CatalogTime.ToMicroseconds(DateTimeOffset.MaxValue))
        {
            json.WriteString(name, CatalogTime.FromMicroseconds(rounded).UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        }
    }

    sealed record ColumnRange(TableColumn Column, object? Min, object? Max, long NullCount);
}
