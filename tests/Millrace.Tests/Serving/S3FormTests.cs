using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Tests.AppServing;

/// <summary>Objects that a form of a web page posts: who signed its policy, and what that allows.</summary>
public sealed class S3FormTests : IAsyncLifetime
{
    const string Boundary = "----form";

    static readonly string[] Conditions =
        ["{\"bucket\":\"photos\"}", "[\"starts-with\",\"$key\",\"up/\"]", "[\"content-length-range\",3,10]"];

    S3Site _site = null!;

    public async ValueTask InitializeAsync() => _site = await S3Site.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task A_form_whose_policy_is_signed_puts_its_file()
    {
        var answer = await PostAsync(Signed("Write", "up/${filename}", Conditions, 60), "12345");

        Assert.Equal(204, answer.Status);
        Assert.Equal("12345", (await _site.SendAsync("Read", "GET", "/photos/up/photo.jpg")).Text);
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("Elsewhere")]
    public async Task A_key_without_the_right_to_write_signs_no_form(string key)
    {
        var answer = await PostAsync(Signed(key, "up/a", Conditions, 60), "12345");

        Assert.Equal("AccessDenied", answer.Code);
        Assert.Equal(404, (await _site.SendAsync("Read", "GET", "/photos/up/a")).Status);
    }

    [Fact]
    public async Task A_form_that_nobody_signed_puts_nothing() =>
        Assert.Equal("AccessDenied", (await PostAsync([("key", "up/a")], "12345")).Code);

    [Fact]
    public async Task A_policy_that_was_changed_after_it_was_signed_is_refused()
    {
        var fields = Signed("Write", "up/a", Conditions, 60);
        var policy = fields.FindIndex(field => field.Name == "policy");
        fields[policy] = ("policy", Policy(["[\"starts-with\",\"$key\",\"\"]"], 60));

        Assert.Equal("SignatureDoesNotMatch", (await PostAsync(fields, "12345")).Code);
    }

    [Fact]
    public async Task A_policy_ends_when_it_says()
    {
        var answer = await PostAsync(Signed("Write", "up/a", Conditions, -60), "12345");

        Assert.Equal("AccessDenied", answer.Code);
        Assert.Contains("Policy expired", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other/a", "12345", "AccessDenied")]
    [InlineData("up/a", "12", "EntityTooSmall")]
    [InlineData("up/a", "12345678901", "EntityTooLarge")]
    public async Task A_form_that_its_policy_does_not_allow_leaves_nothing(string key, string content, string code)
    {
        var answer = await PostAsync(Signed("Write", key, Conditions, 60), content);

        Assert.Equal(code, answer.Code);
        Assert.DoesNotContain(
            "<Contents>", (await _site.SendAsync("Read", "GET", "/photos")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_that_no_condition_names_is_refused()
    {
        var fields = Signed("Write", "up/a", Conditions, 60);
        fields.Add(("acl", "public-read"));

        Assert.Contains("Extra input fields", (await PostAsync(fields, "12345")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_have_a_limit_in_number_and_in_bytes()
    {
        List<(string, string)> many = [.. Enumerable.Range(0, 101).Select(i => ($"x-ignore-{i}", "1"))];

        Assert.Equal("MaxPostPreDataLengthExceeded", (await PostAsync(many, "12345")).Code);
        Assert.Equal(
            "MaxPostPreDataLengthExceeded",
            (await PostAsync([("x-ignore-1", new string('x', (20 * 1024) + 1))], "12345")).Code);
    }

    [Theory]
    [InlineData("------form\r\nnonsense")]
    [InlineData("------form\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n------form--\r\n")]
    [InlineData("")]
    public async Task A_body_that_is_no_form_with_a_file_is_refused(string body)
    {
        var answer = await SendAsync(body);

        Assert.InRange(answer.Status, 400, 499);
    }

    static string Policy(string[] conditions, int seconds)
    {
        var end = TimeProvider.System.GetUtcNow().AddSeconds(seconds).UtcDateTime
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(
            $"{{\"expiration\":\"{end}\",\"conditions\":[{string.Join(',', conditions)}]}}"));
    }

    static List<(string Name, string Value)> Signed(string key, string objectKey, string[] conditions, int seconds)
    {
        var policy = Policy(conditions, seconds);
        var date = TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var signing = Encoding.UTF8.GetBytes($"AWS4{S3Site.SecretOf(key)}");
        foreach (var part in new[] { date, "eu-test-1", "s3", "aws4_request" })
            signing = HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(part));
        return
        [
            ("key", objectKey), ("policy", policy), ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", $"{key}/{date}/eu-test-1/s3/aws4_request"), ("x-amz-date", $"{date}T000000Z"),
            ("x-amz-signature", Convert.ToHexStringLower(
                HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(policy)))),
        ];
    }

    Task<WireAnswer> PostAsync(List<(string Name, string Value)> fields, string content)
    {
        var body = new StringBuilder();
        foreach (var (name, value) in fields)
            body.Append($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.Append(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\n"
            + $"Content-Type: image/jpeg\r\n\r\n{content}\r\n--{Boundary}--\r\n");
        return SendAsync(body.ToString());
    }

    Task<WireAnswer> SendAsync(string body) => _site.SendAsync(
        "", "POST", "/photos", body, ("content-type", $"multipart/form-data; boundary={Boundary}"));
}
