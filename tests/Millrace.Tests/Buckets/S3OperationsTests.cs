using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.BucketsRoom;

public abstract class S3OperationsTests(SharedPostgres? postgres) : IAsyncLifetime
{
    readonly ScratchFolder _scratch = new();
    readonly HttpClient _client = new();
    BucketServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await WorkspaceCatalog.PlaceAsync(_scratch.Path, postgres);
        await File.AppendAllTextAsync(
            _scratch["millrace.yaml"], "versions:\n  author: Ann <ann@example.org>\n", Cancel);
        Workspace.Create(_scratch.Path);
        _server = await BucketServer.StartAsync(await Workspace.OpenAsync(_scratch.Path, cancellationToken: Cancel));
        _client.BaseAddress = _server.Address;
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Put, "/box")).StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_is_put_is_read_whole_in_ranges_and_not_again_when_it_is_known()
    {
        var put = await Send(HttpMethod.Put, "/box/a%20key", "hello world");
        Assert.Equal("\"5eb63bbbe01eeed093cb22bb8f5acdc3\"", put.Headers.ETag!.Tag);

        Assert.Equal("hello world", await Text(HttpMethod.Get, "/box/a%20key"));
        Assert.Equal("world", await Text(HttpMethod.Get, "/box/a%20key", range: new(6, null), status: 206));
        Assert.Equal("rld", await Text(HttpMethod.Get, "/box/a%20key", range: new(null, 3), status: 206));
        Assert.Contains("InvalidRange", await Text(HttpMethod.Get, "/box/a%20key", range: new(11, null), status: 416));
        var known = new HttpRequestMessage(HttpMethod.Get, "/box/a%20key");
        known.Headers.IfNoneMatch.Add(put.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, (await _client.SendAsync(known, Cancel)).StatusCode);
    }

    [Fact]
    public async Task What_is_not_here_is_said_and_never_a_silent_success()
    {
        Assert.Contains("NotImplemented", await Text(HttpMethod.Put, "/box?lifecycle", "<x/>", status: 501));
        Assert.Contains("NotImplemented", await Text(HttpMethod.Get, "/box?notification", status: 501));
        Assert.Contains("NoSuchLifecycleConfiguration", await Text(HttpMethod.Get, "/box?lifecycle", status: 404));
        Assert.Contains("NoSuchKey", await Text(HttpMethod.Get, "/box/none", status: 404));
        Assert.Contains("NoSuchBucket", await Text(HttpMethod.Get, "/none-there/none", status: 404));
        Assert.Contains("MethodNotAllowed", await Text(HttpMethod.Put, "/millrace/main/a", "x", status: 405));
        Assert.Contains("MalformedXML", await Text(
            HttpMethod.Post, "/box?delete", "<!DOCTYPE a [<!ENTITY b 'c'>]><Delete>&b;</Delete>", status: 400));
    }

    [Fact]
    public async Task A_file_of_a_version_is_copied_into_a_bucket()
    {
        Directory.CreateDirectory(_scratch["data"]);
        await File.WriteAllTextAsync(_scratch["data/a b.txt"], "hello world", Cancel);
        var versions = _server.Workspace.Versions;
        await versions.AddAsync(["data"], cancellationToken: Cancel);
        var commit = (await versions.CommitAsync(new("One"), Cancel)).Id;

        var copied = await Copy("/box/copy", "/millrace/main/data/a%20b.txt");
        var missing = await Copy("/box/copy", "/millrace/main/none");
        var begun = await Text(HttpMethod.Post, "/box/parts?uploads");
        var upload = begun.Split("<UploadId>")[1].Split('<')[0];
        var part = await Copy(
            $"/box/parts?partNumber=1&uploadId={upload}", $"millrace/{commit}/data/a%20b.txt", "bytes=6-10");
        var tag = (await part.Content.ReadAsStringAsync(Cancel)).Split("<ETag>")[1].Split("</ETag>")[0]
            .Replace("&quot;", "", StringComparison.Ordinal).Trim('"');
        await Text(
            HttpMethod.Post, $"/box/parts?uploadId={upload}",
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + tag
            + "</ETag></Part></CompleteMultipartUpload>");

        Assert.Equal(HttpStatusCode.OK, copied.StatusCode);
        Assert.Equal("hello world", await Text(HttpMethod.Get, "/box/copy"));
        Assert.Equal("world", await Text(HttpMethod.Get, "/box/parts"));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("NoSuchKey", await missing.Content.ReadAsStringAsync(Cancel));
        Assert.Contains(
            $"<Key>{commit.ToString()[..10]}/data/a b.txt</Key>",
            await Text(HttpMethod.Get, $"/millrace?list-type=2&prefix={commit.ToString()[..10]}/"));
        Assert.DoesNotContain("1970", await Text(HttpMethod.Get, "/"));
        // Clients that copy in parts ask for the labels first.
        Assert.Contains("<TagSet", await Text(HttpMethod.Get, "/millrace/main/data/a%20b.txt?tagging"));
        Assert.Contains("NotImplemented", await Text(
            HttpMethod.Get, "/millrace/main/data/a%20b.txt?acl", status: 501));
    }

    [Fact]
    public async Task A_name_that_can_name_no_bucket_is_refused_with_the_rule_that_it_breaks()
    {
        Assert.Contains("it has 2 characters, and 3 to 63 are allowed", await Text(HttpMethod.Put, "/rc", status: 400));
        Assert.Contains("upper-case", await Text(HttpMethod.Put, "/Photos", status: 400));
        Assert.Contains("it has &#39;_&#39;", await Text(HttpMethod.Put, "/my_box", status: 400));
        Assert.Contains("begins and ends", await Text(HttpMethod.Put, "/box-", status: 400));
    }

    [Fact]
    public async Task Many_keys_are_deleted_at_once()
    {
        await Send(HttpMethod.Put, "/box/one", "1");
        await Send(HttpMethod.Put, "/box/two", "2");

        var answer = await Text(
            HttpMethod.Post, "/box?delete",
            "<Delete><Object><Key>one</Key></Object><Object><Key>two</Key></Object></Delete>");

        Assert.Contains("<Key>two</Key>", answer);
        Assert.DoesNotContain("<Contents>", await Text(HttpMethod.Get, "/box?list-type=2"));
    }

    async Task<HttpResponseMessage> Copy(string path, string source, string? range = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path);
        request.Headers.Add("x-amz-copy-source", source);
        if (range is not null)
            request.Headers.Add("x-amz-copy-source-range", range);
        return await _client.SendAsync(request, Cancel);
    }

    async Task<string> Text(
        HttpMethod method, string path, string? body = null, RangeItemHeaderValue? range = null, int status = 200)
    {
        var answer = await Send(method, path, body, range);
        Assert.Equal(status, (int)answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    async Task<HttpResponseMessage> Send(
        HttpMethod method, string path, string? body = null, RangeItemHeaderValue? range = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (range is not null)
            request.Headers.Range = new RangeHeaderValue(range.From, range.To);
        return await _client.SendAsync(request, Cancel);
    }

    public sealed class OnSqlite() : S3OperationsTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : S3OperationsTests(postgres);
}
