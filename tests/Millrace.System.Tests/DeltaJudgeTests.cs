using DuckDB.NET.Data;
using Millrace.SystemTests.Fixtures;
using Millrace.Tests.TablesRoom.Foreign;

namespace Millrace.SystemTests;

/// <summary>What the tests take for the rows of a table is what another reader finds in it.</summary>
public sealed class DeltaJudgeTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Every_kind_of_table_has_the_rows_that_ClickHouse_finds()
    {
        var kinds = ForeignKinds.All.Where(kind => kind.IsForClickHouse).ToList();
        var places = new List<(string Table, string Rows)>();
        foreach (var kind in kinds)
        {
            places.Add((_scratch[$"table-{places.Count}"], _scratch[$"rows-{places.Count}.parquet"]));
            using var table = new ForeignTable(places[^1].Table);
            kind.Write(table);
        }

        var failures = await ClickHouse.ReadAsync(_scratch.Path, [.. places]);

        Assert.True(string.IsNullOrWhiteSpace(failures), failures);
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        foreach (var (kind, (_, rows)) in kinds.Zip(places))
        {
            var differences = Differences(connection, kind.Expected, rows);
            Assert.True(differences.Length == 0, $"{kind.Name}: {differences}");
        }
    }

    /// <returns>Some of the rows that only one of them has; empty for none.</returns>
    static string Differences(DuckDBConnection connection, string expected, string rows)
    {
        Run($"set timezone = 'UTC'; create or replace temp table expected as {expected}");
        var (wanted, read) = (new List<string>(), new List<string>());
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "select column_name, column_type from (describe expected)";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var (name, type) = ($"\"{reader.GetString(0)}\"", reader.GetString(1));
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
