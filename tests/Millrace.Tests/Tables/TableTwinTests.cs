using CsCheck;

namespace Millrace.Tests.TablesRoom;

public sealed class TableTwinTests
{
    [Fact]
    public async Task A_table_equals_its_twin_in_memory_after_any_appends_and_overwrites()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var count = 0;

        await Gen.Select(Gen.Bool, Gen.Int[-5, 5].Array[0, 6]).Array[1, 8].SampleAsync(
            async operations =>
            {
                var table = $"t{Interlocked.Increment(ref count)}";
                var twin = new List<int>();
                var states = new List<(long Number, int[] Rows)>();
                foreach (var (isOverwrite, rows) in operations)
                {
                    if (isOverwrite) twin.Clear();
                    twin.AddRange(rows);
                    var query = $"select unnest([{string.Join(',', rows)}]::integer[]) as n";
                    var version = isOverwrite
                        ? await workspace.OverwriteAsync(table, query) : await workspace.AppendAsync(table, query);
                    states.Add((version.Number, [.. twin.Order()]));
                }

                using var session = workspace.Tables.OpenSession();
                foreach (var (number, rows) in states)
                {
                    session.Attach("state", workspace.Tables.OpenAt(table, number));
                    Assert.Equal(rows, session.Rows("select n from state order by n", reader => reader.GetInt32(0)));
                }
            },
            iter: 8,
            threads: 1);
    }
}
