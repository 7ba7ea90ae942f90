using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>The bucket of versions: it is listed and read, and refuses every change.</summary>
static class VersionOperations
{
    /// <summary>What the bucket is: nobody's, and without versions of its own.</summary>
    public static readonly BucketState State = new(
        new Bucket(0, VersionBucket.Name, "", DateTimeOffset.UnixEpoch, BucketVersioning.Off, HasLock: false),
        new Dictionary<string, string>());

    /// <summary>What can be asked of objects of other buckets beside their bytes.</summary>
    static readonly string[] Others =
        ["acl", "attributes", "legal-hold", "retention", "restore", "select", "torrent", "uploadId"];

    public static async Task HandleAsync(S3Context context, CancellationToken cancellationToken)
    {
        if (!context.Caller.MayRead(VersionBucket.Name))
            throw S3Failure.AccessDenied;
        var method = context.Http.Request.Method;
        if (method is not ("GET" or "HEAD"))
        {
            throw new S3Exception(
                405, "MethodNotAllowed", "This bucket shows versions; commit a change with Millrace instead.");
        }

        if (string.IsNullOrEmpty(context.Key))
        {
            await BucketAsync(context, method, cancellationToken).ConfigureAwait(false);
            return;
        }

        var version = await FindAsync(context, context.Key, cancellationToken).ConfigureAwait(false);
        if (context.HasQuery("tagging"))
        {
            // Whoever copies in parts asks first.
            await S3Xml.WriteAsync(context, TagSet.ToXml(""), cancellationToken).ConfigureAwait(false);
            return;
        }

        if (Others.Any(context.HasQuery))
            throw S3Failure.NotImplemented("of a file of the bucket of versions");
        await ObjectReadOperations.AnswerAsync(context, State, version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The file of a key, which the caller must have the right to read.</summary>
    public static async Task<ObjectVersion> FindAsync(
        S3Context context, string key, CancellationToken cancellationToken) =>
        !context.Caller.MayRead(VersionBucket.Name)
            ? throw S3Failure.AccessDenied
            : await context.Workspace.VersionView.FindAsync(key, cancellationToken).ConfigureAwait(false)
                ?? throw new S3Exception(404, "NoSuchKey", "The specified key does not exist.");

    static async Task BucketAsync(S3Context context, string method, CancellationToken cancellationToken)
    {
        if (method == "HEAD")
            return;
        if (context.HasQuery("location"))
        {
            await S3Xml.WriteAsync(context, S3Element.New("LocationConstraint"), cancellationToken)
                .ConfigureAwait(false);
        }
        else if (context.HasQuery("versioning"))
        {
            await S3Xml.WriteAsync(context, S3Element.New("VersioningConfiguration"), cancellationToken)
                .ConfigureAwait(false);
        }
        else if (context.Query.GetValueOrDefault("list-type") == "2")
        {
            await ListOperations.SecondAsync(context, cancellationToken).ConfigureAwait(false);
        }
        else if (context.Query.Keys.All(name => name is "prefix" or "delimiter" or "marker" or "max-keys"
            or "encoding-type" or "x-id" || name.StartsWith("X-Amz-", StringComparison.Ordinal)))
        {
            await ListOperations.FirstAsync(context, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            throw S3Failure.NotImplemented("of the bucket of versions");
        }
    }
}
