using DuckDB.NET.Data;

namespace Millrace.SystemTests.Fixtures;

/// <summary>Compares the rows of a query with those that ClickHouse found.</summary>
static class RowDifferences
{
    /// <returns>Some of the rows that only one of them has; empty for none.</returns>
    public static string Find(DuckDBConnection connection, string expected, string rows)
    {
        Run($"set timezone = 'UTC'; create or replace temp table expected as {expected}");
        var (wanted, read) = (new List<string>(), new List<string>());
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "select column_name, column_type from (describe expected)";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var name = $"\"{reader.GetString(0).Replace("\"", "\"\"")}\"";
                var type = reader.GetString(1);
                // ClickHouse has no lists and maps that are null.
                var empty = type.EndsWith(']') ? "[]"
                    : type.StartsWith("MAP(", StringComparison.Ordinal) ? "map {}" : null;
                var value = type == "VARCHAR" ? $"decode({name})" : $"cast({name} as {type})";
                wanted.Add(empty is null ? name : $"coalesce({name}, {empty}) as {name}");
                read.Add((empty is null ? value : $"coalesce({value}, {empty})") + $" as {name}");
            }
        }

        var expectedRows = $"select {string.Join(", ", wanted)} from expected";
        var found = $"select {string.Join(", ", read)} from read_parquet('{rows}', hive_partitioning = false)";
        using var count = connection.CreateCommand();
        count.CommandText =
            $"""
            select coalesce(string_agg(row, ' | '), '') from (
                select 'ClickHouse: ' || cast(t as varchar) as row from ({found} except all {expectedRows}) t
                union all
                select 'expected: ' || cast(t as varchar) from ({expectedRows} except all {found}) t limit 4)
            """;
        return (string)count.ExecuteScalar()!;

        void Run(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
