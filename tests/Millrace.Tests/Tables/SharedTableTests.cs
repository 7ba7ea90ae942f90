using Millrace.Catalog;
using Millrace.Tables;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom;

/// <summary>Workspaces in two folders, as on two machines, on one PostgreSQL and one bucket.</summary>
public sealed class SharedTableTests(SharedPostgres postgres)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_writes_the_other_reads_with_its_runs_and_lineage()
    {
        await using var bucket = await BucketTables.StartAsync();
        var first = await bucket.WorkspaceAsync(postgres);
        var second = await bucket.BesideAsync(first);

        var made = await first.AppendAsync("t", "select 1 as id");
        Assert.Equal(["1"], await second.RowsAsync("select * from t"));
        await second.Tables.Editor.WriteAsync("u", "select id + 1 as id from t", new(), cancellationToken: Stop);

        Assert.Equal(["2"], await first.RowsAsync("select * from u"));
        var version = Assert.Single(await first.Lineage.VersionsAsync("table", "u", Stop));
        Assert.Equal(1, await first.CountAsync(
            $"select count(*) from lineage_edge where run_id = '{version.RunId}' and version_id = {made.Id} "
            + "and is_output = 0"));
    }

    [Fact]
    public async Task Two_writers_on_two_machines_lose_no_row()
    {
        const int Commits = 12;
        await using var bucket = await BucketTables.StartAsync();
        var first = await bucket.WorkspaceAsync(postgres);
        var second = await bucket.BesideAsync(first);

        await Task.WhenAll(WriteAsync(first, 0), WriteAsync(second, 1_000));

        Assert.Equal(
            [$"{2 * Commits}|{2 * Commits}"], await first.RowsAsync("select count(*), count(distinct id) from t"));
        Assert.Equal(2 * Commits - 1, second.Tables.OpenNewest("t").Version);
        Assert.Equal(2 * Commits, (await second.Lineage.VersionsAsync("table", "t", Stop)).Count);
        Assert.Equal(0, await first.CountAsync("select count(*) from publication_intent"));

        static async Task WriteAsync(TestWorkspace workspace, int from)
        {
            for (var i = 0; i < Commits; i++)
                await workspace.AppendAsync("t", $"select {from + i} as id");
        }
    }

    [Fact]
    public async Task Changes_of_one_row_from_two_machines_are_all_there()
    {
        const int Changes = 4;
        await using var bucket = await BucketTables.StartAsync();
        var first = await bucket.WorkspaceAsync(postgres);
        var second = await bucket.BesideAsync(first);
        await first.AppendAsync("t", "select 0::bigint as n");

        await Task.WhenAll(AddAsync(first), AddAsync(second));

        Assert.Equal([$"{2 * Changes}"], await first.RowsAsync("select n from t"));

        static async Task AddAsync(TestWorkspace workspace)
        {
            for (var done = 0; done < Changes;)
            {
                try
                {
                    await workspace.Tables.Editor.UpdateAsync(
                        "t", new Dictionary<string, string> { ["n"] = "n + 1" }, null, cancellationToken: Stop);
                    done++;
                }
                catch (MillraceException exception) when (exception.Code == "table-conflict")
                {
                    // The other one was faster too often.
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_a_machine_left_that_died_is_completed_elsewhere_when_its_lease_has_ended(int entries)
    {
        await using var bucket = await BucketTables.StartAsync();
        var first = await bucket.WorkspaceAsync(postgres);
        var second = await bucket.BesideAsync(first);
        var publication = await first.PublicationAsync(first.Stage("t", TableMode.Append, "select 1 as id"));
        await first.Tables.Publisher.BeginAsync(publication, Stop);
        await first.Tables.Publisher.PutEntriesAsync(
            publication with { Tables = [.. publication.Tables.Take(entries)] });

        // It lives, as far as can be told from there.
        Assert.Equal((0, 0), await second.Tables.RecoverAsync(Stop));

        var lease = (long)ProcessBeats.Lease.TotalMicroseconds;
        await second.ExecuteAsync($"update process_beat set beat_at = beat_at - {lease / 2}");
        Assert.Equal((0, 0), await second.Tables.RecoverAsync(Stop));
        await second.ExecuteAsync($"update process_beat set beat_at = beat_at - {lease}");
        Assert.Equal((entries, 1 - entries), await second.Tables.RecoverAsync(Stop));

        Assert.Equal(0, await first.CountAsync("select count(*) from publication_intent"));
        Assert.Equal(entries, (await second.Lineage.VersionsAsync("table", "t", Stop)).Count);
        if (entries > 0)
            Assert.Equal(["1"], await second.RowsAsync("select * from t"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_a_process_left_that_died_is_completed_by_the_next_one_of_its_folder(int entries)
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync(postgres);
        var publication = await workspace.PublicationAsync(
            workspace.Stage("t", TableMode.Append, "select 1 as id"),
            workspace.Stage("u", TableMode.Append, "select 2 as id"));
        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        await workspace.Tables.Publisher.PutEntriesAsync(
            publication with { Tables = [.. publication.Tables.Take(entries)] });

        await workspace.DieAndOpenAsync();

        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
        Assert.Equal(entries > 0 ? 2 : 0, (await workspace.Tables.ListAsync(Stop)).Count);
        if (entries > 0)
            Assert.Equal(["1|2"], await workspace.RowsAsync("select t.id, u.id from t, u"));
    }

    [Fact]
    public async Task Nothing_is_erased_while_another_machine_works()
    {
        await using var bucket = await BucketTables.StartAsync();
        var first = await bucket.WorkspaceAsync(postgres);
        await first.AppendAsync("people", "select 1 as id", "id");
        var second = await bucket.BesideAsync(first);
        var request = new WorkspaceErasureRequest { Table = "people", Keys = ["1"] };

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => new WorkspaceErasure(first.Open).EraseAsync(request, Stop));
        Assert.Equal("workspace-in-use", failure.Code);
        Assert.Contains(Environment.MachineName, failure.Message);

        await second.Open.DisposeAsync();
        await new WorkspaceErasure(first.Open).EraseAsync(request, Stop);
        Assert.Equal(["0"], await first.RowsAsync("select count(*) from people"));
    }
}
