using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.TablesRoom;

/// <summary>Changes of tables that are cut off: the table is as it was, or as it was to be.</summary>
public sealed class TableSurvivalTests
{
    const string OperationFile = "operation";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Kills()
    {
        var data = new TheoryData<string, string>();
        string[] operations = ["append", "overwrite", "delete", "update", "merge", "optimize", "restore", "clone"];
        for (var i = 0; i < operations.Length; i++)
        {
            // At the entry itself, and at one of the syncs before and after it; all of them in full.
            string[] calls = TestScale.IsFull
                ? ["link:when=1", .. Enumerable.Range(1, 16).Select(n => $"fsync:when={n}")]
                : i % 2 == 0 ? ["link:when=1"] : [$"fsync:when={3 + i}"];
            foreach (var call in calls)
            {
                data.Add(operations[i], call);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task A_change_that_is_killed_is_there_or_not(string operation, string call)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await PrepareAsync(workspace.Tables.Editor);
        File.WriteAllText(Path.Combine(workspace.Folder, OperationFile), operation);
        var before = await StateAsync(workspace);
        var after = await ExpectedAsync(operation);
        var parts = call.Split(':');

        var output = await ChildTest.RunAsync(
            typeof(TableSurvivalTests), nameof(Child_changes), workspace.Folder, $"{parts[0]}:signal=KILL:{parts[1]}");
        await workspace.DieAndOpenAsync();

        var now = await StateAsync(workspace);
        Assert.True(now == before || now == after, $"{operation} {call}: {now}\n{before}\n{after}\n{output}");
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
        var report = await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones)
            .CheckAsync(Stop);
        Assert.Empty(report.Problems);
        if (now == before)
        {
            await ChangeAsync(workspace.Tables.Editor, operation);
            Assert.Equal(after, await StateAsync(workspace));
        }
    }

    [Fact(Explicit = true)]
    public async Task Child_changes()
    {
        var operation = File.ReadAllText(Path.Combine(ChildTest.Folder, OperationFile));
        await using var workspace = await Workspace.OpenAsync(ChildTest.Folder, cancellationToken: Stop);
        await ChangeAsync(workspace.Tables.Editor, operation);
    }

    [Fact]
    public async Task A_full_disk_leaves_the_table_as_it_was()
    {
        using var disk = new TinyDisk();
        disk.Resize("16m");
        var folder = Path.Combine(disk.Path, "workspace");
        Workspace.Create(folder);
        await using var workspace = await Workspace.OpenAsync(folder, cancellationToken: Stop);
        await workspace.Tables.Editor.WriteAsync("t", "select 1::bigint as id, 'x' as text", new(),
            cancellationToken: Stop);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.Editor.WriteAsync(
            "t", "select i as id, md5(i::varchar) || md5((i * 7)::varchar) as text from range(600000) t(i)", new(),
            cancellationToken: Stop));

        Assert.Equal("disk-full", failure.Code);
        Assert.Equal(1, workspace.Tables.OpenNewest("t").RowCount);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(workspace.Tables.Folder, "t"), "*.parquet"));
        disk.Resize("200m");
        await workspace.Tables.Editor.WriteAsync("t", "select 2::bigint as id, 'y' as text", new(),
            cancellationToken: Stop);
        Assert.Equal(2, workspace.Tables.OpenNewest("t").RowCount);
    }

    static async Task PrepareAsync(TableEditor editor)
    {
        await editor.WriteAsync(
            "t", "select i as id, i % 3 as p from range(9) t(i)",
            new()
            {
                PartitionColumns = ["p"],
                Properties = new Dictionary<string,
                string>
                { ["delta.enableChangeDataFeed"] = "true" }
            },
            cancellationToken: Stop);
        await editor.WriteAsync("t", "select i as id, i % 3 as p from range(9, 12) t(i)", new(),
            cancellationToken: Stop);
    }

    static Task ChangeAsync(TableEditor editor, string operation) => operation switch
    {
        "append" => editor.WriteAsync("t", "select 100::bigint as id, 1::bigint as p", new(), cancellationToken: Stop),
        "overwrite" => editor.WriteAsync(
            "t", "select 100::bigint as id, 1::bigint as p", new() { Mode = TableMode.Overwrite },
                cancellationToken: Stop),
        "delete" => editor.DeleteAsync("t", "id in (1, 5)", cancellationToken: Stop),
        "update" => editor.UpdateAsync(
            "t", new Dictionary<string, string> { ["id"] = "id + 1000" }, "p = 1", cancellationToken: Stop),
        "merge" => editor.UpsertAsync(
            "t", "select unnest([4, 400])::bigint as id, 0::bigint as p", ["id"], cancellationToken: Stop),
        "optimize" => editor.OptimizeAsync("t", new(), cancellationToken: Stop),
        "restore" => editor.RestoreAsync("t", 0, Stop),
        _ => editor.CloneAsync("t", null, "copy", Stop),
    };

    static async Task<string> ExpectedAsync(string operation)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await PrepareAsync(workspace.Tables.Editor);
        await ChangeAsync(workspace.Tables.Editor, operation);
        return await StateAsync(workspace);
    }

    static async Task<string> StateAsync(TestWorkspace workspace)
    {
        var rows = await workspace.RowsAsync("select id, p from t order by id");
        var tables = await workspace.Tables.ListAsync(Stop);
        return $"v{workspace.Log("t")!.Version} {string.Join(' ', rows)} "
            + $"{string.Join(',', tables.Select(table => table.Name))}";
    }
}
