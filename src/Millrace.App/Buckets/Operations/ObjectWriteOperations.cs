using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Objects that come as one.</summary>
static class ObjectWriteOperations
{
    const long PutMax = 5L << 30;
    const string WriteOffset = "x-amz-write-offset-bytes";

    public static async Task PutAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "PutObject", "WRITE", cancellationToken)
            .ConfigureAwait(false);
        RefuseAppend(context.Http.Request.Headers);
        var draft = await ObjectHeaders.DraftAsync(context, state, context.Key!, cancellationToken)
            .ConfigureAwait(false);
        var conditions = ObjectHeaders.Conditions(context.Http.Request.Headers);
        await RefuseEarlyAsync(context, conditions, cancellationToken).ConfigureAwait(false);
        using var body = await StoreAsync(context, cancellationToken).ConfigureAwait(false);
        var version = await context.Workspace.Buckets.PutAsync(
            context.Bucket!,
            draft with
            {
                SizeBytes = body.Part.SizeBytes,
                ETag = body.ETag,
                Parts = [body.Part],
                Checksum = context.Digests.Checksum is var (algorithm, value)
                    ? new ObjectChecksum(algorithm.ToUpperInvariant(), value) : null,
            },
            conditions, cancellationToken).ConfigureAwait(false);
        Answer(context, state, version);
    }

    /// <summary>Stores the body of the request; it is kept from the sweep until the answer is disposed.</summary>
    public static async Task<StoredBody> StoreAsync(S3Context context, CancellationToken cancellationToken)
    {
        var length = context.DecodedLength;
        if (length > PutMax)
            throw new S3Exception(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
        await using var limited = new LengthLimitStream(context.Body, PutMax);
        // A payload that came with its MD5 is compared with it as it is read, and need not be hashed again.
        Func<byte[]?>? md5 = context.Http.Request.Headers.ContainsKey("Content-MD5")
            ? () => context.Digests.Md5 : null;
        var body = await context.Workspace.Buckets.StoreAsync(
            length is null ? limited : context.Body, length, md5, context.Digests.Sha256, cancellationToken)
            .ConfigureAwait(false);
        if (length is not null && body.Part.SizeBytes != length)
        {
            body.Dispose();
            throw new S3Exception(
                400, "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header");
        }

        return body;
    }

    public static void Answer(S3Context context, BucketState state, ObjectVersion version)
    {
        var headers = context.Http.Response.Headers;
        headers.ETag = S3Element.Quoted(version.ETag);
        AddNewVersion(headers, state, version);
        if (version.Checksum is { } checksum)
        {
            headers[$"x-amz-checksum-{checksum.Algorithm.ToLowerInvariant()}"] = checksum.Value;
            headers["x-amz-checksum-type"] = checksum.IsComposite ? "COMPOSITE" : "FULL_OBJECT";
        }
    }

    /// <summary>Names a new version, where it is one that stays.</summary>
    public static void AddNewVersion(IHeaderDictionary headers, BucketState state, ObjectVersion version)
    {
        if (state.Bucket.Versioning == BucketVersioning.Enabled)
            headers["x-amz-version-id"] = version.VersionId;
    }

    // The transaction decides; but where the answer is no already, the bytes need not be taken.
    static async Task RefuseEarlyAsync(
        S3Context context, WriteConditions conditions, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(conditions, WriteConditions.None))
            return;
        await context.Workspace.Buckets.CheckAsync(context.Bucket!, context.Key!, conditions, cancellationToken)
            .ConfigureAwait(false);
    }

    // It would replace what its client means to add to.
    static void RefuseAppend(IHeaderDictionary headers)
    {
        if (headers.ContainsKey(WriteOffset))
            throw S3Failure.NotImplemented(WriteOffset);
    }
}
