using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.TablesRoom.Survival;

/// <summary>kill -9 in the middle of what is not a change of rows: taking files in, columns and properties, upkeep,
/// batches that are rejected. <see cref="TableSurvivalTests"/> has the changes of rows.</summary>
public sealed class KilledWorkTests
{
    const string OperationFile = "operation";

    /// <summary>What each one does last to the disk, and one call on the way there.</summary>
    static readonly (string Operation, string[] Calls)[] Work =
    [
        ("ingest", ["fsync:when=4"]),
        ("quarantine", ["link:when=2"]),
        ("widen", []),
        ("add-column", ["link:when=1"]),
        ("set-property", []),
        ("checkpoint", ["rename:when=1"]),
        ("vacuum", ["unlink:when=2"]),
        ("iceberg", []),
        ("reject", ["link:when=1"]),
    ];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Kills()
    {
        var data = new TheoryData<string, string>();
        foreach (var (operation, calls) in Work)
        {
            var all = TestScale.IsFull
                ? [.. calls,
                    "link:when=1", "rename:when=2", .. Enumerable.Range(1, 14).Select(n => $"fsync:when={n}")] : calls;
            foreach (var call in all.Distinct())
            {
                data.Add(operation, call);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task Work_that_is_killed_is_done_or_not_and_can_be_done_again(string operation, string call)
    {
        await using var workspace = await PreparedAsync();
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, OperationFile), operation, Stop);
        var before = await StateAsync(workspace);
        var after = await ExpectedAsync(operation);
        var parts = call.Split(':');

        var output = await ChildTest.RunAsync(
            typeof(KilledWorkTests), nameof(Child_works), workspace.Folder, $"{parts[0]}:signal=KILL:{parts[1]}");
        await workspace.DieAndOpenAsync();

        var now = await StateAsync(workspace);
        Assert.True(now == before || now == after, $"{operation} {call}: {now}\n{before}\n{after}\n{output}");
        await AssertSoundAsync(workspace);
        // What was finished is done again without doing anything twice.
        await WorkAsync(workspace.Open, operation);
        Assert.Equal(after, await StateAsync(workspace));
        await AssertSoundAsync(workspace);
    }

    [Fact(Explicit = true)]
    public async Task Child_works()
    {
        var operation = await File.ReadAllTextAsync(Path.Combine(ChildTest.Folder, OperationFile), Stop);
        await using var workspace = await Workspace.OpenAsync(ChildTest.Folder, cancellationToken: Stop);
        await WorkAsync(workspace, operation);
    }

    static async Task<TestWorkspace> PreparedAsync()
    {
        var workspace = await TestWorkspace.CreateAsync();
        await File.WriteAllTextAsync(
            Path.Combine(workspace.Folder, "millrace.yaml"), "checks: {strict: [{range: {column: id, max: 5}}]}", Stop);
        await workspace.DieAndOpenAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", "select i as id, i % 3 as p from range(9) t(i)", new(), cancellationToken: Stop);
        await editor.DeleteAsync("t", "id = 3", cancellationToken: Stop);
        await editor.DeleteAsync("t", "id = 4", cancellationToken: Stop);
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "good.csv"), "id,p\n20,1\n21,2\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "bad.csv"), "id,p\n30,1\n31\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "wide.csv"), "id,p\n40,many\n", Stop);
        return workspace;
    }

    static async Task WorkAsync(Workspace workspace, string operation)
    {
        var editor = workspace.Tables.Editor;
        switch (operation)
        {
            case "ingest" or "quarantine" or "widen":
                var file = operation switch { "ingest" => "good.csv", "quarantine" => "bad.csv", _ => "wide.csv" };
                await workspace.Sources.IngestAsync(
                    new IngestSettings
                    {
                        Table = "t",
                        Sources = [Path.Combine(workspace.Folder, file)],
                        OnDrift = operation == "widen" ? DriftPolicy.Widen : DriftPolicy.Fail,
                    }, null, Stop);
                break;
            case "add-column":
                if (workspace.Tables.OpenNewest("t").Schema.Find("extra") is null)
                    await editor.AddColumnAsync("t", new TableColumn("extra", "double"), Stop);
                break;
            case "set-property":
                await SetAsync(workspace, "delta.targetFileSize", "64mb");
                break;
            case "checkpoint":
                editor.Checkpoint("t");
                break;
            case "vacuum":
                await editor.VacuumAsync("t", TimeSpan.Zero, isDryRun: false, Stop);
                break;
            case "iceberg":
                await SetAsync(workspace, "millrace.iceberg", "true");
                break;
            default:
                var failure = await Assert.ThrowsAsync<MillraceException>(() => editor.WriteAsync(
                    "strict", "select 7::bigint as id", new(), cancellationToken: Stop));
                Assert.Equal("check-failed", failure.Code);
                break;
        }
    }

    static async Task SetAsync(Workspace workspace, string key, string value)
    {
        if (workspace.Tables.OpenNewest("t").Metadata.Configuration.GetValueOrDefault(key) != value)
        {
            await workspace.Tables.Editor.SetPropertiesAsync(
                "t", new Dictionary<string, string?> { [key] = value }, Stop);
        }
    }

    static async Task<string> ExpectedAsync(string operation)
    {
        await using var workspace = await PreparedAsync();
        await WorkAsync(workspace.Open, operation);
        return await StateAsync(workspace);
    }

    /// <summary>All that can be seen of the tables, but for files that only old versions need.</summary>
    static async Task<string> StateAsync(TestWorkspace workspace)
    {
        var rows = await workspace.RowsAsync("select * from t order by id");
        var tables = new List<string>();
        foreach (var table in await workspace.Tables.ListAsync(Stop))
        {
            var snapshot = workspace.Tables.OpenNewest(table.Name);
            tables.Add($"{table.Name} v{snapshot.Version} {snapshot.RowCount} "
                + string.Join(',', snapshot.Metadata.Configuration.Select(pair => $"{pair.Key}={pair.Value}")));
        }

        return $"{string.Join(' ', rows)}; {string.Join("; ", tables)}";
    }

    static async Task AssertSoundAsync(TestWorkspace workspace)
    {
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from lease"));
        var report = await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones)
            .CheckAsync(Stop);
        Assert.Empty(report.Problems);
    }
}
