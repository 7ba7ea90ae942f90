using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Tests.AppServing;

public sealed class S3SignatureTests : IAsyncLifetime
{
    const string Target = "/bucket/key";

    static readonly DateTimeOffset Now = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    WireServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WireServer.StartAsync(new SetClock(Now));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(0, "NoSuchKey")]
    [InlineData(15, "NoSuchKey")]
    [InlineData(-15, "NoSuchKey")]
    [InlineData(16, "RequestTimeTooSkewed")]
    [InlineData(-16, "RequestTimeTooSkewed")]
    public async Task Clocks_may_differ_by_a_quarter_of_an_hour(int minutes, string code) =>
        Assert.Equal(code, (await Get(Now.AddMinutes(minutes)).Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Code);

    [Theory]
    [InlineData(60, 59, "NoSuchKey")]
    [InlineData(60, 61, "AccessDenied")]
    [InlineData(604_800, 604_799, "NoSuchKey")]
    [InlineData(604_800, 604_801, "AccessDenied")]
    [InlineData(604_801, 0, "AuthorizationQueryParametersError")]
    [InlineData(0, 0, "AuthorizationQueryParametersError")]
    [InlineData(-1, 0, "AuthorizationQueryParametersError")]
    [InlineData(60, -901, "RequestTimeTooSkewed")]
    public async Task A_presigned_request_ends_when_it_says(int expiry, int age, string code)
    {
        var request = Get(Now.AddSeconds(-age)).Presign(expiry);

        Assert.Equal(code, (await request.SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task A_presigned_request_takes_no_header_that_it_does_not_sign()
    {
        var request = Get(Now).Presign(60).With("x-amz-acl", "public-read");

        Assert.Equal("AccessDenied", (await request.SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task A_presigned_request_is_good_for_its_query_only()
    {
        var other = new WireRequest("GET", "/bucket/key?versionId=1") { Time = Now }.Presign(60);

        Assert.Equal("NoSuchKey", (await other.SendAsync(_server.S3)).Code);
        var text = await GetAsync($"{PresignedTarget()}&versionId=2");
        Assert.Equal("SignatureDoesNotMatch", text.Code);
    }

    [Theory]
    [InlineData("x-amz-meta-a")]
    [InlineData("host")]
    [InlineData("x-amz-date")]
    [InlineData("x-amz-content-sha256")]
    public async Task A_header_that_matters_must_be_signed(string header)
    {
        var request = Get(Now).With("x-amz-meta-a", "1");
        request.LeftUnsigned.Add(header);

        var answer = await request.Sign(WireRequest.Unsigned).SendAsync(_server.S3);

        Assert.Equal(403, answer.Status);
        Assert.Equal("AccessDenied", answer.Code);
    }

    [Fact]
    public async Task A_signed_header_that_was_doubled_or_taken_away_is_seen()
    {
        var doubled = Get(Now).With("x-amz-meta-a", "1").Sign(WireRequest.Unsigned).With("x-amz-meta-a", "2");
        var taken = Get(Now).With("x-amz-meta-a", "1").Sign(WireRequest.Unsigned);
        taken.Headers.RemoveAll(header => header.Name == "x-amz-meta-a");
        var both = Get(Now).With("x-amz-meta-a", "1").With("x-amz-meta-a", "2").Sign(WireRequest.Unsigned);

        Assert.Equal("SignatureDoesNotMatch", (await doubled.SendAsync(_server.S3)).Code);
        Assert.Equal("SignatureDoesNotMatch", (await taken.SendAsync(_server.S3)).Code);
        Assert.Equal("NoSuchKey", (await both.SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task Another_secret_does_not_match()
    {
        var request = Get(Now);
        request.Secret = "another-secret";

        Assert.Equal("SignatureDoesNotMatch", (await request.Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task A_key_that_was_removed_is_refused_at_once()
    {
        Assert.Equal("NoSuchKey", (await Get(Now).Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Code);

        await _server.Workspace.Access.RemoveAsync(WireServer.AccessKey, TestContext.Current.CancellationToken);

        Assert.Equal("InvalidAccessKeyId", (await Get(Now).Sign(WireRequest.Unsigned).SendAsync(_server.S3)).Code);
    }

    [Theory]
    [InlineData("", "AccessDenied")]
    [InlineData("Bearer x", "InvalidArgument")]
    [InlineData("AWS x", "InvalidArgument")]
    [InlineData("AWS4-HMAC-SHA256", "AuthorizationHeaderMalformed")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host,Signature=c", "AuthorizationHeaderMalformed")]
    [InlineData("AWS4-HMAC-SHA256 Credential=K/20260314/r/ec2/aws4_request,SignedHeaders=host,Signature=c",
        "AuthorizationHeaderMalformed")]
    [InlineData("AWS4-HMAC-SHA256 Credential=K/20260314/r/s3/aws4_request,SignedHeaders=host,Signature=c",
        "AuthorizationHeaderMalformed")]
    public async Task An_authorization_that_is_none_is_refused(string authorization, string code)
    {
        var request = Get(Now).With("Authorization", authorization);

        Assert.Equal(code, (await request.SendAsync(_server.S3)).Code);
    }

    [Fact]
    public async Task Two_signatures_are_refused()
    {
        var answer = await Get(Now).Presign(60).Sign(WireRequest.Unsigned).SendAsync(_server.S3);

        Assert.Equal("InvalidArgument", answer.Code);
    }

    [Theory]
    [InlineData(60, "NoSuchKey")]
    [InlineData(-1, "AccessDenied")]
    public async Task A_request_that_is_presigned_with_version_2_is_verified(int seconds, string code)
    {
        var expires = (Now.ToUnixTimeSeconds() + seconds).ToString(CultureInfo.InvariantCulture);
        var signature = Version2($"GET\n\n\n{expires}\n{Target}?versionId=1");
        var query = $"AWSAccessKeyId={WireServer.AccessKey}&Signature={Uri.EscapeDataString(signature)}"
            + $"&Expires={expires}&versionId=1";

        Assert.Equal(code, (await GetAsync($"{Target}?{query}")).Code);
        Assert.Equal("SignatureDoesNotMatch", (await GetAsync($"{Target}2?{query}")).Code);
    }

    [Fact]
    public async Task A_header_of_version_2_is_verified()
    {
        const string Date = "Sat, 14 Mar 2026 12:00:00 GMT";
        var signature = Version2($"GET\n\n\n{Date}\nx-amz-meta-a:1\n{Target}");

        var right = await Get(Now).With("Date", Date).With("x-amz-meta-a", "1")
            .With("Authorization", $"AWS {WireServer.AccessKey}:{signature}").SendAsync(_server.S3);
        var wrong = await Get(Now).With("Date", Date).With("x-amz-meta-a", "2")
            .With("Authorization", $"AWS {WireServer.AccessKey}:{signature}").SendAsync(_server.S3);

        Assert.Equal("NoSuchKey", right.Code);
        Assert.Equal("SignatureDoesNotMatch", wrong.Code);
    }

    [Theory]
    [InlineData("/bucket", "/bucket", "AccessDenied")]
    [InlineData("/bucket", "/bucket/", "AccessDenied")]
    [InlineData("/bucket/", "/bucket", "AccessDenied")]
    [InlineData("/bucket", "/bucket//", "SignatureDoesNotMatch")]
    [InlineData("/bucket/key", "/bucket/key/", "SignatureDoesNotMatch")]
    [InlineData("/bucket/key/", "/bucket/key", "SignatureDoesNotMatch")]
    [InlineData("//", "/", "SignatureDoesNotMatch")]
    public async Task Version_2_knows_a_bucket_with_and_without_a_slash_at_its_end(
        string target, string signed, string code)
    {
        const string Date = "Sat, 14 Mar 2026 12:00:00 GMT";
        var signature = Version2($"GET\n\n\n{Date}\n{signed}");

        var answer = await new WireRequest("GET", target).With("Date", Date)
            .With("Authorization", $"AWS {WireServer.AccessKey}:{signature}").SendAsync(_server.S3);

        Assert.Equal(code, answer.Code);
    }

    static WireRequest Get(DateTimeOffset time) => new("GET", Target) { Time = time };

#pragma warning disable CA5350 // The version says so.
    static string Version2(string text) => Convert.ToBase64String(HMACSHA1.HashData(
        Encoding.UTF8.GetBytes(WireServer.SecretKey), Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350

    static string PresignedTarget() =>
        new WireRequest("GET", "/bucket/key?versionId=1") { Time = Now }.Presign(60).Target;

    Task<WireAnswer> GetAsync(string target) => new WireRequest("GET", target).SendAsync(_server.S3);
}
