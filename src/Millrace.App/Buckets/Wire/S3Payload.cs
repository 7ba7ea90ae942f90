using System.Globalization;
using Microsoft.AspNetCore.Http;
using Millrace.Buckets.Payload;
using Millrace.Buckets.Signing;

namespace Millrace.App.Buckets;

/// <summary>How a request sends its payload, read from its headers.</summary>
/// <param name="Stream">The payload, decoded and verified.</param>
/// <param name="DecodedLength">Its size, or null.</param>
readonly record struct S3Payload(VerifiedPayloadStream Stream, long? DecodedLength)
{
    /// <summary>The most that one request may bring: S3's limit for an object without parts, and for a part.</summary>
    public const long MaxBytes = 5L * 1024 * 1024 * 1024;

    const string SignedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    const string SignedChunksWithTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    const string UnsignedChunksWithTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    const string StreamingStart = "STREAMING-";
    const int HashLength = 64;

    /// <exception cref="S3Exception">The headers contradict each other.</exception>
    /// <exception cref="MillraceException"><c>digest-malformed</c>, <c>header-repeated</c>.</exception>
    public static S3Payload Open(SignedRequest request, S3Identity identity, HttpRequest http, S3Target target)
    {
        var mode = identity.Claim?.PayloadHash ?? request.Header("x-amz-content-sha256") ?? SigV4Claim.UnsignedPayload;
        var isChunked = mode.StartsWith(StreamingStart, StringComparison.Ordinal);
        var length = isChunked ? ChunkedLength(request) : PlainLength(request, http, target);
        if (length > MaxBytes)
        {
            throw new S3Exception(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.")
                .WithField("MaxSizeAllowed", MaxBytes.ToString(CultureInfo.InvariantCulture));
        }

        var trailers = TrailerNames(request);
        var expectation = Expectation(request, trailers) with { SizeBytes = length, Sha256 = Hash(mode, isChunked) };
        var source = isChunked ? Chunks(mode, identity, http.Body, length!.Value, trailers) : http.Body;
        return new S3Payload(new VerifiedPayloadStream(source, expectation), length);
    }

    static ChunkedPayloadStream Chunks(
        string mode, S3Identity identity, Stream body, long length, IReadOnlyList<string> trailers)
    {
        if (mode == UnsignedChunksWithTrailer)
        {
            return new ChunkedPayloadStream(body, length, null, hasTrailers: true, trailers);
        }

        if (mode is not (SignedChunks or SignedChunksWithTrailer))
        {
            throw new S3Exception(
                501, "NotImplemented", "This way to sign a payload in chunks is not implemented; HMAC-SHA256 is.");
        }

        if (identity is not { Claim: { Expiry: null } claim, SigningKey: { } signingKey })
        {
            throw new S3Exception(403, "AccessDenied", "Signed chunks need a signature in the Authorization header.");
        }

        var signatures = new ChunkSignatures(claim, signingKey);
        return new ChunkedPayloadStream(
            body, length, signatures, mode == SignedChunksWithTrailer,
            mode == SignedChunksWithTrailer ? trailers : []);
    }

    static byte[]? Hash(string mode, bool isChunked)
    {
        if (isChunked || mode == SigV4Claim.UnsignedPayload)
        {
            return null;
        }

        return mode.Length == HashLength && mode.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(mode) : throw new S3Exception(
                400, "InvalidArgument",
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- word, or a valid sha256 value.");
    }

    static PayloadExpectation Expectation(SignedRequest request, IReadOnlyList<string> trailers)
    {
        var expectation = new PayloadExpectation
        {
            Md5 = request.Header("content-md5") is { } md5 ? PayloadExpectation.ParseMd5(md5) : null,
        };
        // When an upload is completed, the checksum is that of the object and not of the list of its parts.
        if (request.Method == HttpMethods.Post && request.Parameter("uploadId") is not null)
        {
            return expectation;
        }

        var found = request.Headers.Keys.Concat(trailers)
            .Select(name => (Name: name, Algorithm: ChecksumNames.ParseHeader(name)))
            .Where(header => header.Algorithm is not null).ToList();
        if (found.Count > 1)
        {
            throw new S3Exception(
                400, "InvalidRequest",
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
        }

        if (found.Count == 0)
        {
            return expectation;
        }

        var (name, algorithm) = found[0];
        return expectation with
        {
            Algorithm = algorithm,
            Checksum = request.Header(name) is { } text
                ? PayloadExpectation.ParseChecksum(text, algorithm!.Value) : null,
        };
    }

    static IReadOnlyList<string> TrailerNames(SignedRequest request)
    {
        if (request.Header("x-amz-trailer") is not { } text)
        {
            return [];
        }

        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(name => name.ToLowerInvariant()).ToList();
        return names.All(name => ChecksumNames.ParseHeader(name) is not null) ? names : throw new S3Exception(
            400, "InvalidRequest", "The value specified in the x-amz-trailer header is not supported.");
    }

    static long ChunkedLength(SignedRequest request) =>
        long.TryParse(
            request.Header("x-amz-decoded-content-length"), NumberStyles.None, CultureInfo.InvariantCulture,
            out var length) ? length : throw MissingLength();

    static long? PlainLength(SignedRequest request, HttpRequest http, S3Target target)
    {
        if (http.ContentLength is { } length)
        {
            return length;
        }

        if (request.Headers.ContainsKey("transfer-encoding"))
        {
            return null;
        }

        // Without either there is no payload; an object is not put by mistake.
        return request.Method == HttpMethods.Put && target.Key is not null
            && !request.Headers.ContainsKey("x-amz-copy-source") ? throw MissingLength() : 0;
    }

    static S3Exception MissingLength() => new(
        411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
}
