using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Decides whether a caller may do what it asks for: by the roles of its key, as the bucket's owner, by the
/// bucket's policy and by access control lists.</summary>
static class BucketAccess
{
    /// <summary>The bucket, if the caller may do it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="action">As policies name it, without <c>s3:</c>.</param>
    /// <param name="permission">As ACLs name it; null for the owner alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<BucketState> RequireAsync(
        S3Context context, string action, string? permission, CancellationToken cancellationToken)
    {
        var state = await StateAsync(context, context.Bucket!, cancellationToken).ConfigureAwait(false);
        Require(context, context.Caller, state, action, permission, context.Key);
        return state;
    }

    /// <summary>A bucket, which must be the expected owner's where the request says one.</summary>
    public static async Task<BucketState> StateAsync(
        S3Context context, string bucket, CancellationToken cancellationToken, bool isSource = false)
    {
        var state = await context.Workspace.Buckets.StateAsync(bucket, cancellationToken).ConfigureAwait(false)
            ?? throw new S3Exception(404, "NoSuchBucket", "The specified bucket does not exist");
        var header = isSource ? "x-amz-source-expected-bucket-owner" : "x-amz-expected-bucket-owner";
        return context.Http.Request.Headers.TryGetValue(header, out var owner)
            && owner.ToString() != state.Bucket.Owner ? throw S3Failure.AccessDenied : state;
    }

    public static void Require(
        S3Context context, S3Caller caller, BucketState state, string action, string? permission, string? key,
        IHeaderDictionary? headers = null)
    {
        if (!May(context, caller, state, action, permission, key, null, headers))
            throw S3Failure.AccessDenied;
    }

    /// <summary>Whether the caller may do it to a version, whose own list counts then.</summary>
    public static bool MayUse(
        S3Context context, BucketState state, string action, string permission, ObjectVersion version) =>
        May(context, context.Caller, state, action, permission, version.Key, version);

    public static bool May(
        S3Context context, S3Caller caller, BucketState state, string action, string? permission, string? key,
        ObjectVersion? version, IHeaderDictionary? headers = null)
    {
        var bucket = state.Bucket;
        // A key that was given less than its account has does not get the rest by owning.
        var isOwner = caller.Account is { } id && id == bucket.Owner && caller.MayOwn(bucket.Name);
        var block = PublicAccessBlock.Of(state);
        var verdict = Decide(context, caller, state, action, key, version?.Tags, block.RestrictsBuckets && !isOwner,
            headers);
        if (verdict == PolicyVerdict.Deny)
            return isOwner && action is "GetBucketPolicy" or "PutBucketPolicy" or "DeleteBucketPolicy";
        if (verdict == PolicyVerdict.Allow || isOwner || HasRole(caller, bucket.Name, action, permission))
            return true;
        // No list gives a lock, and where the bucket owns everything lists do not count.
        if (permission is null || action is "PutObjectRetention" or "PutObjectLegalHold"
            || ObjectOwnership.IsEnforced(state))
        {
            return false;
        }

        var acl = version is not null ? version.Acl : state.Setting(BucketSettings.Acl) ?? "";
        if (block.IgnoresAcls && AclGrants.IsPublic(acl))
            return false;
        if (version is not null)
        {
            // Whoever owns it may see and change its list, whatever the list says.
            return (caller.Account is { } user && user == version.Owner && caller.MayOwn(bucket.Name)
                    && (version.Acl.Length == 0 || permission is "READ_ACP" or "WRITE_ACP" or "OWNER"))
                || AclGrants.Allows(acl, permission, caller.Account);
        }

        return AclGrants.Allows(acl, permission, caller.Account);
    }

    static PolicyVerdict Decide(
        S3Context context, S3Caller caller, BucketState state, string action, string? key, string? tags,
        bool isRestricted, IHeaderDictionary? headers)
    {
        if (state.Setting(BucketSettings.Policy) is not { } text)
            return PolicyVerdict.None;
        var policy = BucketPolicy.Parse(text);
        var name = state.Bucket.Name;
        var verdict = policy.Decide(new PolicyRequest(
            caller, $"s3:{action}", key is null ? name : $"{name}/{key}",
            headers ?? context.Http.Request.Headers, context.Query, tags)
        {
            Address = context.Http.Connection.RemoteIpAddress?.ToString(),
            IsSecure = context.Http.Request.IsHttps,
        });
        return verdict == PolicyVerdict.Allow && isRestricted && policy.IsPublic ? PolicyVerdict.None : verdict;
    }

    static bool HasRole(S3Caller caller, string bucket, string action, string? permission) => permission switch
    {
        "READ" => caller.MayRead(bucket),
        "WRITE" => caller.MayWrite(bucket),
        _ when action is "GetObjectTagging" or "GetObjectRetention" or "GetObjectLegalHold"
            || (action.StartsWith("Get", StringComparison.Ordinal) && permission is null) => caller.MayRead(bucket),
        _ when action is "PutObjectTagging" or "DeleteObjectTagging" => caller.MayWrite(bucket),
        _ => caller.MayAdmin(bucket),
    };
}
