using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

public sealed class RowTraceTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_is_followed_to_the_lines_and_rows_that_it_came_from()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var joined = await GraphAsync(workspace);

        var trace = await FollowAsync(workspace, joined, "2");

        Assert.Equal(["photo_id 2, user_id 20, events 4"], trace.Rows);
        Assert.Equal(["photos", "raw", "users"], trace.Next.Select(next => next.Version.Name).Order());
        var raw = trace.Next.First(next => next.Version.Name == "raw");
        Assert.Equal(4, raw.RowCount);
        Assert.Equal(["log.jsonl lines 2, 4, 6 … (4 in all)"], raw.Places);
        var users = trace.Next.First(next => next.Version.Name == "users");
        Assert.Equal(["user_id 20, name bo"], users.Rows);
        var source = Assert.Single(trace.Next.First(next => next.Version.Name == "photos").Next);
        Assert.Equal(("source", 1L), (source.Version.Kind, source.RowCount));
    }

    [Fact]
    public async Task A_row_that_is_not_there_is_unknown()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var joined = await GraphAsync(workspace);

        await FailsAsync(workspace, joined, "99", "row-unknown");
        await FailsAsync(workspace, joined, "1' or '1'='1", "row-unknown");
    }

    [Fact]
    public async Task A_key_of_another_number_of_values_is_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var joined = await GraphAsync(workspace);
        var keyless = await workspace.AppendAsync("keyless", "select 1 as x");

        await FailsAsync(workspace, joined, "1,2", "key-missing");
        await FailsAsync(workspace, keyless, "1", "key-missing");
    }

    [Fact]
    public async Task Rows_without_a_place_have_none()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var version = await workspace.AppendAsync(
            "t", "select 1 as id, null::varchar as file, null::bigint as line", "id");

        Assert.Empty((await FollowAsync(workspace, version, "1")).Places);
    }

    static async Task<ThingVersion> GraphAsync(TestWorkspace workspace)
    {
        var photos = workspace.Stage(
            "photos", TableMode.Append, "select * from (values (1, 10), (2, 20)) t(photo_id, user_id)", "photo_id");
        var publication = await workspace.PublicationAsync(photos);
        var source = new ExternalVersion("source", "site.db/photos", new string('a', 64), "{}");
        await workspace.Tables.PublishAsync(
            publication with { Inputs = [new PublicationInput("source", null, source)] }, Stop);
        await workspace.AppendAsync(
            "users", "select * from (values (10, 'al'), (20, 'bo')) t(user_id, name)", "user_id");
        var raw = await workspace.PublicationAsync(workspace.Stage(
            "raw", TableMode.Append,
            "select 'log.jsonl' as file, i as line, 1 + (i + 1) % 2 as photo_id from range(1, 9) t(i)",
            "file", "line"));
        var log = new ExternalVersion("file", "log.jsonl", new string('a', 64), "{}");
        await workspace.Tables.PublishAsync(
            raw with { Inputs = [new PublicationInput("file", null, log)] }, Stop);
        return await DeriveAsync(
            workspace, "joined",
            "select * from (values (1, 10, 4), (2, 20, 4)) t(photo_id, user_id, events)", "photos", "users", "raw");
    }

    static async Task<ThingVersion> DeriveAsync(
        TestWorkspace workspace, string table, string query, params string[] inputs)
    {
        var publication = await workspace.PublicationAsync(
            workspace.Stage(table, TableMode.Overwrite, query, "photo_id"));
        var edges = new List<PublicationInput>();
        foreach (var input in inputs)
            edges.Add(new PublicationInput(input, (await workspace.Tables.FindAsync(input, Stop))!.Newest.Id, null));
        return (await workspace.Tables.PublishAsync(publication with { Inputs = edges }, Stop))[0];
    }

    static async Task<RowTraceNode> FollowAsync(TestWorkspace workspace, ThingVersion version, string key) =>
        await new RowTrace(workspace.Tables).FollowAsync(
            await workspace.Lineage.WhyAsync(version.Id, cancellationToken: Stop), key, Stop);

    static async Task FailsAsync(TestWorkspace workspace, ThingVersion version, string key, string code) =>
        Assert.Equal(
            code, (await Assert.ThrowsAsync<MillraceException>(() => FollowAsync(workspace, version, key))).Code);
}
