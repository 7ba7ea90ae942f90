using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.TablesRoom.Survival;

/// <summary>A machine whose clock goes back and forth: versions stay in their order, and nothing is swept by mistake.
/// </summary>
public sealed class JumpingClockTests
{
    static readonly TimeSpan[] Jumps =
    [
        TimeSpan.FromDays(-3), TimeSpan.FromDays(40), TimeSpan.FromDays(-400), TimeSpan.FromSeconds(1),
        TimeSpan.FromDays(-1), TimeSpan.FromDays(365), TimeSpan.Zero, TimeSpan.FromDays(-20_000),
        TimeSpan.FromDays(20_100), TimeSpan.FromMilliseconds(-1), TimeSpan.FromHours(5),
    ];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_keep_their_order_and_their_rows_whatever_the_clock_says()
    {
        using var scratch = new ScratchFolder();
        var clock = new SetClock();
        Workspace.Create(scratch.Path);
        await using var workspace = await Workspace.OpenAsync(scratch.Path, clock, cancellationToken: Stop);
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync(
            "t", "select 0::bigint as id", new()
            {
                Properties = new Dictionary<string, string> { ["delta.logRetentionDuration"] = "interval 30 days" },
            },
            cancellationToken: Stop);
        for (var i = 0; i < Jumps.Length; i++)
        {
            clock.Advance(Jumps[i]);
            await editor.WriteAsync("t", $"select {i + 1}::bigint as id", new(), cancellationToken: Stop);
        }

        var history = workspace.Tables.History("t");
        Assert.Equal(
            history.OrderByDescending(commit => commit.Version).Select(commit => commit.Version),
            history.OrderByDescending(commit => commit.Time).Select(commit => commit.Version));
        Assert.Equal(history.Count, history.Select(commit => commit.Time).Distinct().Count());
        Assert.Equal(Jumps.Length + 1, workspace.Tables.OpenNewest("t").RowCount);
        foreach (var commit in history)
        {
            Assert.Equal(
                commit.Version,
                DeltaTable.OpenAsOf(Path.Combine(workspace.Tables.Folder, "t"), commit.Time).Version);
        }
    }

    [Fact]
    public async Task A_clock_that_went_back_lets_a_vacuum_delete_nothing_that_is_young()
    {
        using var scratch = new ScratchFolder();
        var clock = new SetClock();
        Workspace.Create(scratch.Path);
        await using var workspace = await Workspace.OpenAsync(scratch.Path, clock, cancellationToken: Stop);
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", "select range as id from range(10)", new(), cancellationToken: Stop);
        await editor.DeleteAsync("t", "id = 3", cancellationToken: Stop);
        clock.Advance(TimeSpan.FromDays(-1_000));
        await editor.DeleteAsync("t", "id = 4", cancellationToken: Stop);

        var vacuum = await editor.VacuumAsync("t", null, isDryRun: false, Stop);

        Assert.Empty(vacuum.Files);
        Assert.Equal([10L, 9L, 8L], Enumerable.Range(0, 3).Select(i => workspace.Tables.OpenAt("t", i).RowCount));
    }
}
