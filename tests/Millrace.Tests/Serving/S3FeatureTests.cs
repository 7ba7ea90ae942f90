using System.Globalization;

namespace Millrace.Tests.AppServing;

/// <summary>Operations of S3 as clients ask for them, over the wire.</summary>
public sealed class S3FeatureTests : IAsyncLifetime
{
    const string Cors = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.org</AllowedOrigin>"
        + "<AllowedMethod>GET</AllowedMethod><AllowedHeader>x-mine</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
        + "<MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";

    S3Site _site = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await S3Site.StartAsync();
        Assert.Equal(200, (await _site.SendAsync("Write", "PUT", "/photos/a", "0123456789")).Status);
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task A_page_of_an_allowed_origin_may_ask_and_no_other()
    {
        Assert.Equal(200, (await _site.SendAsync("Admin", "PUT", "/photos?cors=", Cors)).Status);

        var allowed = await AskAsync("https://www.example.org", "GET", "x-mine");
        var simple = await _site.SendAsync("Read", "GET", "/photos/a", "", ("origin", "https://www.example.org"));

        Assert.Equal(200, allowed.Status);
        Assert.Contains("Access-Control-Allow-Origin: https://www.example.org", allowed.Head, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Max-Age: 60", allowed.Head, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Expose-Headers: ETag", simple.Head, StringComparison.Ordinal);
        Assert.Equal(403, (await AskAsync("https://example.com", "GET", "")).Status);
        Assert.Equal(403, (await AskAsync("https://www.example.org", "PUT", "")).Status);
        Assert.Equal(403, (await AskAsync("https://www.example.org", "GET", "x-other")).Status);
        Assert.Equal(400, (await _site.SendAsync("", "OPTIONS", "/photos/a")).Status);

        Task<WireAnswer> AskAsync(string origin, string method, string headers) => _site.SendAsync(
            "", "OPTIONS", "/photos/a", "", ("origin", origin), ("access-control-request-method", method),
            ("access-control-request-headers", headers));
    }

    [Fact]
    public async Task A_page_may_ask_before_a_presigned_request_and_sees_its_answer()
    {
        Assert.Equal(200, (await _site.SendAsync("Admin", "PUT", "/photos?cors=", Cors)).Status);
        var presigned = new WireRequest("GET", "/photos/a") { Key = "Read", Secret = S3Site.SecretOf("Read") }
            .Presign(60);

        var asked = await AskAsync("OPTIONS", "https://www.example.org");
        var read = await AskAsync("GET", "https://www.example.org");

        Assert.Equal(200, asked.Status);
        Assert.Contains("Access-Control-Allow-Origin: https://www.example.org", asked.Head, StringComparison.Ordinal);
        Assert.Equal((200, "0123456789"), (read.Status, read.Text));
        Assert.Contains("Access-Control-Allow-Origin: https://www.example.org", read.Head, StringComparison.Ordinal);
        Assert.Equal(403, (await AskAsync("OPTIONS", "https://example.com")).Status);
        Assert.Equal(400, (await new WireRequest("OPTIONS", presigned.Target).SendAsync(_site.Address)).Status);

        Task<WireAnswer> AskAsync(string method, string origin) => new WireRequest(method, presigned.Target)
            .With("origin", origin).With("access-control-request-method", "GET").SendAsync(_site.Address);
    }

    [Fact]
    public async Task Tags_come_in_the_order_of_their_names()
    {
        const string First = "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>key</Key><Value>val</Value></Tag>";
        const string Last = "<Tag><Key>key2</Key><Value>val2</Value></Tag>";
        Assert.Equal(200, (await _site.SendAsync(
            "Write", "PUT", "/photos/b", "x", ("x-amz-tagging", "key2=val2&key=val&a=1"))).Status);
        Assert.Equal(200, (await _site.SendAsync("Write", "PUT", "/photos/a?tagging=", Tagging())).Status);
        Assert.Equal(204, (await _site.SendAsync("Admin", "PUT", "/photos?tagging=", Tagging())).Status);

        foreach (var target in new[] { "/photos/a?tagging=", "/photos/b?tagging=", "/photos?tagging=" })
        {
            Assert.Contains(
                First + Last, (await _site.SendAsync("Read", "GET", target)).Text, StringComparison.Ordinal);
        }

        static string Tagging() => $"<Tagging><TagSet>{Last}{First}</TagSet></Tagging>";
    }

    [Fact]
    public async Task A_part_that_is_read_comes_with_its_checksum()
    {
        var id = (await _site.SendAsync(
            "Write", "POST", "/photos/parts?uploads=", "", ("x-amz-checksum-algorithm", "CRC32"))).Text
            .Split("<UploadId>")[1].Split('<')[0];
        var part = await _site.SendAsync("Write", "PUT", $"/photos/parts?partNumber=1&uploadId={id}", "123456789");
        var tag = part.Head.Split("ETag: ")[1].Split('\r')[0];
        Assert.Equal(200, (await _site.SendAsync(
            "Write", "POST", $"/photos/parts?uploadId={id}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>"
            + "</CompleteMultipartUpload>")).Status);
        Assert.Equal(200, (await _site.SendAsync(
            "Write", "PUT", "/photos/one", "123456789", ("x-amz-checksum-crc32", "y/Q5Jg=="))).Status);

        foreach (var method in new[] { "GET", "HEAD" })
        {
            var of = await _site.SendAsync(
                "Read", method, "/photos/parts?partNumber=1", "", ("x-amz-checksum-mode", "ENABLED"));
            Assert.Equal(206, of.Status);
            Assert.Contains("x-amz-checksum-crc32: y/Q5Jg==\r\n", of.Head, StringComparison.Ordinal);
            Assert.Contains("x-amz-checksum-type: COMPOSITE", of.Head, StringComparison.Ordinal);
            var one = await _site.SendAsync(
                "Read", method, "/photos/one?partNumber=1", "", ("x-amz-checksum-mode", "ENABLED"));
            Assert.Contains("x-amz-checksum-crc32: y/Q5Jg==\r\n", one.Head, StringComparison.Ordinal);
            Assert.DoesNotContain(
                "x-amz-checksum", (await _site.SendAsync("Read", method, "/photos/parts?partNumber=1")).Head,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_append_is_refused_and_replaces_nothing()
    {
        var answer = await _site.SendAsync("Write", "PUT", "/photos/a", "more", ("x-amz-write-offset-bytes", "10"));

        Assert.Equal((501, "NotImplemented"), (answer.Status, answer.Code));
        Assert.Equal("0123456789", (await _site.SendAsync("Read", "GET", "/photos/a")).Text);
    }

    [Fact]
    public async Task Tags_are_put_with_an_object_read_and_taken_away()
    {
        var put = await _site.SendAsync("Write", "PUT", "/photos/b", "x", ("x-amz-tagging", "k=v&l=w"));
        Assert.Equal(200, put.Status);
        var read = await _site.SendAsync("Read", "GET", "/photos/b?tagging=");
        var counted = await _site.SendAsync("Read", "HEAD", "/photos/b");

        Assert.Contains("<Key>k</Key><Value>v</Value>", read.Text, StringComparison.Ordinal);
        Assert.Contains("x-amz-tagging-count: 2", counted.Head, StringComparison.Ordinal);
        Assert.Equal(204, (await _site.SendAsync("Write", "DELETE", "/photos/b?tagging=")).Status);
        Assert.DoesNotContain(
            "<Key>", (await _site.SendAsync("Read", "GET", "/photos/b?tagging=")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_is_copied_from_a_range_of_another_object()
    {
        var id = (await _site.SendAsync("Write", "POST", "/photos/c?uploads=")).Text
            .Split("<UploadId>")[1].Split('<')[0];
        Assert.Equal("InvalidRange", (await CopyAsync("bytes=5-50")).Code);
        Assert.Equal("InvalidArgument", (await CopyAsync("bytes=5-2")).Code);
        var copied = await CopyAsync("bytes=2-5");
        var tag = copied.Text.Split("<ETag>")[1].Split('<')[0];

        var complete = await _site.SendAsync(
            "Write", "POST", $"/photos/c?uploadId={id}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>"
            + "</CompleteMultipartUpload>");

        Assert.Equal(200, complete.Status);
        Assert.Equal("2345", (await _site.SendAsync("Read", "GET", "/photos/c")).Text);

        Task<WireAnswer> CopyAsync(string range) => _site.SendAsync(
            "Write", "PUT", $"/photos/c?partNumber=1&uploadId={id}", "", ("x-amz-copy-source", "/photos/a"),
            ("x-amz-copy-source-range", range));
    }

    [Fact]
    public async Task A_copy_a_read_a_write_and_a_delete_look_at_their_conditions()
    {
        var tag = (await _site.SendAsync("Read", "HEAD", "/photos/a")).Head
            .Split("ETag: ")[1].Split('\r')[0];

        Assert.Equal(304, (await GetAsync("if-none-match", tag)).Status);
        Assert.Equal(412, (await GetAsync("if-match", "\"other\"")).Status);
        Assert.Equal(200, (await GetAsync("if-match", tag)).Status);
        Assert.Equal(412, (await CopyAsync("x-amz-copy-source-if-match", "\"other\"")).Status);
        Assert.Equal(412, (await CopyAsync("x-amz-copy-source-if-none-match", tag)).Status);
        Assert.Equal(200, (await CopyAsync("x-amz-copy-source-if-match", tag)).Status);
        Assert.Equal(412, (await PutAsync("/photos/a", "if-none-match", "*")).Status);
        Assert.Equal(412, (await PutAsync("/photos/a", "if-match", "\"other\"")).Status);
        Assert.Equal(200, (await PutAsync("/photos/new", "if-none-match", "*")).Status);
        Assert.Equal(412, (await DeleteAsync("\"other\"")).Status);
        Assert.Equal(204, (await DeleteAsync(tag)).Status);

        Task<WireAnswer> GetAsync(string name, string value) =>
            _site.SendAsync("Read", "GET", "/photos/a", "", (name, value));

        Task<WireAnswer> CopyAsync(string name, string value) => _site.SendAsync(
            "Write", "PUT", "/photos/copy", "", ("x-amz-copy-source", "/photos/a"), (name, value));

        Task<WireAnswer> PutAsync(string target, string name, string value) =>
            _site.SendAsync("Write", "PUT", target, "x", (name, value));

        Task<WireAnswer> DeleteAsync(string value) =>
            _site.SendAsync("Write", "DELETE", "/photos/a", "", ("if-match", value));
    }

    [Fact]
    public async Task A_locked_version_stays_until_its_time()
    {
        const string Lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
            + "</ObjectLockConfiguration>";
        const string Versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        Assert.Equal(200, (await _site.SendAsync("Admin", "PUT", "/photos?versioning=", Versioned)).Status);
        Assert.Equal(200, (await _site.SendAsync("Admin", "PUT", "/photos?object-lock=", Lock)).Status);
        var until = TimeProvider.System.GetUtcNow().AddHours(1).UtcDateTime
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

        var put = await _site.SendAsync(
            "Admin", "PUT", "/photos/held", "x", ("x-amz-object-lock-mode", "COMPLIANCE"),
            ("x-amz-object-lock-retain-until-date", until));
        var id = put.Head.Split("x-amz-version-id: ")[1].Split('\r')[0];

        Assert.Equal(403, (await _site.SendAsync("Admin", "DELETE", $"/photos/held?versionId={id}")).Status);
        Assert.Equal(
            "x", (await _site.SendAsync("Read", "GET", $"/photos/held?versionId={id}")).Text);
        Assert.Contains(
            "COMPLIANCE", (await _site.SendAsync("Admin", "GET", "/photos/held?retention=")).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "/photos/e", "x-amz-server-side-encryption", "AES256")]
    [InlineData("PUT", "/photos/e", "x-amz-server-side-encryption-customer-algorithm", "AES256")]
    [InlineData("PUT", "/photos?lifecycle=", "x-test", "1")]
    [InlineData("PUT", "/photos?replication=", "x-test", "1")]
    [InlineData("PUT", "/photos?website=", "x-test", "1")]
    [InlineData("PUT", "/photos?logging=", "x-test", "1")]
    [InlineData("PUT", "/photos?encryption=", "x-test", "1")]
    [InlineData("PUT", "/photos?notification=", "x-test", "1")]
    public async Task What_is_not_here_answers_NotImplemented(string method, string target, string name, string value)
    {
        var answer = await _site.SendAsync("Admin", method, target, "", (name, value));

        Assert.Equal(501, answer.Status);
        Assert.Equal("NotImplemented", answer.Code);
        Assert.Equal(404, (await _site.SendAsync("Read", "GET", "/photos/e")).Status);
    }

    [Fact]
    public async Task An_object_tells_its_attributes()
    {
        var answer = await _site.SendAsync(
            "Read", "GET", "/photos/a?attributes=", "", ("x-amz-object-attributes", "ETag,ObjectSize"));

        Assert.Contains("<ObjectSize>10</ObjectSize>", answer.Text, StringComparison.Ordinal);
        Assert.Contains("<ETag>781e5e245d69b566979b86e28d23f2c7</ETag>", answer.Text, StringComparison.Ordinal);
    }
}
