using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.App.Buckets;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom;
using Millrace.Tests.VersionsRoom;
using Millrace.Versions;
using Millrace.Versions.Lfs;

namespace Millrace.Tests.BucketsRoom;

/// <summary>The LFS server as its clients see it: over HTTP, and through git-lfs itself.</summary>
public abstract class LfsServerTests(SharedPostgres? postgres) : IAsyncLifetime
{
    readonly ScratchFolder _scratch = new();
    readonly HttpClient _http = new();
    TestWorkspace _workspace = null!;
    WebApplication _server = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    string Url => _server.Urls.First();

    public async ValueTask InitializeAsync()
    {
        _workspace = await TestWorkspace.CreateAsync(postgres);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        LfsRoutes.Map(_server, _workspace.Open);
        await _server.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        await _workspace.DisposeAsync();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Git_lfs_pushes_and_another_clone_pulls()
    {
        var large = new byte[3_000_000];
        new Random(3).NextBytes(large);
        var (one, two, origin) = (_scratch["one"], _scratch["two"], _scratch["origin.git"]);
        Directory.CreateDirectory(origin);
        await Git.RunAsync(origin, ["init", "-q", "--bare", "-b", "main"]);
        await Git.InitAsync(one);
        await Git.RunAsync(one, ["config", "lfs.url", $"{Url}/team/photos.git/info/lfs"]);
        await File.WriteAllTextAsync(Path.Combine(one, ".gitattributes"), "*.bin filter=lfs -text\n", Stop);
        await File.WriteAllBytesAsync(Path.Combine(one, "a.bin"), large, Stop);
        await File.WriteAllTextAsync(Path.Combine(one, "b.bin"), "small", Stop);
        await File.WriteAllTextAsync(Path.Combine(one, "empty.bin"), "", Stop);
        await Git.RunAsync(one, ["add", "."]);
        await Git.RunAsync(one, ["commit", "-qm", "a"]);
        await Git.RunAsync(one, ["remote", "add", "origin", origin]);

        await Git.RunAsync(one, ["push", "-q", "origin", "main"]);
        await Git.RunAsync(
            _scratch.Path,
            ["-c", $"lfs.url={Url}/team/photos/info/lfs", "-c", "filter.lfs.process=git-lfs filter-process",
                "-c", "filter.lfs.smudge=git-lfs smudge -- %f", "-c", "filter.lfs.required=true",
                "clone", "-q", origin, two]);

        Assert.Equal(large, await File.ReadAllBytesAsync(Path.Combine(two, "a.bin"), Stop));
        Assert.Equal("small", await File.ReadAllTextAsync(Path.Combine(two, "b.bin"), Stop));
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(two, "empty.bin"), Stop));
        var stored = await _workspace.Open.Lfs.ListAsync("team/photos", Stop);
        Assert.Equal([5L, 3_000_000L], stored.Select(item => item.SizeBytes).Order());
        Assert.Equal(
            stored.Select(item => item.Oid),
            await _workspace.Open.Lfs.RootsAsync(Stop).Select(root => root.Hash.ToString()).ToListAsync(Stop));
    }

    [Fact]
    public async Task Git_lfs_locks_and_unlocks()
    {
        await Git.InitAsync(_scratch["one"]);
        await Git.RunAsync(_scratch["one"], ["config", "lfs.url", $"{Url}/photos.git/info/lfs"]);
        await File.WriteAllTextAsync(_scratch["one/a.bin"], "a", Stop);

        await Git.RunAsync(_scratch["one"], ["lfs", "lock", "a.bin"]);
        var locks = await Git.RunAsync(_scratch["one"], ["lfs", "locks"]);
        await Git.RunAsync(_scratch["one"], ["lfs", "unlock", "--force", "a.bin"]);

        Assert.Contains("a.bin", locks);
        Assert.Empty((await Git.RunAsync(_scratch["one"], ["lfs", "locks"])).Trim());
    }

    [Fact]
    public async Task What_git_lfs_keeps_is_imported()
    {
        var one = _scratch["one"];
        await Git.InitAsync(one);
        await File.WriteAllTextAsync(Path.Combine(one, ".gitattributes"), "*.bin filter=lfs -text\n", Stop);
        Directory.CreateDirectory(Path.Combine(one, "x y"));
        await File.WriteAllTextAsync(Path.Combine(one, "x y/é.bin"), "content", Stop);
        await File.WriteAllTextAsync(Path.Combine(one, "plain.txt"), "plain", Stop);
        await Git.RunAsync(one, ["add", "."]);
        await Git.RunAsync(one, ["commit", "-qm", "a"]);
        var import = new LfsImport(_workspace.Open.Objects, _workspace.Open.Imports);

        var result = await import.ImportAsync(one, "HEAD", "repo", null, Stop);

        var file = Assert.Single(new TreeStore(_workspace.Open.Objects).Files(result.Tree));
        Assert.Equal("x y/é.bin", file.Path);
        Assert.Equal("content"u8.ToArray(), _workspace.Open.Objects.Read(file.Entry.Hash));
        Assert.Equal(0, (await import.ImportAsync(one, "HEAD", "repo", null, Stop)).CopiedCount);
    }

    [Fact]
    public async Task An_object_of_git_lfs_that_is_damaged_is_refused()
    {
        var one = _scratch["one"];
        await Git.InitAsync(one);
        var oid = ContentHash.Of("content"u8);
        await File.WriteAllBytesAsync(Path.Combine(one, "a"), LfsPointer.Create(oid, 7).ToBytes(), Stop);
        await Git.RunAsync(one, ["add", "."]);
        await Git.RunAsync(one, ["commit", "-qm", "a"]);
        var import = new LfsImport(_workspace.Open.Objects, _workspace.Open.Imports);

        var missing = await Assert.ThrowsAsync<MillraceException>(
            () => import.ImportAsync(one, "HEAD", "repo", null, Stop));
        var path = Path.Combine(one, ".git/lfs/objects", LfsPointer.Create(oid, 7).Key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "conTent", Stop);
        var damaged = await Assert.ThrowsAsync<MillraceException>(
            () => import.ImportAsync(one, "HEAD", "repo", null, Stop));

        Assert.Equal("lfs-object-missing", missing.Code);
        Assert.Equal("lfs-object-damaged", damaged.Code);
        Assert.Empty(await _workspace.Open.Imports.ListAsync(Stop));
    }

    [Fact]
    public async Task Other_bytes_than_the_oid_says_are_refused_and_not_visible()
    {
        var oid = ContentHash.Of("right"u8).ToString();

        var wrong = await PutAsync("r", oid, "wrong"u8.ToArray());
        var notThere = await _http.GetAsync($"{Url}/r.git/info/lfs/objects/{oid}", Stop);
        var right = await PutAsync("r", oid, "right"u8.ToArray());

        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        Assert.Contains("\"message\":", await wrong.Content.ReadAsStringAsync(Stop));
        Assert.Equal(HttpStatusCode.NotFound, notThere.StatusCode);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        Assert.False(_workspace.Open.Objects.Contains(ContentHash.Of("wrong"u8)));
    }

    [Fact]
    public async Task A_push_that_breaks_off_leaves_nothing()
    {
        var oid = ContentHash.Of(new byte[2 << 20]).ToString();
        using var broken = new BrokenStream();

        await Assert.ThrowsAsync<IOException>(() => _workspace.Open.Lfs.UploadAsync("r", oid, broken, Stop));

        Assert.Empty(await _workspace.Open.Lfs.ListAsync(null, Stop));
        Assert.Empty(_workspace.Open.Objects.List());
    }

    [Fact]
    public async Task An_object_of_one_repository_is_none_of_another()
    {
        var oid = ContentHash.Of("secret"u8).ToString();
        await PutAsync("mine", oid, "secret"u8.ToArray());

        var get = await _http.GetAsync($"{Url}/other/info/lfs/objects/{oid}", Stop);
        var batch = await BatchAsync("other", Request("upload", (oid, 6)));

        Assert.Equal(HttpStatusCode.NotFound, get.StatusCode);
        Assert.True(batch.GetProperty("objects")[0].GetProperty("actions").TryGetProperty("upload", out _));
    }

    [Theory]
    [InlineData("bytes=2-3", 206, "cd", "bytes 2-3/6")]
    [InlineData("bytes=4-", 206, "ef", "bytes 4-5/6")]
    [InlineData("bytes=-2", 206, "ef", "bytes 4-5/6")]
    [InlineData("bytes=0-100", 206, "abcdef", "bytes 0-5/6")]
    [InlineData("bytes=6-", 416, null, "bytes */6")]
    [InlineData("bytes=3-2", 200, "abcdef", null)]
    [InlineData("bytes=0-1,3-4", 200, "abcdef", null)]
    [InlineData("lines=0-1", 200, "abcdef", null)]
    public async Task A_part_of_an_object_is_given(string range, int status, string? content, string? contentRange)
    {
        var oid = ContentHash.Of("abcdef"u8).ToString();
        await PutAsync("r", oid, "abcdef"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Url}/r/info/lfs/objects/{oid}");
        request.Headers.TryAddWithoutValidation("Range", range);

        var answer = await _http.SendAsync(request, Stop);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(contentRange, answer.Content.Headers.ContentRange?.ToString());
        if (content is not null)
            Assert.Equal(content, await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_batch_says_what_to_do_with_each_object()
    {
        var here = ContentHash.Of("here"u8).ToString();
        var absent = ContentHash.Of("absent"u8).ToString();
        await PutAsync("r", here, "here"u8.ToArray());

        var download = await BatchAsync(
            "r", Request("download", (here, 4), (absent, 6), ("../../x", 1), (here, 5)), "Basic abc");
        var upload = await BatchAsync("r", Request("upload", (here, 4), (absent, 6), (absent, -1)));

        var objects = download.GetProperty("objects");
        var action = objects[0].GetProperty("actions").GetProperty("download");
        Assert.Equal($"{Url}/r.git/info/lfs/objects/{here}", action.GetProperty("href").GetString());
        Assert.Equal("Basic abc", action.GetProperty("header").GetProperty("Authorization").GetString());
        Assert.Equal(
            [404, 422, 422],
            objects.EnumerateArray().Skip(1).Select(item => item.GetProperty("error").GetProperty("code").GetInt32()));
        Assert.False(upload.GetProperty("objects")[0].TryGetProperty("actions", out _));
        Assert.True(upload.GetProperty("objects")[1].GetProperty("actions").TryGetProperty("verify", out _));
        Assert.True(upload.GetProperty("objects")[2].TryGetProperty("error", out _));
    }

    [Theory]
    [InlineData("{", 422)]
    [InlineData("[]", 422)]
    [InlineData("""{"operation":"delete","objects":[]}""", 422)]
    [InlineData("""{"operation":"upload","objects":7}""", 422)]
    [InlineData("""{"operation":"upload","objects":[{"oid":1,"size":"x"}]}""", 422)]
    [InlineData("""{"operation":"upload","objects":[],"transfers":["tus"]}""", 422)]
    [InlineData("""{"operation":"upload","objects":[],"hash_algo":"sha512"}""", 409)]
    public async Task A_batch_that_is_none_is_refused_in_json(string body, int status)
    {
        var answer = await PostAsync($"{Url}/r.git/info/lfs/objects/batch", body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/vnd.git-lfs+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement
            .TryGetProperty("message", out _));
    }

    [Fact]
    public async Task A_batch_has_limits()
    {
        var many = Request("upload", [.. Enumerable.Repeat((new string('a', 64), 1L), 1001)]);
        var long_ = $"{{\"operation\":\"upload\",\"objects\":[],\"x\":\"{new string('x', 1 << 20)}\"}}";

        Assert.Equal(413, (int)(await PostAsync($"{Url}/r/info/lfs/objects/batch", many)).StatusCode);
        Assert.Equal(413, (int)(await PostAsync($"{Url}/r/info/lfs/objects/batch", long_)).StatusCode);
    }

    [Fact]
    public async Task A_verification_compares_the_size()
    {
        var oid = ContentHash.Of("here"u8).ToString();
        await PutAsync("r", oid, "here"u8.ToArray());

        var statuses = new List<int>();
        foreach (var (id, size) in new[] { (oid, 4), (oid, 5), (new string('a', 64), 4) })
        {
            statuses.Add((int)(await PostAsync(
                $"{Url}/r/info/lfs/verify", $"{{\"oid\":\"{id}\",\"size\":{size}}}")).StatusCode);
        }

        Assert.Equal([200, 422, 404], statuses);
    }

    [Fact]
    public async Task Removed_objects_are_gone_for_clients()
    {
        var oid = ContentHash.Of("here"u8).ToString();
        await PutAsync("r", oid, "here"u8.ToArray());

        Assert.Equal(1, await _workspace.Open.Lfs.RemoveAsync("r", [oid], Stop));
        Assert.Equal(0, await _workspace.Open.Lfs.RemoveAsync("r", null, Stop));
        Assert.Equal(404, (int)(await _http.GetAsync($"{Url}/r/info/lfs/objects/{oid}", Stop)).StatusCode);
    }

    static string Request(string operation, params (string Oid, long Size)[] objects) => JsonSerializer.Serialize(
        new { operation, objects = objects.Select(item => new { oid = item.Oid, size = item.Size }) });

    Task<HttpResponseMessage> PutAsync(string repository, string oid, byte[] bytes) =>
        _http.PutAsync($"{Url}/{repository}/info/lfs/objects/{oid}", new ByteArrayContent(bytes), Stop);

    async Task<JsonElement> BatchAsync(string repository, string body, string? authorization = null)
    {
        var answer = await PostAsync($"{Url}/{repository}.git/info/lfs/objects/batch", body, authorization);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement;
    }

    async Task<HttpResponseMessage> PostAsync(string url, string body, string? authorization = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/vnd.git-lfs+json")),
        };
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await _http.SendAsync(request, Stop);
    }

    /// <summary>A connection that ends after 1 MiB.</summary>
    sealed class BrokenStream : MemoryStream
    {
        public BrokenStream() : base(new byte[1 << 20])
        {
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            return count > 0 ? count : throw new IOException("The connection ended.");
        }
    }

    public sealed class OnSqlite() : LfsServerTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : LfsServerTests(postgres);
}
