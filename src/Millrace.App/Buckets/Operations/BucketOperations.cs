using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Buckets themselves: list, create, look, delete.</summary>
static class BucketOperations
{
    const int BodyMax = 64 * 1024;

    public static async Task ListBucketsAsync(S3Context context, CancellationToken cancellationToken)
    {
        // Nobody owns nothing.
        var caller = context.Caller.Account ?? "";
        var prefix = context.Query.GetValueOrDefault("prefix", "");
        var after = ListOperations.Token(context.Query.GetValueOrDefault("continuation-token", ""));
        var max = ListOperations.Count(context, "max-buckets", 10_000);
        var all = await context.Workspace.Buckets.ListBucketsAsync(cancellationToken).ConfigureAwait(false);
        if (context.Caller.MayRead(VersionBucket.Name))
        {
            var newest = await context.Workspace.VersionView.ModifiedAtAsync(cancellationToken).ConfigureAwait(false);
            var versions = VersionOperations.State.Bucket;
            all.Add(versions with { CreatedAt = newest ?? versions.CreatedAt });
        }

        var owners = await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false);
        var mine = all.OrderBy(bucket => bucket.Name, StringComparer.Ordinal).Where(bucket =>
            ((caller.Length > 0 && bucket.Owner == caller) || context.Caller.MayRead(bucket.Name))
            && bucket.Name.StartsWith(prefix, StringComparison.Ordinal)
            && string.CompareOrdinal(bucket.Name, after) > 0).Take(max + 1).ToList();
        var page = mine.Take(max).ToList();
        await S3Xml.WriteAsync(
            context,
            S3Element.New(
                "ListAllMyBucketsResult", owners.Owner(caller),
                S3Element.New("Buckets", page.Select(bucket => S3Element.New(
                    "Bucket", S3Element.New("Name", bucket.Name),
                    S3Element.New("CreationDate", S3Element.Time(bucket.CreatedAt))))),
                mine.Count > max && page.Count > 0
                    ? S3Element.New("ContinuationToken", ListOperations.ToToken(page[^1].Name)) : null,
                prefix.Length > 0 ? S3Element.New("Prefix", prefix) : null),
            cancellationToken).ConfigureAwait(false);
    }

    public static async Task CreateAsync(S3Context context, CancellationToken cancellationToken)
    {
        var name = context.Bucket!;
        var headers = context.Http.Request.Headers;
        if (context.Caller.Account is not { } caller)
            throw S3Failure.AccessDenied;
        var location = context.DecodedLength is null or 0 ? null : (await S3Xml.ReadAsync(
            context, "CreateBucketConfiguration", BodyMax, cancellationToken).ConfigureAwait(false))
            .Text("LocationConstraint");
        if (await context.Workspace.Buckets.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } there)
        {
            // To create one's own again as it is, is no error where there is one region.
            var same = await AclGrants.FromHeadersAsync(context, headers, caller, caller, cancellationToken)
                .ConfigureAwait(false) ?? "";
            if (there.Owner == caller && same == (await context.Workspace.Buckets.SettingAsync(
                name, BucketSettings.Acl, cancellationToken).ConfigureAwait(false) ?? ""))
            {
                return;
            }

            throw new S3Exception(409, "BucketAlreadyExists", "The requested bucket name is not available.");
        }

        if (!context.Caller.MayCreate(name))
            throw S3Failure.AccessDenied;
        var acl = await AclGrants.FromHeadersAsync(context, headers, caller, caller, cancellationToken)
            .ConfigureAwait(false);
        var ownership = headers["x-amz-object-ownership"].ToString();
        ObjectOwnership.CheckNew(ownership, acl, caller);
        var hasLock = string.Equals(
            headers["x-amz-bucket-object-lock-enabled"], "true", StringComparison.OrdinalIgnoreCase);
        var settings = new Dictionary<string, string>();
        if (acl is { Length: > 0 })
            settings.Add(BucketSettings.Acl, acl);
        if (location is { Length: > 0 and <= 64 })
            settings.Add(BucketSettings.Location, location);
        if (ownership.Length > 0)
            settings.Add(BucketSettings.Ownership, ownership);
        await context.Workspace.Buckets.CreateAsync(name, caller, hasLock, settings, cancellationToken)
            .ConfigureAwait(false);
        context.Http.Response.Headers.Location = $"/{name}";
    }

    public static async Task HeadAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "ListBucket", "READ", cancellationToken).ConfigureAwait(false);
        context.Http.Response.Headers["x-amz-bucket-region"] = "us-east-1";
    }

    public static async Task DeleteAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "DeleteBucket", null, cancellationToken).ConfigureAwait(false);
        await context.Workspace.Buckets.DeleteBucketAsync(context.Bucket!, cancellationToken).ConfigureAwait(false);
        context.Http.Response.StatusCode = 204;
    }
}
