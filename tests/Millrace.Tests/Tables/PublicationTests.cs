using System.Text.Json;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Pipelines;
using Millrace.Tables;
using Millrace.Tracking;

namespace Millrace.Tests.TablesRoom;

/// <summary>What a reader sees after a publication that was cut off at each of its steps.</summary>
public sealed class PublicationTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_is_created_appended_to_and_overwritten()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var created = await workspace.AppendAsync("t", "select 1 as id", "id");
        var appended = await workspace.AppendAsync("t", "select 2 as id", "id");
        var overwritten = await workspace.OverwriteAsync("t", "select 3 as id", "id");

        Assert.Equal([0L, 1L, 2L], new[] { created.Number, appended.Number, overwritten.Number });
        Assert.Equal(["3"], await workspace.RowsAsync("from t"));
        Assert.Equal(2, workspace.Tables.Open(appended).RowCount);
        var entry = (await workspace.Tables.FindAsync("t", Stop))!;
        Assert.Equal(["id"], entry.KeyColumns);
        Assert.Equal(overwritten, entry.Newest);
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
    }

    [Fact]
    public async Task Death_before_any_log_entry_leaves_the_table_as_it_was()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as id");
        var publication = await workspace.PublicationAsync(
            workspace.Stage("t", TableMode.Append, "select 2 as id"),
            workspace.Stage("u", TableMode.Append, "select 1 as id"));

        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        await workspace.DieAndOpenAsync();

        Assert.Equal(["1"], await workspace.RowsAsync("from t"));
        Assert.Null(workspace.Log("u"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
        Assert.Equal(1, await workspace.CountAsync("select count(*) from version"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Death_after_a_log_entry_is_completed_once_for_all_tables(int entries)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var input = await workspace.AppendAsync("source", "select 1 as id");
        var publication = await TaskPublicationAsync(workspace, input);

        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        await workspace.Tables.Publisher.PutEntriesAsync(
            publication with { Tables = [.. publication.Tables.Take(entries)] });
        await workspace.DieAndOpenAsync();

        await AssertCompleteAsync(workspace, publication);
        Assert.Equal((0, 0), await workspace.Tables.RecoverAsync(Stop));
        await workspace.DieAndOpenAsync();
        await AssertCompleteAsync(workspace, publication);
    }

    [Fact]
    public async Task Processes_that_recover_at_once_complete_a_publication_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var input = await workspace.AppendAsync("source", "select 1 as id");
        var publication = await TaskPublicationAsync(workspace, input);
        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        await workspace.Tables.Publisher.PutEntriesAsync(publication with { Tables = [publication.Tables[0]] });
        // As if it had been begun by a process that is gone.
        await workspace.ExecuteAsync("update publication_intent set process_id = 'dead'");

        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => Workspace.OpenAsync(workspace.Folder, cancellationToken: Stop)));

        foreach (var other in others) await other.DisposeAsync();
        await AssertCompleteAsync(workspace, publication);
    }

    [Fact]
    public async Task A_publication_of_a_living_process_is_left_to_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var publication = await workspace.PublicationAsync(workspace.Stage("t", TableMode.Append, "select 1 as id"));
        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        var tables = await workspace.Tables.Publisher.PutEntriesAsync(publication);

        await using (await Workspace.OpenAsync(workspace.Folder, cancellationToken: Stop))
            Assert.Equal(1, await workspace.CountAsync("select count(*) from publication_intent"));

        Assert.Single(await workspace.Tables.Publisher.FinishAsync(publication, tables));
        Assert.Equal(["1"], await workspace.RowsAsync("from t"));
    }

    [Fact]
    public async Task A_publication_that_can_not_be_completed_does_not_close_the_workspace()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("other", "select 1 as id");
        var publication = await workspace.PublicationAsync(
            workspace.Stage("t", TableMode.Append, "select 1 as id"),
            workspace.Stage("u", TableMode.Append, "select 1 as id"));
        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        await workspace.Tables.Publisher.PutEntriesAsync(publication with { Tables = [publication.Tables[0]] });
        // Between the two entries somebody else makes the second table, with other columns.
        await workspace.AppendAsync("u", "select 'x' as name");

        await workspace.DieAndOpenAsync();

        Assert.Equal(["1"], await workspace.RowsAsync("from other"));
        Assert.Equal(1, await workspace.CountAsync("select count(*) from publication_intent"));
        var report = await new TableCheck(
            workspace.Tables, workspace.Lineage, workspace.Open.Tombstones).CheckAsync(Stop);
        Assert.Contains(report.Problems, problem => problem.Contains(publication.RunId) && problem.Contains("'name'"));
    }

    [Fact]
    public async Task A_damaged_log_does_not_close_the_workspace()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as id");
        var publication = await workspace.PublicationAsync(workspace.Stage("t", TableMode.Append, "select 2 as id"));
        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        File.WriteAllText(Path.Join(workspace.TableFolder("t"), "_delta_log", $"{0:D20}.json"), "{");

        await workspace.DieAndOpenAsync();

        var report = await new TableCheck(
            workspace.Tables, workspace.Lineage, workspace.Open.Tombstones).CheckAsync(Stop);
        Assert.Contains(report.Problems, problem => problem.Contains("can't be read"));
    }

    [Fact]
    public async Task Appends_of_four_tasks_at_once_are_all_there()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                    await workspace.AppendAsync("t", $"select {writer} as writer, {i} as i", "writer", "i");
            },
            Stop)));

        Assert.Equal(["200|200"], await workspace.RowsAsync("select count(*), count(distinct (writer, i)) from t"));
        var versions = await workspace.Lineage.VersionsAsync("table", "t", Stop);
        Assert.Equal(Enumerable.Range(0, 200).Reverse().Select(i => (long)i), versions.Select(v => v.Number));
        Assert.Equal(200, versions.Select(version => version.RunId).Distinct().Count());
    }

    [Fact]
    public async Task Overwriting_with_the_same_content_makes_no_version()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var first = await workspace.OverwriteAsync("t", "select i as id from range(5) t(i)", "id");

        var second = await workspace.OverwriteAsync("t", "select 4 - i as id from range(5) t(i)", "id");
        var empty = await workspace.AppendAsync("t", "select 1::bigint as id where false", "id");

        Assert.Equal(first, second);
        Assert.Equal(first, empty);
        Assert.Equal(0, workspace.Log("t")!.Version);
    }

    [Fact]
    public async Task Nothing_new_never_takes_a_version_from_the_run_that_made_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as id");
        var slow = await workspace.PublicationAsync(workspace.Stage("t", TableMode.Append, "select 2 as id"));
        await workspace.Tables.Publisher.BeginAsync(slow, Stop);
        var tables = await workspace.Tables.Publisher.PutEntriesAsync(slow);

        await workspace.AppendAsync("t", "select 2 as id where false");
        var version = (await workspace.Tables.Publisher.FinishAsync(slow, tables))[0];

        Assert.Equal(slow.RunId, version.RunId);
    }

    [Fact]
    public async Task An_append_with_other_columns_names_them_and_changes_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as id, 'a' as name, 1.5::double as price");
        var wrong = workspace.Stage("t", TableMode.Append, "select 2 as id, 'x' as price, true as extra");
        var publication = await workspace.PublicationAsync(
            workspace.Stage("u", TableMode.Append, "select 1 as id"), wrong);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Tables.PublishAsync(publication, Stop));

        Assert.Equal("schema-mismatch", failure.Code);
        Assert.Contains("'price' is string in the rows and double in the table", failure.Message);
        Assert.Contains("'extra' (boolean) is not in the table", failure.Message);
        Assert.Contains("'name' is missing from the rows", failure.Message);
        Assert.Null(workspace.Log("u"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
    }

    [Fact]
    public async Task Columns_in_another_order_are_other_columns()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as a, 2 as b");

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.AppendAsync("t", "select 1 as b, 2 as a"));

        Assert.Contains("another order", failure.Message);
    }

    [Fact]
    public async Task A_table_can_be_published_once_by_an_attempt()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var publication = await workspace.PublicationAsync(
            workspace.Stage("t", TableMode.Append, "select 1 as id"),
            workspace.Stage("t", TableMode.Append, "select 2 as id"));

        await Assert.ThrowsAsync<ArgumentException>(() => workspace.Tables.PublishAsync(publication, Stop));

        Assert.Null(workspace.Log("t"));
    }

    [Fact]
    public async Task A_ref_that_was_moved_by_another_stops_the_publication_before_anything_is_put()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var first = await PublishModelAsync(workspace, new string('a', 64), expected: null);
        await PublishModelAsync(workspace, new string('b', 64), expected: first.Id);

        var late = Model(new string('c', 64), first.Id);
        var publication = (await workspace.PublicationAsync(workspace.Stage("t", TableMode.Append, "select 1 as id")))
            with
        { Versions = [late] };
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Tables.PublishAsync(publication, Stop));

        Assert.Equal("ref-moved", failure.Code);
        Assert.Null(workspace.Log("t"));
        Assert.Equal(new string('b', 64), (await workspace.Lineage.RefAsync("model", "m", "production", Stop))!.Hash);
    }

    [Fact]
    public async Task A_lost_lease_stops_the_publication_before_the_log_entry()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var input = await workspace.AppendAsync("source", "select 1 as id");
        var publication = await TaskPublicationAsync(workspace, input);
        await workspace.ExecuteAsync("delete from lease");

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Tables.PublishAsync(publication, Stop));

        Assert.Equal("lease-lost", failure.Code);
        Assert.Null(workspace.Log("t"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
    }

    [Fact]
    public async Task Pins_and_summaries_are_written_with_the_version()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var pinned = await workspace.AppendAsync("t", "select 1 as id");

        var publication = await workspace.PublicationAsync();
        await workspace.Tables.PublishAsync(
            publication with { Versions = [Model(new string('a', 64), null) with { Pins = [pinned.Id] }] }, Stop);

        Assert.Equal(1, await workspace.CountAsync($"select count(*) from pin where version_id = {pinned.Id}"));
        using var summary = JsonDocument.Parse(pinned.Summary);
        Assert.Equal(1, summary.RootElement.GetProperty("rows").GetInt64());
        Assert.Equal(1, summary.RootElement.GetProperty("files").GetInt64());
    }

    static async Task AssertCompleteAsync(TestWorkspace workspace, Publication publication)
    {
        Assert.Equal(["1"], await workspace.RowsAsync("from t"));
        Assert.Equal(["2"], await workspace.RowsAsync("from u"));
        Assert.Equal((0L, 0L), (workspace.Log("t")!.Version, workspace.Log("u")!.Version));
        var run = $"run_id = '{publication.RunId}'";
        Assert.Equal(2, await workspace.CountAsync($"select count(*) from version where {run}"));
        Assert.Equal(2, await workspace.CountAsync($"select count(*) from lineage_edge where {run} and is_output = 1"));
        Assert.Equal(1, await workspace.CountAsync($"select count(*) from lineage_edge where {run} and is_output = 0"));
        Assert.Equal(1, await workspace.CountAsync($"select count(*) from task_result where {run}"));
        Assert.Equal(1, await workspace.CountAsync($"select count(*) from run_metric where {run}"));
        Assert.Equal(1, await workspace.CountAsync($"select count(*) from run where {run} and outcome = 'succeeded'"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from lease"));
    }

    static async Task<Publication> TaskPublicationAsync(TestWorkspace workspace, ThingVersion input)
    {
        var attemptId = Guid.CreateVersion7().ToString("N");
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "task", "p/both", null, "key", "code", "{}", RunOutcome.Running, null,
            TimeProvider.System.GetUtcNow(), null);
        string[] leases = ["key", "table:t", "table:u"];
        await workspace.Open.Pipelines.Ledger.BeginAsync(run, attemptId, leases, false, Stop);
        var tables = new[] { "t", "u" }.Select((name, i) => new PublishedTable(
            name, workspace.Stage(name, TableMode.Append, $"select {i + 1} as id", ["id"], attemptId), "{}"));
        var metrics = JsonSerializer.SerializeToElement(
            new RunFact(new Dictionary<string, string>(), [new MetricValue("loss", 0, 0.5)]),
            TrackingJson.Default.RunFact);
        return new Publication(
            attemptId, run.Id, [.. tables], [new PublicationInput("source", input.Id, null)], [],
            [
                new CatalogFact(RunFactWriter.FactKind, metrics),
                TaskLedger.Fact(new TaskResultFact("key", "p", "both", attemptId, leases, IsProvisional: false)),
            ]);
    }

    static async Task<ThingVersion> PublishModelAsync(TestWorkspace workspace, string hash, long? expected) =>
        (await workspace.Tables.PublishAsync(
            await workspace.PublicationAsync() with { Versions = [Model(hash, expected)] }, Stop))[0];

    static StagedVersion Model(string hash, long? expected) =>
        new("m", "model", "m", hash, "{}", [], [new RefMove("production", true, expected)]);
}
