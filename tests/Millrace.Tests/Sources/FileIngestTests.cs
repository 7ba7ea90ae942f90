using Millrace.Pipelines;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

public sealed class FileIngestTests
{
    static readonly byte[] Jpeg = [0xff, 0xd8, 1, 2, 3, 0xff, 0xd9];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("files")]
    [InlineData("files/")]
    public async Task Files_become_objects_and_only_new_ones_are_stored_the_next_time(string folder)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "a.jpg", Jpeg);
        await RowsAsync(workspace, "(1, 'a.jpg')");
        await IngestAsync(workspace, folder);
        Write(workspace, "b.txt", [7]);
        await RowsAsync(workspace, "(1, 'a.jpg'), (2, 'b.txt')");

        var second = await IngestAsync(workspace, folder);

        var urls = await workspace.RowsAsync("select object, size_bytes from files order by id");
        Assert.Equal(["7", "1"], urls.Select(row => row.Split('|')[1]));
        Assert.True(Millrace.Objects.ObjectUrl.TryParse(urls[0].Split('|')[0], out var hash));
        Assert.Equal(Jpeg, await workspace.Open.Objects.ReadAsync(hash, Stop));
        Assert.Contains("\"newFiles\":1", second.Versions[0].Summary);
        Assert.NotNull(workspace.Log("files")!.Files[0].ObjectList);
    }

    [Theory]
    [InlineData("../secret.txt", "leads outside")]
    [InlineData("/etc/hostname", "leads outside")]
    [InlineData("a/../../files-beside/x", "leads outside")]
    [InlineData("", "leads outside")]
    [InlineData(".", "leads outside")]
    [InlineData("a' || chr(0) || 'b", "leads outside")]
    [InlineData("absent.jpg", "does not exist")]
    [InlineData("cut.jpg", "cut off")]
    [InlineData("empty.jpg", "is empty")]
    public async Task A_file_that_can_not_be_stored_is_quarantined_with_its_reason(string name, string reason)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "a.jpg", Jpeg);
        Write(workspace, "cut.jpg", Jpeg[..^2]);
        Write(workspace, "empty.jpg", []);
        File.WriteAllText(Path.Join(workspace.Outside, "secret.txt"), "secret");
        Directory.CreateDirectory(Path.Join(workspace.Outside, "files-beside"));
        File.WriteAllText(Path.Join(workspace.Outside, "files-beside", "x"), "secret");
        await RowsAsync(workspace, $"(1, 'a.jpg'), (2, '{name}')");

        var outcome = await IngestAsync(workspace, "files");

        Assert.Equal(["1"], await workspace.RowsAsync("select id from files"));
        Assert.Contains(reason, Assert.Single(await workspace.RowsAsync("select reason from \"files$quarantine\"")));
        Assert.Contains("id 2", Assert.Single(outcome.Warnings));
    }

    [Fact]
    public async Task A_quarantined_file_is_tried_again_and_leaves_the_quarantine()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "a.jpg", Jpeg[..^2]);
        await RowsAsync(workspace, "(1, 'a.jpg')");
        await IngestAsync(workspace, "files");
        Assert.Single(await workspace.RowsAsync("from \"files$quarantine\""));

        Write(workspace, "a.jpg", Jpeg);
        await IngestAsync(workspace, "files");

        Assert.Empty(await workspace.RowsAsync("from \"files$quarantine\""));
        Assert.Equal(["1"], await workspace.RowsAsync("select id from files"));
    }

    static void Write(TestWorkspace workspace, string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.Join(workspace.Outside, "files"));
        File.WriteAllBytes(Path.Join(workspace.Outside, "files", name), bytes);
    }

    static Task RowsAsync(TestWorkspace workspace, string rows) => workspace.OverwriteAsync(
        "photos", $"select id::bigint as id, file from (values {rows}) t(id, file)", "id");

    static Task<TaskOutcome> IngestAsync(TestWorkspace workspace, string folder)
    {
        var pipeline = Pipeline.Create("night", []);
        var rows = pipeline.Sql("photos", $"select 1", ["id"]);
        pipeline.IngestFiles("files", rows, "file", Path.Join(workspace.Outside, folder));
        return workspace.RunTaskAsync(pipeline, "files");
    }
}
