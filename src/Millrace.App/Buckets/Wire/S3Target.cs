using Millrace.Buckets.Signing;

namespace Millrace.App.Buckets;

/// <summary>What a request is about. It is read from the target as it came over the wire, for a key may hold anything:
/// <c>//</c>, <c>..</c> and percent signs mean themselves.</summary>
/// <param name="Bucket">Decoded; null for all buckets.</param>
/// <param name="Key">Decoded; null for a bucket.</param>
/// <param name="HostBucket">The bucket when the host names it, else null.</param>
readonly record struct S3Target(string? Bucket, string? Key, string? HostBucket)
{
    /// <summary>Parts path and query of a target; one with a scheme and a host (as for a proxy) loses them.</summary>
    public static (string Path, string Query) Split(string rawTarget)
    {
        var target = rawTarget;
        if (!target.StartsWith('/'))
        {
            var scheme = target.IndexOf("://", StringComparison.Ordinal);
            var slash = scheme < 0 ? -1 : target.IndexOf('/', scheme + 3);
            target = slash < 0 ? "/" : target[slash..];
        }

        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
    }

    /// <param name="path">Not decoded.</param>
    /// <param name="host">The Host header.</param>
    /// <param name="domains">Under each of these a bucket's name is a host.</param>
    /// <exception cref="MillraceException"><c>uri-malformed</c>.</exception>
    public static S3Target Parse(string path, string host, IReadOnlyList<string> domains)
    {
        if (BucketOfHost(host, domains) is { } hostBucket)
        {
            return new S3Target(hostBucket, path.Length > 1 ? UriText.Decode(path.AsSpan(1)) : null, hostBucket);
        }

        if (path.Length <= 1)
        {
            return default;
        }

        var slash = path.IndexOf('/', 1);
        var bucket = UriText.Decode(slash < 0 ? path.AsSpan(1) : path.AsSpan(1..slash));
        var key = slash < 0 || slash == path.Length - 1 ? null : UriText.Decode(path.AsSpan(slash + 1));
        return new S3Target(bucket, key, null);
    }

    static string? BucketOfHost(string host, IReadOnlyList<string> domains)
    {
        var colon = host.LastIndexOf(':');
        var name = colon < 0 || host.EndsWith(']') ? host : host[..colon];
        foreach (var domain in domains)
        {
            if (name.Length > domain.Length + 1 && name[^(domain.Length + 1)] == '.'
                && name.EndsWith(domain, StringComparison.OrdinalIgnoreCase))
            {
                return name[..^(domain.Length + 1)].ToLowerInvariant();
            }
        }

        return null;
    }
}
