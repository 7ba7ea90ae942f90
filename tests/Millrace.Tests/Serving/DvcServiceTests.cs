using System.Security.Cryptography;
using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.VersionsRoom;
using Millrace.Versions.Dvc;

namespace Millrace.Tests.AppServing;

/// <summary>DVC projects whose remote is a bucket, over the own S3 server.</summary>
public sealed class DvcServiceTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Objects_come_from_the_bucket_that_the_project_names()
    {
        await using var service = await OwnService.StartAsync();
        await using var here = await TestCheckout.MakeAsync();
        using var scratch = new ScratchFolder();
        var settings = service.Settings("dvc");
        byte[][] contents = [[], "small"u8.ToArray(), new byte[DvcServiceStream.WindowSize], new byte[9_000_000]];
        new Random(1).NextBytes(contents[3]);
        using var bucket = new S3Backend(BackendAddress.Parse(settings.Url, "/"), settings);
        Directory.CreateDirectory(scratch["project/.dvc"]);
        for (var i = 0; i < contents.Length; i++)
        {
            var md5 = Md5(contents[i]);
            await bucket.PutAsync(
                $"files/md5/{md5[..2]}/{md5[2..]}", new MemoryStream(contents[i]), contents[i].Length, Cancel);
            await File.WriteAllTextAsync(
                scratch[$"project/f{i}.dvc"],
                $"outs:\n- md5: {md5}\n  size: {contents[i].Length}\n  hash: md5\n  path: f{i}\n", Cancel);
        }

        // A remote that begins at another, as teams share one bucket.
        var (name, prefix) = (settings.Url[..settings.Url.LastIndexOf('/')], "dvc");
        await File.WriteAllTextAsync(
            scratch["project/.dvc/config"],
            $"""
            [core]
                remote = mine
            ['remote "mine"']
                url = remote://all/{prefix}
            ['remote "all"']
                url = {name}
                endpointurl = {settings.Endpoint}
                credentialpath = {settings.CredentialsFile}
            ['remote "far"']
                url = gs://user:secret@elsewhere/x
            """, Cancel);
        var project = await DvcProject.OpenAsync(scratch["project"], null, Cancel);
        var sources = project.Services;

        var result = await ImportAsync(here, project, [.. project.Sources, .. sources]);

        Assert.Equal((4, 4), (result.FileCount, result.CopiedCount));
        foreach (var bytes in contents)
            Assert.Equal(bytes, here.Workspace.Objects.Read(ContentHash.Of(bytes)));
        var again = await ImportAsync(here, project, [.. project.Sources, project.FindRemote("mine")!]);
        Assert.Equal(0, again.CopiedCount);
        var unsupported = Assert.Throws<MillraceException>(() => project.FindRemote("far"));
        Assert.Equal("dvc-remote-unsupported", unsupported.Code);
        Assert.DoesNotContain("secret", unsupported.Message, StringComparison.Ordinal);
        Assert.Null(project.FindRemote("none"));
        foreach (var source in sources)
            source.Dispose();
    }

    [Fact]
    public async Task What_the_bucket_lacks_is_named_with_the_remotes_that_are_not_read()
    {
        await using var service = await OwnService.StartAsync();
        await using var here = await TestCheckout.MakeAsync();
        using var scratch = new ScratchFolder();
        var md5 = Md5("gone"u8);
        Directory.CreateDirectory(scratch["project/.dvc"]);
        await File.WriteAllTextAsync(
            scratch["project/f.dvc"], $"outs:\n- md5: {md5}\n  size: 4\n  hash: md5\n  path: f\n", Cancel);
        await File.WriteAllTextAsync(
            scratch["project/.dvc/config"], "['remote \"far\"']\n    url = ssh://user@elsewhere/x\n", Cancel);
        var project = await DvcProject.OpenAsync(scratch["project"], null, Cancel);
        using var source = DvcSource.Parse(service.Settings("dvc").Url, service.Settings("dvc"));

        var missing = await Assert.ThrowsAsync<MillraceException>(
            () => ImportAsync(here, project, [.. project.Sources, source]));

        Assert.Equal("dvc-object-missing", missing.Code);
        Assert.Contains("'far' (ssh://elsewhere/x)", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gs://bucket/x", "dvc-remote-unsupported")]
    [InlineData("azure://container/x", "dvc-remote-unsupported")]
    [InlineData("ssh://host/x", "dvc-remote-unsupported")]
    [InlineData("/there/is/none", "dvc-remote-missing")]
    public void A_place_that_cannot_be_read_is_refused_by_name(string place, string code) => Assert.Equal(
        code, Assert.Throws<MillraceException>(() => DvcSource.Parse(place, new RemoteSettings { Url = "" })).Code);

    static Task<DvcImportResult> ImportAsync(TestCheckout here, DvcProject project, IReadOnlyList<DvcSource> sources) =>
        new DvcImport(here.Workspace.Objects, here.Workspace.Digests, here.Workspace.Imports).ImportAsync(
            project, sources, new("project"), null, Cancel);

    static string Md5(ReadOnlySpan<byte> bytes)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(bytes);
        return Convert.ToHexStringLower(md5.GetHashAndReset());
    }
}
