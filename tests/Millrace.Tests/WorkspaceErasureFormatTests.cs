using System.Text.Json;
using Millrace.Objects;
using Millrace.Tables;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests;

/// <summary>What an erasure writes down is what later versions read: tombstones for ever, an intent until it is carried
/// out.</summary>
public sealed class WorkspaceErasureFormatTests
{
    const string Intent = "{\"erasureId\":\"01\",\"table\":\"people\",\"files\":[{\"oldPath\":\"part-1.parquet\","
        + "\"oldObjectList\":\"part-1.objects\",\"new\":{\"path\":\"part-2.parquet\",\"sizeBytes\":100,\"rowCount\":2,"
        + "\"hash\":\"ab\",\"statistics\":\"{}\",\"objectList\":null},\"erasedCount\":1}],"
        + "\"versions\":[{\"id\":1,\"rowCount\":2,\"sizeBytes\":100,\"fileCount\":1}],"
        + "\"segments\":[{\"view\":\"user_activity\",\"deleted\":[\"aa\"],\"onlineId\":3,\"newHash\":\"bb\","
        + "\"entityCount\":4}],\"objects\":[\"cc\"]}";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_key_is_known_by_the_digest_it_always_had() => Assert.Equal(
        "5b913d24265e073d8afc3ba4e99b2c1b49fa73fbda480f5c09035c2488e28cc0",
        WorkspaceErasure.KeyDigest([.. Enumerable.Range(0, 16).Select(i => (byte)i)], "1\tanna"));

    [Fact]
    public void An_intent_is_written_and_read_to_the_character()
    {
        var intent = new WorkspaceErasureIntent(
            "01", "people",
            [
                new RewrittenFile(
                    "part-1.parquet", "part-1.objects", new DataFile("part-2.parquet", 100, 2, "ab", "{}", null), 1),
            ],
            [new WorkspaceErasedVersion(1, 2, 100, 1)],
            [new WorkspaceErasedSegments("user_activity", ["aa"], 3, "bb", 4)], ["cc"]);

        var read = JsonSerializer.Deserialize(Intent, WorkspaceJson.Default.WorkspaceErasureIntent)!;

        Assert.Equal(Intent, JsonSerializer.Serialize(intent, WorkspaceJson.Default.WorkspaceErasureIntent));
        Assert.Equal(Intent, JsonSerializer.Serialize(read, WorkspaceJson.Default.WorkspaceErasureIntent));
        Assert.Equal(intent.Files, read.Files);
    }

    [Fact]
    public async Task A_tombstone_is_the_row_that_the_page_shows()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var hash = workspace.Open.Objects.Put("a portrait"u8);
        await workspace.OverwriteAsync(
            "people", $"select 1 as id, '{ObjectUrl.Format(hash)}' as url union all select 2, null", "id");
        var before = workspace.Tables.OpenAt("people", 0).Identity();

        var report = await new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest
            {
                Table = "people",
                Keys = ["1"],
                WithObjects = true,
                Reason = "request 8",
                By = "ann",
            },
            Stop);

        var objects = Assert.Single(await workspace.Open.Tombstones.ListAsync(Tombstone.ObjectKind, Stop));
        Assert.Equal(("object", "", $"{hash}"), (objects.Kind, objects.Name, objects.Hash));
        Assert.Equal("{\"wasHere\":true}", objects.Detail);
        Assert.Equal(("request 8", "ann", report.ErasureId), (objects.Reason, objects.ErasedBy, objects.ErasureId));
        var row = Assert.Single(await workspace.Open.Tombstones.ListAsync(Tombstone.RowKind, Stop));
        Assert.Equal(("row", "people"), (row.Kind, row.Name));
        Assert.Matches("^\\{\"salt\":\"[0-9a-f]{32}\"\\}$", row.Detail);
        Assert.Matches("^[0-9a-f]{64}$", row.Hash);
        var version = Assert.Single(await workspace.Open.Tombstones.ListAsync(Tombstone.VersionKind, Stop));
        Assert.Equal(("version", "table:people@v0", $"{before}"), (version.Kind, version.Name, version.Hash));
        Assert.Equal($"{{\"identity\":\"{workspace.Tables.OpenAt("people", 0).Identity()}\"}}", version.Detail);
    }
}
