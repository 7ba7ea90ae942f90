using Microsoft.AspNetCore.Http;
using Millrace.App.Serving;

namespace Millrace.App.Buckets;

/// <summary>A request of the S3 protocol whose signature is right, and where its answer goes.</summary>
sealed class S3Context
{
    public required HttpContext Http { get; init; }

    public required Workspace Workspace { get; init; }

    /// <summary>Decoded; null when all buckets are meant.</summary>
    public string? Bucket { get; init; }

    /// <summary>Decoded once and otherwise as the client wrote it; null for a bucket.</summary>
    public string? Key { get; init; }

    public required S3Caller Caller { get; init; }

    public required string RequestId { get; init; }

    /// <summary>The payload without any transfer coding. The bytes that complete it are handed out only after lengths,
    /// signatures and checksums were found right; else reading throws <see cref="S3Exception"/>.</summary>
    public required Stream Body { get; init; }

    /// <summary>The payload's size; null when the client does not say it.</summary>
    public required long? DecodedLength { get; init; }

    /// <summary>Decoded; the first value of each name, empty for a flag.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>How long the client may take for each block of a body that is sent.</summary>
    public TimeSpan BlockTimeout { get; init; } = new ServerLimits().BlockTimeout;

    public required PayloadDigests Digests { get; init; }

    /// <summary>The Content-Encoding without <c>aws-chunked</c>, which is of the transfer only; null when nothing is
    /// left.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Finds out whose signature a posted form carries; its fields have lower-case names. Without one it is
    /// the anonymous caller's.</summary>
    public required Func<IReadOnlyDictionary<string, string>, CancellationToken, Task<S3Caller>> VerifyForm
    {
        get;
        init;
    }

    public bool HasQuery(string name) => Query.ContainsKey(name);
}
