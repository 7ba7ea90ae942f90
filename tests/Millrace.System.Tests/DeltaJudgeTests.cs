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

        var failures = await ClickHouse.ReadAsync(
            _scratch.Path, [.. places.Select(place => (ClickHouse.Delta, place.Table, place.Rows))]);

        Assert.True(string.IsNullOrWhiteSpace(failures), failures);
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        foreach (var (kind, (_, rows)) in kinds.Zip(places))
        {
            var differences = RowDifferences.Find(connection, kind.Expected, rows);
            Assert.True(differences.Length == 0, $"{kind.Name}: {differences}");
        }
    }
}
