using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Millrace.Tests.AppServing;

/// <summary>The client that others use speaks with the server.</summary>
public sealed class AwsSdkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_SDK_puts_it_gets(bool isChunked)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var server = await WireServer.StartAsync();
        using var client = Client(server, WireServer.SecretKey);
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        const string Key = "a folder//ü+%2F/~*'()🌊";

        await client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = "bucket",
                Key = Key,
                InputStream = new MemoryStream(bytes),
                UseChunkEncoding = isChunked,
            },
            cancellationToken);

        Assert.Equal(bytes, server.Stored("bucket", Key));
        using var got = await client.GetObjectAsync("bucket", Key, cancellationToken);
        using var read = new MemoryStream();
        await got.ResponseStream.CopyToAsync(read, cancellationToken);
        Assert.Equal(bytes, read.ToArray());
    }

    [Fact]
    public async Task The_SDK_understands_an_error()
    {
        await using var server = await WireServer.StartAsync();
        using var client = Client(server, WireServer.SecretKey);
        using var stranger = Client(server, "a-wrong-secret");

        var missing = await Assert.ThrowsAsync<NoSuchKeyException>(
            () => client.GetObjectAsync("bucket", "nothing", TestContext.Current.CancellationToken));
        var refused = await Assert.ThrowsAsync<AmazonS3Exception>(
            () => stranger.GetObjectAsync("bucket", "nothing", TestContext.Current.CancellationToken));

        Assert.Equal(16, missing.RequestId.Length);
        Assert.Equal("SignatureDoesNotMatch", refused.ErrorCode);
    }

    [Fact]
    public async Task A_link_that_the_SDK_presigns_works_without_a_key()
    {
        await using var server = await WireServer.StartAsync();
        using var client = Client(server, WireServer.SecretKey);
        using var http = new HttpClient();
        var put = await client.GetPreSignedURLAsync(Link(HttpVerb.PUT));
        var get = await client.GetPreSignedURLAsync(Link(HttpVerb.GET));

        using var stored = await http.PutAsync(
            new Uri(put), new ByteArrayContent([1, 2, 3]), TestContext.Current.CancellationToken);
        var read = await http.GetByteArrayAsync(new Uri(get), TestContext.Current.CancellationToken);

        Assert.True(stored.IsSuccessStatusCode);
        Assert.Equal([1, 2, 3], read);
    }

    static GetPreSignedUrlRequest Link(HttpVerb verb) => new()
    {
        BucketName = "bucket",
        Key = "a b",
        Verb = verb,
        Protocol = Protocol.HTTP,
        Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
    };

    static AmazonS3Client Client(WireServer server, string secret) => new(
        new BasicAWSCredentials(WireServer.AccessKey, secret),
        new AmazonS3Config
        {
            ServiceURL = server.S3.ToString(),
            ForcePathStyle = true,
            AuthenticationRegion = "eu-test-1",
            MaxErrorRetry = 0,
        });
}
