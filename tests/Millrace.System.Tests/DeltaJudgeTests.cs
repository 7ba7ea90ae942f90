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
            Assert.Equal((kind.Name, 0L), (kind.Name, Differences(connection, kind.Expected, rows)));
        }
    }

    static long Differences(DuckDBConnection connection, string expected, string rows)
    {
        Run($"set timezone = 'UTC'; create or replace temp table expected as {expected}");
        var columns = new List<string>();
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "select column_name, column_type from (describe expected)";
            using var reader = command.ExecuteReader();
            while (reader.Read()) columns.Add($"cast(\"{reader.GetString(0)}\" as {reader.GetString(1)})");
        }

        var found = $"select {string.Join(", ", columns)} from read_parquet('{rows}', hive_partitioning = false)";
        using var count = connection.CreateCommand();
        count.CommandText =
            $"""
            select (select count(*) from ({found} except all from expected))
                + (select count(*) from (from expected except all {found}))
            """;
        return Convert.ToInt64(count.ExecuteScalar());

        void Run(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
