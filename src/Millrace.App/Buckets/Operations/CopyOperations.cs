using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Copies that move no byte: the new key names the same objects.</summary>
static class CopyOperations
{
    const long CopyMax = 5L << 30;

    public static async Task CopyAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "PutObject", "WRITE", cancellationToken)
            .ConfigureAwait(false);
        var headers = context.Http.Request.Headers;
        var draft = await ObjectHeaders.DraftAsync(context, state, context.Key!, cancellationToken)
            .ConfigureAwait(false);
        using var hold = context.Workspace.Buckets.Hold();
        var source = await CopySource.FindAsync(context, cancellationToken).ConfigureAwait(false);
        using var kept = await source.KeepAsync(context, cancellationToken).ConfigureAwait(false);
        if (source.Version.SizeBytes > CopyMax)
            throw S3Failure.InvalidRequest("The specified copy source is larger than the maximum allowable size");
        var replaces = Directive(headers["x-amz-metadata-directive"].ToString());
        var replacesTags = Directive(headers["x-amz-tagging-directive"].ToString());
        if (source.State.Bucket.Id == state.Bucket.Id && source.Version.Key == context.Key && !replaces
            && source.Version.IsLatest && !headers.ContainsKey("x-amz-website-redirect-location")
            && !headers.ContainsKey("x-amz-storage-class"))
        {
            throw S3Failure.InvalidRequest(
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                + "object's metadata, storage class, website redirect location or encryption attributes.");
        }

        var version = await context.Workspace.Buckets.PutAsync(
            context.Bucket!,
            draft with
            {
                Headers = replaces ? draft.Headers : source.Version.Headers,
                Tags = replacesTags ? draft.Tags : source.Version.Tags,
                SizeBytes = source.Version.SizeBytes,
                ETag = source.Version.ETag,
                Checksum = source.Version.Checksum,
                Parts = source.Version.Parts,
            },
            ObjectHeaders.Conditions(headers), cancellationToken).ConfigureAwait(false);
        if (source.State.Bucket.Versioning != BucketVersioning.Off)
            context.Http.Response.Headers["x-amz-copy-source-version-id"] = source.Version.VersionId;
        ObjectWriteOperations.AddNewVersion(context.Http.Response.Headers, state, version);
        await S3Xml.WriteAsync(
            context,
            S3Element.New(
                "CopyObjectResult", S3Element.New("LastModified", S3Element.Time(version.ModifiedAt)),
                S3Element.New("ETag", S3Element.Quoted(version.ETag)),
                version.Checksum is { } checksum
                    ? S3Element.New($"Checksum{checksum.Algorithm}", checksum.Value) : null),
            cancellationToken).ConfigureAwait(false);
    }

    static bool Directive(string text) => text switch
    {
        "" or "COPY" => false,
        "REPLACE" => true,
        _ => throw S3Failure.InvalidArgument("Unknown metadata directive."),
    };
}
