using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.TablesRoom;

public sealed class TableWriterProcessTests
{
    const int Processes = 4;
    const int FewAppends = 20;
    const int ManyAppends = 500;

    static int Appends => TestScale.IsFull ? ManyAppends : FewAppends;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Appends_of_four_processes_are_all_there()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var output = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => ChildTest.RunAsync(
            typeof(TableWriterProcessTests), nameof(Child_appends), workspace.Folder)));

        var counts = await workspace.RowsAsync("select count(*), count(distinct (writer, i)) from t");
        Assert.True(counts is [var count] && count == $"{Processes * Appends}|{Processes * Appends}",
            string.Join('\n', output));
        Assert.Equal(Processes * Appends - 1, workspace.Log("t")!.Version);
        Assert.Equal(
            Processes * Appends, await workspace.CountAsync("select count(*) from version where kind = 'table'"));
    }

    [Fact(Explicit = true)]
    public async Task Child_appends()
    {
        await using var workspace = await Workspace.OpenAsync(ChildTest.Folder, cancellationToken: Stop);
        using var session = workspace.Tables.OpenSession();
        for (var i = 0; i < Appends; i++)
        {
            var attemptId = Guid.CreateVersion7().ToString("N");
            var staged = new TableStage(workspace.Tables.Folder, attemptId).Write(
                session, "t", TableMode.Append, $"select {Environment.ProcessId} as writer, {i} as i", ["writer", "i"],
                cancellationToken: Stop);
            await workspace.Catalog.WriteAsync(
                catalog => catalog.Execute(
                    """
                    insert into run (run_id, kind, name, code, parameters, outcome, started_at)
                    values (@id, 'command', 'append', '', '{}', 'running', 0)
                    """,
                    ("id", attemptId)),
                Stop);
            await workspace.Tables.PublishAsync(
                new Publication(attemptId, attemptId, [new PublishedTable("t", staged, "{}")], [], [], []), Stop);
        }
    }
}
