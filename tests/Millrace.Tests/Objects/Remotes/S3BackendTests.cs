using Millrace.Objects;
using Millrace.Objects.Backends;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What of the S3 backend shows without a service. The contract itself is run against a service where there is
/// one.</summary>
public sealed class S3BackendTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Credentials_that_are_named_and_not_there_are_an_error_without_a_value()
    {
        var settings = new RemoteSettings
        {
            Url = "s3://bucket/x",
            AccessKeyVariable = "MILLRACE_NOT_SET",
            SecretKeyVariable = "MILLRACE_NOT_SET_2",
        };

        var error = Assert.Throws<MillraceException>(() => BackendFactory.Open(settings, "/"));

        Assert.Equal("remote-credentials", error.Code);
        Assert.Contains("MILLRACE_NOT_SET", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_unavailable_and_named()
    {
        var settings = new RemoteSettings
        {
            Url = "s3://bucket/x",
            Endpoint = "http://127.0.0.1:9",
            CredentialsCommand = """/bin/echo {"AccessKeyId":"a","SecretAccessKey":"b"}""",
        };
        using var backend = BackendFactory.Open(settings, "/");

        var error = await Assert.ThrowsAsync<MillraceException>(
            () => backend.TryPutAsync("refs/x", default, Cancel));

        Assert.Equal("remote-unavailable", error.Code);
        Assert.Contains("s3://bucket/x at http://127.0.0.1:9", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bin/false", "ended with code 1")]
    [InlineData("/bin/echo no json", "did not print JSON")]
    [InlineData("/there/is/no/such/program", "could not be started")]
    public async Task A_credentials_command_that_fails_says_how(string command, string expected)
    {
        using var backend = BackendFactory.Open(
            new RemoteSettings { Url = "s3://bucket", Endpoint = "http://127.0.0.1:9", CredentialsCommand = command },
            "/");

        var error = await Assert.ThrowsAsync<MillraceException>(() => backend.TryPutAsync("refs/x", default, Cancel));

        Assert.Equal("remote-credentials", error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket/a/b", "s3://bucket/a/b")]
    [InlineData("s3://bucket/a/b/", "s3://bucket/a/b")]
    [InlineData("S3://bucket", "s3://bucket")]
    [InlineData("file:///data/x%20y", "/data/x y")]
    [InlineData("/data/x", "/data/x")]
    [InlineData("../x", "/base/x")]
    public void An_address_is_a_bucket_or_a_folder(string text, string expected) =>
        Assert.Equal(expected, BackendAddress.Parse(text, "/base/work").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("s3://")]
    [InlineData("s3://key:secret@bucket/x")]
    [InlineData("s3://bucket:9000/x")]
    [InlineData("s3://Bucket/x")]
    [InlineData("s3://bucket/../x")]
    [InlineData("s3://bucket//x")]
    [InlineData("https://example.org/x")]
    [InlineData("file://host/x")]
    public void Any_other_address_is_refused_and_shows_no_secret(string text)
    {
        var error = Assert.Throws<MillraceException>(() => BackendAddress.Parse(text, "/base"));

        Assert.Equal("remote-url-invalid", error.Code);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }
}
