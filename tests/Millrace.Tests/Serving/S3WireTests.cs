using System.Net.Sockets;
using System.Text;

namespace Millrace.Tests.AppServing;

public sealed class S3WireTests : IAsyncLifetime
{
    const string Target = "/bucket/key";

    WireServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WireServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    static byte[] Content => Encoding.ASCII.GetBytes("123456789");

    [Fact]
    public async Task A_payload_whose_hash_is_signed_is_stored_and_read()
    {
        var put = await Put().Sign(WireRequest.Hash(Content)).SendAsync(_server.S3);
        var get = await new WireRequest("GET", Target).Sign(WireRequest.Unsigned).SendAsync(_server.S3);

        Assert.Equal(200, put.Status);
        Assert.Contains("ETag: \"25f9e794323b453885f5181f1b624d0b\"", put.Head, StringComparison.Ordinal);
        Assert.Contains("x-amz-request-id: ", put.Head, StringComparison.Ordinal);
        Assert.Contains("Server: Millrace", put.Head, StringComparison.Ordinal);
        Assert.Equal(Content, get.Body);
    }

    [Theory]
    [InlineData("crc32", "y/Q5Jg==")]
    [InlineData("crc32c", "4waSgw==")]
    [InlineData("crc64nvme", "rosUhgp5mIg=")]
    [InlineData("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]
    [InlineData("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=")]
    public async Task A_checksum_in_a_header_or_trailer_is_verified(string algorithm, string value)
    {
        var wrong = (value[0] == 'A' ? "B" : "A") + value[1..];
        var name = $"x-amz-checksum-{algorithm}";

        Assert.Equal(200, (await WithHeader(value)).Status);
        Assert.Equal(200, (await WithTrailer(value)).Status);
        Assert.Equal("BadDigest", (await WithHeader(wrong)).Code);
        Assert.Equal("BadDigest", (await WithTrailer(wrong)).Code);
        Assert.Equal("InvalidDigest", (await WithHeader("AAAA")).Code);

        Task<WireAnswer> WithHeader(string text) =>
            Put().With(name, text).Sign(WireRequest.Unsigned).SendAsync(_server.S3);

        Task<WireAnswer> WithTrailer(string text)
        {
            var request = Trailing(name).Sign("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
            request.Body = Encoding.ASCII.GetBytes($"9\r\n123456789\r\n0\r\n{name}:{text}\r\n\r\n");
            return request.SendAsync(_server.S3);
        }
    }

    [Fact]
    public async Task Signed_chunks_are_stored_without_their_signatures()
    {
        var answer = await Chunked("12345", "6789").SendAsync(_server.S3);

        Assert.Equal(200, answer.Status);
        Assert.Equal(Content, _server.Stored("bucket", "key"));
    }

    [Fact]
    public async Task A_chunk_whose_signature_is_wrong_leaves_nothing()
    {
        var request = Chunked("12345", "6789");
        request.Body = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(request.Body).Replace("6789", "6780"));

        var answer = await request.SendAsync(_server.S3);

        Assert.Equal(403, answer.Status);
        Assert.Equal("SignatureDoesNotMatch", answer.Code);
        Assert.Null(_server.Stored("bucket", "key"));
    }

    [Fact]
    public async Task Chunks_in_another_order_are_refused()
    {
        var request = Chunked("12345", "67890");
        var text = Encoding.Latin1.GetString(request.Body);
        var second = text.IndexOf("5;chunk", 1, StringComparison.Ordinal);
        var last = text.IndexOf("0;chunk", StringComparison.Ordinal);
        request.Body = Encoding.Latin1.GetBytes(text[second..last] + text[..second] + text[last..]);

        Assert.Equal("SignatureDoesNotMatch", (await request.SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task A_payload_that_is_cut_short_is_refused()
    {
        var request = Chunked("12345", "6789");
        request.Body = request.Body[..^20];

        Assert.Equal("IncompleteBody", (await request.SendAsync(_server.S3)).Code);
        Assert.Null(_server.Stored("bucket", "key"));
    }

    [Fact]
    public async Task A_client_that_goes_away_in_its_payload_leaves_nothing()
    {
        var head = $"PUT {Target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 20\r\n";
        var signed = Put().Sign(WireRequest.Unsigned);
        head += string.Concat(signed.Headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(_server.S3.Host, _server.S3.Port, TestContext.Current.CancellationToken);
            await using var stream = client.GetStream();
            await stream.WriteAsync(
                Encoding.Latin1.GetBytes($"{head}\r\n123456789"), TestContext.Current.CancellationToken);
            client.Client.Shutdown(SocketShutdown.Send);
            // The server closes its side when it is done with the request.
            await Record.ExceptionAsync(async () => await stream.CopyToAsync(
                Stream.Null, TestContext.Current.CancellationToken));
        }

        Assert.Null(_server.Stored("bucket", "key"));
    }

    [Fact]
    public async Task Something_behind_the_last_chunk_is_refused()
    {
        var request = Chunked("12345", "6789");
        request.Body = [.. request.Body, .. "more"u8];

        Assert.Equal("InvalidChunkSizeError", (await request.SendAsync(_server.S3)).Code);
        Assert.Null(_server.Stored("bucket", "key"));
    }

    [Fact]
    public async Task Unsigned_chunks_are_no_way_around_a_signature()
    {
        var request = Trailing("x-amz-checksum-crc32").With(
            "x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        request.Body = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n"u8.ToArray();

        var answer = await request.SendAsync(_server.S3);

        Assert.Equal("AccessDenied", answer.Code);
        Assert.Null(_server.Stored("bucket", "key"));
    }

    [Fact]
    public async Task Signed_chunks_without_a_signature_of_the_head_are_refused()
    {
        var request = Put().With("x-amz-content-sha256", WireRequest.SignedChunks)
            .With("x-amz-decoded-content-length", "9");

        Assert.Equal("AccessDenied", (await request.SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task A_payload_that_is_not_the_signed_one_is_refused()
    {
        var answer = await Put().Sign(WireRequest.Hash([1])).SendAsync(_server.S3);

        Assert.Equal(400, answer.Status);
        Assert.Equal("XAmzContentSHA256Mismatch", answer.Code);
        Assert.Null(_server.Stored("bucket", "key"));
    }

    [Theory]
    [InlineData("JfnnlDI7RTiF9RgfG2JNCw==", "")]
    [InlineData("AfnnlDI7RTiF9RgfG2JNCw==", "BadDigest")]
    [InlineData("AAAA", "InvalidDigest")]
    [InlineData("", "InvalidDigest")]
    public async Task Content_MD5_is_verified(string md5, string code) =>
        Assert.Equal(
            code, (await Put().With("Content-MD5", md5).Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Code);

    [Fact]
    public async Task An_empty_payload_is_verified_too()
    {
        var right = await new WireRequest("PUT", Target).Sign(WireRequest.Hash([])).SendAsync(_server.S3);
        var wrong = await new WireRequest("PUT", Target).Sign(WireRequest.Hash([1])).SendAsync(_server.S3);

        Assert.Equal(200, right.Status);
        Assert.Contains("d41d8cd98f00b204e9800998ecf8427e", right.Head, StringComparison.Ordinal);
        Assert.Equal("XAmzContentSHA256Mismatch", wrong.Code);
    }

    [Fact]
    public async Task An_object_without_a_length_is_refused()
    {
        var answer = await new WireRequest("PUT", Target).Sign(WireRequest.Unsigned)
            .SendAsync(_server.S3, withLength: false);

        Assert.Equal(411, answer.Status);
        Assert.Equal("MissingContentLength", answer.Code);
    }

    [Fact]
    public async Task More_than_five_gibibytes_are_refused_before_they_come()
    {
        var request = Put().With("content-length", $"{(5L << 30) + 1}").Sign(WireRequest.Unsigned);

        Assert.Equal("EntityTooLarge", (await request.SendAsync(_server.S3)).Code);
    }

    [Theory]
    [InlineData("/bucket//a", "/a")]
    [InlineData("/bucket/a/../b", "a/../b")]
    [InlineData("/bucket/a/./b//", "a/./b//")]
    [InlineData("/bucket/%252e%252e", "%2e%2e")]
    [InlineData("/bucket/%2E%2E/x", "../x")]
    [InlineData("/bucket/%F0%9F%8C%8A%20%2B%25", "🌊 +%")]
    [InlineData("/bucket/a%3Fb%23c", "a?b#c")]
    [InlineData("/bucket/..%5C..%5Cup", @"..\..\up")]
    [InlineData("/bucket/a%3Bx", "a;x")]
    public async Task A_key_survives_as_it_was_written(string target, string key)
    {
        // The signer wants the canonical form, in which dots are not encoded.
        var request = new WireRequest("PUT", target.Replace("%2E", ".")) { Body = Content };

        var answer = await request.Sign(WireRequest.Unsigned).SendAsync(_server.S3);

        Assert.Equal(200, answer.Status);
        Assert.Equal(Content, _server.Stored("bucket", key));
    }

    [Fact]
    public async Task A_bucket_may_be_named_by_the_host()
    {
        var request = new WireRequest("PUT", "/a//b") { Body = Content, Host = "photos.s3.test:9000" };

        Assert.Equal(200, (await request.Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Status);
        Assert.Equal(Content, _server.Stored("photos", "a//b"));
    }

    [Theory]
    [InlineData("/bucket/%zz")]
    [InlineData("/bucket/%C3%28")]
    [InlineData("/bucket/%C0%AE%C0%AE/etc")]
    [InlineData("/bucket/%ED%A0%80")]
    [InlineData("/bucket/%F8%88%80%80%80")]
    public async Task A_target_that_is_not_encoded_UTF_8_is_refused(string target)
    {
        var answer = await new WireRequest("GET", target).Sign(WireRequest.Unsigned).SendAsync(_server.S3);

        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task A_head_that_fails_has_no_body()
    {
        var answer = await new WireRequest("HEAD", Target).Sign(WireRequest.Unsigned).SendAsync(_server.S3);

        Assert.Equal(404, answer.Status);
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task An_error_names_its_fields_and_no_header_of_the_request()
    {
        var answer = await new WireRequest("GET", "/bucket").With("x-evil", "<script>").SendAsync(_server.S3);

        Assert.Equal(403, answer.Status);
        Assert.Contains("<BucketName>bucket</BucketName>", answer.Text, StringComparison.Ordinal);
        Assert.Contains("<Resource>/bucket</Resource>", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("script", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<Delete><Object><Key>a&#x1F30A;</Key></Object></Delete>", "")]
    [InlineData("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Delete>&e;</Delete>", "MalformedXML")]
    [InlineData("<Delete>", "MalformedXML")]
    [InlineData("<Other/>", "MalformedXML")]
    [InlineData("", "MissingRequestBodyError")]
    public async Task An_XML_body_is_read_without_trust(string xml, string code)
    {
        var request = new WireRequest("POST", Target) { Body = Encoding.UTF8.GetBytes(xml) };

        Assert.Equal(code, (await request.Sign(WireRequest.Hash(request.Body)).SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task An_XML_body_that_is_deep_or_large_is_refused()
    {
        var deep = new WireRequest("POST", Target)
        {
            Body = Encoding.ASCII.GetBytes("<Delete>" + string.Concat(Enumerable.Repeat("<a>", 100_000))),
        };
        var large = new WireRequest("POST", Target) { Body = new byte[3 << 20] };

        Assert.Equal("MalformedXML", (await deep.Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Code);
        Assert.Equal("EntityTooLarge", (await large.Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task A_client_that_sends_its_head_slowly_does_not_hold_up_others()
    {
        var slow = new List<TcpClient>();
        for (var i = 0; i < 100; i++)
        {
            var client = new TcpClient();
            slow.Add(client);
            await client.ConnectAsync(_server.S3.Host, _server.S3.Port, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("GET / HT"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Assert.Equal(200, (await Put().Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Status);
        slow.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Two_headers_that_say_how_the_payload_is_sent_are_refused()
    {
        var request = Put().With("x-amz-content-sha256", WireRequest.Hash(Content)).Sign(WireRequest.Unsigned);

        Assert.Equal("InvalidRequest", (await request.SendAsync(_server.S3)).Code);
    }

    static WireRequest Put() => new("PUT", Target) { Body = Content };

    static WireRequest Trailing(string trailer) => new WireRequest("PUT", Target)
        .With("content-encoding", "aws-chunked").With("x-amz-decoded-content-length", "9")
        .With("x-amz-trailer", trailer);

    static WireRequest Chunked(params string[] chunks) => new WireRequest("PUT", Target)
        .With("content-encoding", "aws-chunked")
        .With("x-amz-decoded-content-length", $"{chunks.Sum(chunk => chunk.Length)}")
        .Sign(WireRequest.SignedChunks).WithSignedChunks(chunks);
}
