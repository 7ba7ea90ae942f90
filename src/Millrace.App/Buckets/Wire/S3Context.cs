using Microsoft.AspNetCore.Http;

namespace Millrace.App.Buckets;

/// <summary>One S3 request whose signature is checked.</summary>
sealed class S3Context
{
    public required HttpContext Http { get; init; }

    public required Workspace Workspace { get; init; }

    public string? Bucket { get; init; }

    /// <summary>Decoded; null for operations on the bucket.</summary>
    public string? Key { get; init; }

    public required S3Caller Caller { get; init; }

    public required string RequestId { get; init; }

    /// <summary>The decoded payload; reading to its end throws when its signature or checksum does not match.</summary>
    public required Stream Body { get; init; }

    public required long? DecodedLength { get; init; }

    public required IReadOnlyDictionary<string, string> Query { get; init; }

    public required PayloadDigests Digests { get; init; }

    public string? ContentEncoding { get; init; }

    /// <summary>Finds out whose signature a posted form carries; its fields have lower-case names.</summary>
    public required Func<IReadOnlyDictionary<string, string>, CancellationToken, Task<S3Caller>> VerifyForm
    {
        get;
        init;
    }

    public bool HasQuery(string name) => Query.ContainsKey(name);
}
