using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.App.Versions;
using Millrace.Buckets;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Commands that bring files in and hand them out.</summary>
public sealed class ImportCommandTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_of_a_bucket_that_came_in_parts_is_one_file()
    {
        await using var here = await TestCheckout.MakeAsync();
        byte[][] parts = [Noise.Of(6 << 20, 1), Noise.Of(100_000, 2)];
        var buckets = here.Workspace.Buckets;
        await buckets.CreateAsync("box", "ann", cancellationToken: Cancel);
        var upload = await buckets.BeginUploadAsync("box", new ObjectVersion { Key = "big" }, "", true, Cancel);
        var chosen = new List<ChosenPart>();
        for (var i = 0; i < parts.Length; i++)
        {
            using var body = await buckets.StoreAsync(
                new MemoryStream(parts[i]), parts[i].Length, cancellationToken: Cancel);
            var part = await buckets.PutPartAsync("box", "big", upload.Id, i + 1, body, "", Cancel);
            chosen.Add(new ChosenPart(i + 1, part.ETag, null));
        }

        await buckets.CompleteUploadAsync("box", "big", upload.Id, chosen, WriteConditions.None, null, Cancel);
        await here.CloseAsync();

        var code = await RunAsync(here, "bucket:box/big", "data/big");
        var again = await RunAsync(here, "bucket:box/big", "data/big", "--update");
        var missing = await Assert.ThrowsAsync<MillraceException>(() => RunAsync(here, "bucket:box/none", "data/none"));

        Assert.Equal((0, 0), (code, again));
        byte[] whole = [.. parts[0], .. parts[1]];
        Assert.Equal(whole, await File.ReadAllBytesAsync(Path.Join(here.Folder, "data/big"), Cancel));
        Assert.Equal("There is no object 'none' in bucket 'box'.", missing.Message);
    }

    [Fact]
    public async Task What_a_commit_has_is_handed_to_users_of_dvc()
    {
        using var scratch = new ScratchFolder();
        await using var here = await TestCheckout.MakeAsync();
        await here.CommitAsync("One", ("data/a", "one"), ("data/b", "two"));
        File.Delete(Path.Join(here.Folder, "data/a"));
        await here.CloseAsync();

        var code = await DvcCommands.Dvc().Parse(
            ["export", "HEAD:data", "--to", scratch["project"], "--workspace", here.Folder])
            .InvokeAsync(Quiet, Cancel);

        Assert.Equal(0, code);
        Assert.Contains("nfiles: 2", await File.ReadAllTextAsync(scratch["project/data.dvc"], Cancel));
    }

    [Fact]
    public void Text_of_others_cannot_command_a_terminal()
    {
        Assert.Equal("red \\x1b[31m\tx\\x07 \\u202e", SafeText.Escape("red \u001b[31m\tx\a \u202e"));
        Assert.Equal("plain é 日本", SafeText.Escape("plain é 日本"));
    }

    [Fact]
    public void Of_what_a_service_client_looked_at_only_the_first_sentence_is_said() => Assert.Equal(
        "Failed to resolve AWS credentials.",
        S3Backend.FirstSentence(
            "Failed to resolve AWS credentials. The credential providers returned the following errors:\r\n\r\n"
            + "Exception 1 of 4: webIdentityTokenFile must be an absolute path"));

    static InvocationConfiguration Quiet => new() { EnableDefaultExceptionHandler = false };

    static Task<int> RunAsync(TestCheckout here, string url, string path, params string[] more) =>
        ImportUrlCommands.ImportUrl().Parse(
            [url, Path.Join(here.Folder, path), "--workspace", here.Folder, .. more]).InvokeAsync(Quiet, Cancel);
}
