namespace Millrace.Tests.AppServing;

/// <summary>What comes after a request whose body was not read is never taken for that body, nor the body for a
/// request.</summary>
public sealed class RefusedBodyTests : IAsyncLifetime
{
    const string Expect = "Expect: 100-continue\r\n";
    const string Second = "GET /second HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    WireServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WireServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("AccessDenied", "")]
    [InlineData("InvalidArgument", "Authorization: nonsense\r\n")]
    [InlineData("AuthorizationHeaderMalformed", "Authorization: AWS4-HMAC-SHA256 Credential=a\r\n")]
    [InlineData("InvalidDigest", "Content-MD5: none\r\n")]
    public async Task A_put_that_is_refused_before_its_body_was_asked_for_ends_the_connection(
        string code, string header)
    {
        using var connection = await WireConnection.OpenAsync(_server.S3);

        await connection.SendAsync(Put(9, Expect + header));
        var answer = await connection.ReadAsync();
        await connection.SendAsync(Second);

        Assert.Equal(code, answer.Code);
        Assert.Contains("Connection: close", answer.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AccessDenied", "")]
    [InlineData("InvalidArgument", "Authorization: nonsense\r\n")]
    [InlineData("InvalidDigest", "Content-MD5: none\r\n")]
    public async Task A_request_after_a_put_that_was_refused_with_its_body_is_answered_as_itself(
        string code, string header)
    {
        using var connection = await WireConnection.OpenAsync(_server.S3);

        await connection.SendAsync(Put(100_000, header) + "GET /body HTTP/1.1\r\n");
        var refused = await connection.ReadAsync();
        await connection.SendAsync(new string('x', 100_000 - "GET /body HTTP/1.1\r\n".Length) + Second);
        var second = await connection.ReadAsync();

        Assert.Equal(code, refused.Code);
        Assert.Contains("<Resource>/second</Resource>", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_asked_for_keeps_the_connection()
    {
        var request = new WireRequest("PUT", "/bucket/key").Sign(WireRequest.Unsigned);
        var headers = string.Concat(request.Headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        using var connection = await WireConnection.OpenAsync(_server.S3);

        await connection.SendAsync(Put(9, Expect + headers));
        var asked = await connection.ReadAsync();
        await connection.SendAsync("123456789" + Second);
        var put = await connection.ReadAsync();
        var second = await connection.ReadAsync();

        Assert.Equal((100, 200), (asked.Status, put.Status));
        Assert.Equal("123456789"u8.ToArray(), _server.Stored("bucket", "key"));
        Assert.Contains("<Resource>/second</Resource>", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_what_was_said_of_it_ends_the_connection()
    {
        var request = new WireRequest("PUT", "/bucket/key").With("Content-MD5", "AfnnlDI7RTiF9RgfG2JNCw==")
            .Sign(WireRequest.Unsigned);
        var headers = string.Concat(request.Headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        using var connection = await WireConnection.OpenAsync(_server.S3);

        await connection.SendAsync(Put(9, Expect + headers));
        var asked = await connection.ReadAsync();
        await connection.SendAsync("1234567890" + Second);
        var answer = await connection.ReadAsync();

        Assert.Equal((100, "BadDigest"), (asked.Status, answer.Code));
        Assert.DoesNotContain("HTTP/1.1", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 401)]
    [InlineData("Origin: http://evil.example\r\n", 403)]
    public async Task A_put_to_the_API_that_is_refused_before_its_body_was_asked_for_ends_the_connection(
        string header, int status)
    {
        using var connection = await WireConnection.OpenAsync(_server.Api);

        await connection.SendAsync(
            $"PUT /repository/info/lfs/objects/{new string('a', 64)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + $"Content-Length: 9\r\n{Expect}{header}\r\n");
        var answer = await connection.ReadAsync();
        await connection.SendAsync(Second);

        Assert.Equal(status, answer.Status);
        Assert.Contains("Connection: close", answer.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    static string Put(int length, string headers) =>
        $"PUT /bucket/key HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n{headers}\r\n";
}
