using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>What a copy is made of.</summary>
sealed record CopySource(BucketState State, ObjectVersion Version)
{
    /// <summary>Finds what the header names, if the caller may read it and the conditions hold.</summary>
    public static async Task<CopySource> FindAsync(S3Context context, CancellationToken cancellationToken)
    {
        var headers = context.Http.Request.Headers;
        var (bucket, key, versionId) = Parse(headers["x-amz-copy-source"].ToString());
        if (bucket == VersionBucket.Name)
        {
            var shown = await VersionOperations.FindAsync(context, key, cancellationToken).ConfigureAwait(false);
            Check(headers, shown);
            return new CopySource(VersionOperations.State, shown);
        }

        var state = await BucketAccess.StateAsync(context, bucket, cancellationToken, isSource: true)
            .ConfigureAwait(false);
        var version = await context.Workspace.Buckets.FindObjectAsync(bucket, key, versionId, cancellationToken)
            .ConfigureAwait(false);
        if (version is null or { IsMarker: true })
        {
            BucketAccess.Require(context, context.Caller, state, "ListBucket", "READ", null);
            throw version is not null && versionId is not null
                ? S3Failure.InvalidRequest("The source of a copy may not be a delete marker.")
                : new S3Exception(404, versionId is null ? "NoSuchKey" : "NoSuchVersion", "The source does not exist.");
        }

        if (!BucketAccess.MayUse(
            context, state, versionId is null ? "GetObject" : "GetObjectVersion", "READ", version))
        {
            throw S3Failure.AccessDenied;
        }

        Check(headers, version);
        return new CopySource(state, version);
    }

    /// <summary>Keeps the source's bytes from sweeps until it is disposed. Those of a commit that no branch has may be
    /// about to go.</summary>
    public Task<IDisposable> KeepAsync(S3Context context, CancellationToken cancellationToken) =>
        context.Workspace.Buckets.KeepAsync(Version.Parts, cancellationToken);

    static (string Bucket, string Key, string? VersionId) Parse(string header)
    {
        string? versionId = null;
        var question = header.IndexOf("?versionId=", StringComparison.Ordinal);
        if (question >= 0)
        {
            versionId = header[(question + "?versionId=".Length)..];
            header = header[..question];
        }

        // A plus is a plus here: clients escape spaces.
        var path = Uri.UnescapeDataString(header).TrimStart('/');
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == path.Length - 1)
            throw S3Failure.InvalidArgument("Copy Source must mention the source bucket and key: bucket/key");
        var key = path[(slash + 1)..];
        BucketStore.RequireKey(key);
        return (path[..slash], key, versionId);
    }

    static void Check(IHeaderDictionary headers, ObjectVersion version)
    {
        var match = headers["x-amz-copy-source-if-match"].ToString();
        var none = headers["x-amz-copy-source-if-none-match"].ToString();
        var isMatched = match.Length > 0 && ObjectHeaders.Tags(match).Any(tag => tag == "*" || tag == version.ETag);
        var time = version.ModifiedAt.ToUnixTimeSeconds();
        var before = ObjectHeaders.Time(headers["x-amz-copy-source-if-unmodified-since"].ToString());
        var after = ObjectHeaders.Time(headers["x-amz-copy-source-if-modified-since"].ToString());
        if ((match.Length > 0 && !isMatched)
            || (none.Length > 0 && ObjectHeaders.Tags(none).Any(tag => tag == "*" || tag == version.ETag))
            || (!isMatched && before is { } latest && time > latest.ToUnixTimeSeconds())
            || (none.Length == 0 && after is { } earliest && time <= earliest.ToUnixTimeSeconds()))
        {
            throw new S3Exception(
                412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
        }
    }
}
