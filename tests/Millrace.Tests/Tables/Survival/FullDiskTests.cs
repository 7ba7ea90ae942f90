using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.TablesRoom.Survival;

/// <summary>A disk that is full at any step of a write: page by page more room, until the work is done. Each time the
/// table is as it was, or as it was to be; and with room the same work goes through.</summary>
public sealed class FullDiskTests
{
    const int Page = 4096;

    // Enough for any of these, a step for each of the first pages, then wider ones.
    static readonly int[] Pages = TestScale.IsFull
        ? [.. Enumerable.Range(0, 100), 120, 200, 400] : [0, 1, 2, 4, 5, 7, 10, 14, 20, 28, 40, 80, 200, 400];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("append")]
    [InlineData("overwrite")]
    [InlineData("delete")]
    [InlineData("optimize")]
    [InlineData("checkpoint")]
    [InlineData("vacuum")]
    [InlineData("ingest")]
    [InlineData("reject")]
    public async Task Whatever_step_finds_no_room_nothing_is_lost_and_nothing_is_half_there(string operation)
    {
        using var disk = new TinyDisk();
        disk.Resize("200m");
        var folder = Path.Combine(disk.Path, "workspace");
        Workspace.Create(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "millrace.yaml"), "checks: {t: [{range: {column: id, max: 999}}]}", Stop);
        var workspace = await Workspace.OpenAsync(folder, cancellationToken: Stop);
        try
        {
            await PrepareAsync(workspace, folder);
            var before = State(workspace);
            var refused = 0;
            foreach (var pages in Pages)
            {
                disk.LeaveFree(pages * Page);
                var failure = await TryAsync(workspace, folder, operation);
                disk.Resize("200m");
                if (failure is null)
                {
                    break;
                }

                refused++;
                Assert.True(
                    failure is MillraceException { Kind: ErrorKind.Unavailable } or IOException,
                    $"{operation} with {pages} pages: {failure}");
                await workspace.DisposeAsync();
                workspace = await Workspace.OpenAsync(folder, cancellationToken: Stop);
                await AssertSoundAsync(workspace);
                if (State(workspace) != before)
                {
                    // It was too late to turn back, and so it was completed.
                    break;
                }
            }

            Assert.True(refused > 0, "The disk was never full.");
            Assert.Null(await TryAsync(workspace, folder, operation));
            await AssertSoundAsync(workspace);
            Assert.Equal(Expected(operation), Rows(workspace));
        }
        finally
        {
            await workspace.DisposeAsync();
        }
    }

    static async Task PrepareAsync(Workspace workspace, string folder)
    {
        for (var i = 0; i < 3; i++)
        {
            await workspace.Tables.Editor.WriteAsync(
                "t", $"select i as id, md5(i::varchar) as text from range({i * 10}, {(i * 10) + 10}) t(i)", new(),
                cancellationToken: Stop);
        }

        await workspace.Tables.Editor.DeleteAsync("t", "id = 25", cancellationToken: Stop);
        await File.WriteAllLinesAsync(
            Path.Combine(folder, "more.csv"),
            ["id,text", .. Enumerable.Range(500, 100).Select(i => $"{i},text {i}"), "broken"], Stop);
    }

    static async Task<Exception?> TryAsync(Workspace workspace, string folder, string operation)
    {
        try
        {
            await WorkAsync(workspace, folder, operation);
            return null;
        }
        catch (Exception exception) when (exception is MillraceException or IOException)
        {
            return exception;
        }
    }

    static async Task WorkAsync(Workspace workspace, string folder, string operation)
    {
        var editor = workspace.Tables.Editor;
        switch (operation)
        {
            case "append":
                await editor.WriteAsync(
                    "t", "select i as id, md5(i::varchar) as text from range(100, 300) t(i)",
                    new() { Progress = ("test", 1) }, cancellationToken: Stop);
                break;
            case "overwrite":
                await editor.WriteAsync(
                    "t", "select i as id, md5(i::varchar) as text from range(100, 300) t(i)",
                    new() { Mode = TableMode.Overwrite }, cancellationToken: Stop);
                break;
            case "delete":
                await editor.DeleteAsync("t", "id % 2 = 0", cancellationToken: Stop);
                break;
            case "optimize":
                await editor.OptimizeAsync("t", new(), cancellationToken: Stop);
                break;
            case "checkpoint":
                editor.Checkpoint("t");
                break;
            case "vacuum":
                await editor.VacuumAsync("t", TimeSpan.Zero, isDryRun: false, Stop);
                break;
            case "ingest":
                await workspace.Sources.IngestAsync(
                    new IngestSettings { Table = "t", Sources = [Path.Combine(folder, "more.csv")] }, null, Stop);
                break;
            default:
                await RejectAsync(workspace);
                break;
        }
    }

    /// <summary>A batch that does not pass its check; that it could not be kept is told in the hint.</summary>
    static async Task RejectAsync(Workspace workspace)
    {
        try
        {
            await workspace.Tables.Editor.WriteAsync(
                "t", "select i as id, md5(i::varchar) as text from range(900, 1100) t(i)", new(),
                cancellationToken: Stop);
        }
        catch (MillraceException exception) when (exception.Code == "check-failed")
        {
            if (exception.Hint.Contains("could not be kept", StringComparison.Ordinal))
            {
                throw new IOException(exception.Hint);
            }

            Assert.Equal(200, workspace.Tables.OpenNewest("t$rejected").RowCount);
        }
    }

    static string State(Workspace workspace) =>
        $"v{workspace.Tables.OpenNewest("t").Version} {string.Join(' ', Rows(workspace))}";

    static List<long> Rows(Workspace workspace)
    {
        using var session = workspace.Tables.OpenSession();
        session.Attach("t", workspace.Tables.OpenNewest("t"));
        return session.Rows("select id from t order by id", reader => reader.GetInt64(0));
    }

    static List<long> Expected(string operation)
    {
        var rows = Enumerable.Range(0, 30).Where(i => i != 25).Select(i => (long)i);
        return operation switch
        {
            "append" => [.. rows, .. Enumerable.Range(100, 200)],
            "overwrite" => [.. Enumerable.Range(100, 200)],
            "delete" => [.. rows.Where(i => i % 2 != 0)],
            "ingest" => [.. rows, .. Enumerable.Range(500, 100)],
            _ => [.. rows],
        };
    }

    static async Task AssertSoundAsync(Workspace workspace)
    {
        Assert.Equal(0, await workspace.Tables.PendingAsync(Stop));
        var report = await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Tombstones).CheckAsync(Stop);
        Assert.Empty(report.Problems);
    }
}
