using System.Net;
using System.Text;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.BucketsRoom;

/// <summary>What is one more, longer or larger than allowed is refused by name, and what is just allowed is taken.
/// </summary>
public sealed class S3LimitTests : IAsyncLifetime
{
    readonly ScratchFolder _scratch = new();
    readonly HttpClient _client = new();
    BucketServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Workspace.Create(_scratch.Path);
        _server = await BucketServer.StartAsync(await Workspace.OpenAsync(_scratch.Path, cancellationToken: Cancel));
        _client.BaseAddress = _server.Address;
        await RefusedAsync(HttpMethod.Put, "/box", "", "");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_key_has_at_most_1024_bytes_and_no_nul()
    {
        await RefusedAsync(HttpMethod.Put, "/box/" + new string('k', 1024), "x", "");
        await RefusedAsync(HttpMethod.Put, "/box/" + new string('k', 1025), "x", "KeyTooLongError");
        await RefusedAsync(
            HttpMethod.Put, "/box/" + string.Concat(Enumerable.Repeat("%C3%BC", 513)), "x", "KeyTooLongError");
        using var withNul = await SendAsync(HttpMethod.Put, "/box/a%00b", "x");
        Assert.Equal(HttpStatusCode.BadRequest, withNul.StatusCode);
    }

    [Theory]
    [InlineData("/box/..%5C..%5Cup")]
    [InlineData("/box/C:%5Cwindows")]
    [InlineData("/box/%5C%5Cserver%5Cshare")]
    [InlineData("/box/a%3Bx")]
    [InlineData("/box/%252e%252e%252fup")]
    [InlineData("/box/file:%2F%2F%2Fetc%2Fpasswd")]
    [InlineData("/box/.millrace%2Fcatalog.db")]
    public async Task A_key_that_looks_like_a_path_touches_no_file(string target)
    {
        var before = _scratch.Names();

        await RefusedAsync(HttpMethod.Put, target, "content", "");

        using var got = await SendAsync(HttpMethod.Get, target, null);
        Assert.Equal("content", await got.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(before, _scratch.Names());
    }

    [Fact]
    public async Task An_object_has_at_most_ten_tags()
    {
        await RefusedAsync(HttpMethod.Put, "/box/tagged", "x", "");
        await RefusedAsync(HttpMethod.Put, "/box/tagged?tagging", Tags(10, "v"), "");
        await RefusedAsync(HttpMethod.Put, "/box/tagged?tagging", Tags(11, "v"), "InvalidTag");
        await RefusedAsync(HttpMethod.Put, "/box/tagged?tagging", Tags(1, new string('v', 257)), "InvalidTag");
    }

    [Fact]
    public async Task At_most_a_thousand_keys_are_deleted_at_once()
    {
        await RefusedAsync(HttpMethod.Post, "/box?delete", Keys(1000), "");
        await RefusedAsync(HttpMethod.Post, "/box?delete", Keys(1001), "MalformedXML");
    }

    [Theory]
    [InlineData("-1", "InvalidArgument")]
    [InlineData("many", "InvalidArgument")]
    [InlineData("99999999999999999999", "InvalidArgument")]
    [InlineData("5000", "")]
    public async Task A_page_has_at_most_a_thousand_keys(string count, string code) =>
        await RefusedAsync(HttpMethod.Get, $"/box?list-type=2&max-keys={count}", null, code);

    [Fact]
    public async Task Metadata_has_at_most_two_kilobytes()
    {
        foreach (var (size, status) in new[] { (1000, HttpStatusCode.OK), (3000, HttpStatusCode.BadRequest) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "/box/described")
            {
                Content = new ByteArrayContent("x"u8.ToArray()),
            };
            request.Headers.Add("x-amz-meta-note", new string('m', size));

            using var answer = await _client.SendAsync(request, Cancel);

            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10001")]
    [InlineData("-1")]
    [InlineData("x")]
    public async Task A_part_has_a_number_from_1_to_10000(string number) => await RefusedAsync(
        HttpMethod.Put, $"/box/large?uploadId=none&partNumber={number}", "x", "InvalidArgument");

    static string Tags(int count, string value) =>
        "<Tagging><TagSet>"
        + string.Concat(Enumerable.Range(0, count).Select(i => $"<Tag><Key>k{i}</Key><Value>{value}</Value></Tag>"))
        + "</TagSet></Tagging>";

    static string Keys(int count) =>
        "<Delete>" + string.Concat(Enumerable.Range(0, count).Select(i => $"<Object><Key>k{i}</Key></Object>"))
        + "</Delete>";

    async Task RefusedAsync(HttpMethod method, string target, string? body, string code)
    {
        using var answer = await SendAsync(method, target, body);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        if (code.Length == 0)
            Assert.True(answer.IsSuccessStatusCode, text);
        else
            Assert.Contains($"<Code>{code}</Code>", text, StringComparison.Ordinal);
    }

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, string? body)
    {
        // As it is written: the client must not tidy the path up.
        var address = new Uri(
            _server.Address.GetLeftPart(UriPartial.Authority) + target,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        return await _client.SendAsync(request, Cancel);
    }
}
