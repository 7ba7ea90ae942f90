using System.Text;
using Millrace.Buckets.Payload;
using Millrace.Buckets.Signing;

namespace Millrace.Tests.BucketsRoom;

/// <summary>The worked examples of the S3 reference, "Authenticating requests".</summary>
public sealed class SigV4VectorTests
{
    const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const string Scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

    [Fact]
    public void A_get_with_a_range_has_the_published_signature() => Check(
        "GET", "/test.txt", "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ("range", "bytes=0-9"), ("x-amz-content-sha256", EmptyHash));

    [Fact]
    public void A_put_of_a_name_that_is_encoded_has_the_published_signature() => Check(
        "PUT", "/test%24file.text", "", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"));

    [Fact]
    public void A_query_without_a_value_has_the_published_signature() => Check(
        "GET", "/", "lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ("x-amz-content-sha256", EmptyHash));

    [Fact]
    public void A_list_has_the_published_signature() => Check(
        "GET", "/", "max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ("x-amz-content-sha256", EmptyHash));

    [Fact]
    public void A_presigned_get_has_the_published_signature_and_ends_after_a_day()
    {
        var request = Request(
            "GET", "/test.txt",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + Uri.EscapeDataString(Scope)
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
        var claim = SigV4Claim.FromQuery(request);

        claim.Check(request, Key());

        claim.CheckTime(Signed.AddDays(1));
        Assert.Equal(
            "presign-expired", Assert.Throws<MillraceException>(() => claim.CheckTime(Signed.AddSeconds(86_401))).Code);
        Assert.Equal(
            "request-time-skewed",
            Assert.Throws<MillraceException>(() => claim.CheckTime(Signed.AddMinutes(-16))).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Signed_chunks_have_the_published_signatures_and_no_other(int wrongChunk)
    {
        string[] signatures =
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ];
        var claim = StreamingClaim(
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            "66824");

        var right = await ReadAsync(claim, signatures, "", hasTrailers: false);
        signatures[wrongChunk] = signatures[wrongChunk].Replace('a', '0');
        var failure = await Assert.ThrowsAsync<MillraceException>(() => ReadAsync(claim, signatures, "", false));

        Assert.Equal(66_560, right);
        Assert.Equal("signature-mismatch", failure.Code);
    }

    [Fact]
    public async Task Signed_chunks_with_a_trailer_have_the_published_signatures()
    {
        string[] signatures =
        [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ];
        var claim = StreamingClaim(
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", null, ("x-amz-trailer", "x-amz-checksum-crc32c"));
        const string TrailerSignature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
        var trailer = $"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:{TrailerSignature}\r\n";

        var right = await ReadAsync(claim, signatures, trailer, hasTrailers: true);
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => ReadAsync(claim, signatures, trailer.Replace("-signature:d8", "-signature:d9"), true));

        Assert.Equal(66_560, right);
        Assert.Equal("signature-mismatch", failure.Code);
    }

    static DateTimeOffset Signed => new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    static byte[] Key() => SigningKeys.Derive(Secret, "20130524", "us-east-1");

    static async Task<long> ReadAsync(SigV4Claim claim, string[] signatures, string trailer, bool hasTrailers)
    {
        var text = new StringBuilder();
        var sizes = new[] { 65_536, 1024, 0 };
        for (var i = 0; i < sizes.Length; i++)
        {
            text.Append($"{sizes[i]:x};chunk-signature={signatures[i]}\r\n").Append('a', sizes[i])
                .Append(sizes[i] > 0 ? "\r\n" : "");
        }

        text.Append(trailer).Append("\r\n");
        await using var chunks = new ChunkedPayloadStream(
            new MemoryStream(Encoding.ASCII.GetBytes(text.ToString())), 66_560, new ChunkSignatures(claim, Key()),
            hasTrailers, hasTrailers ? ["x-amz-checksum-crc32c"] : []);
        await using var payload = new VerifiedPayloadStream(chunks, new PayloadExpectation
        {
            SizeBytes = 66_560,
            Algorithm = hasTrailers ? ChecksumAlgorithm.Crc32C : null,
        });
        using var read = new MemoryStream();
        await payload.CopyToAsync(read, TestContext.Current.CancellationToken);
        return read.Length;
    }

    static SigV4Claim StreamingClaim(string seed, string mode, string? length, params (string, string)[] more)
    {
        (string, string)[] headers =
        [
            ("host", "s3.amazonaws.com"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", mode), ("x-amz-date", "20130524T000000Z"), ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"), .. length is null ? [] : new[] { ("content-length", length) },
            .. more,
        ];
        return Check("PUT", "/examplebucket/chunkObject.txt", "", seed, headers);
    }

    static SigV4Claim Check(
        string method, string path, string query, string signature, params (string Name, string Value)[] headers)
    {
        var request = Request(method, path, query, headers);
        var names = string.Join(';', request.Headers.Keys.Order(StringComparer.Ordinal));
        var claim = SigV4Claim.FromHeader(
            request, $"AWS4-HMAC-SHA256 Credential={Scope},SignedHeaders={names},Signature={signature}");

        claim.Check(request, Key());

        claim.CheckTime(Signed.AddMinutes(15));
        return claim;
    }

    static SignedRequest Request(
        string method, string path, string query, params (string Name, string Value)[] headers)
    {
        var all = new Dictionary<string, IReadOnlyList<string>>
        {
            ["host"] = ["examplebucket.s3.amazonaws.com"],
        };
        if (query.StartsWith("X-Amz", StringComparison.Ordinal) is false)
        {
            all["x-amz-date"] = ["20130524T000000Z"];
        }

        foreach (var (name, value) in headers)
        {
            all[name] = [value];
        }

        return new SignedRequest(method, path, query, all);
    }
}
