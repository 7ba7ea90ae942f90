using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>What is set of a version: tags, access list, retention, legal hold.</summary>
static class ObjectSettingOperations
{
    const int BodyMax = 256 * 1024;

    /// <summary>The operation on a setting that the request names; null when it names none.</summary>
    public static Func<S3Context, CancellationToken, Task>? Find(S3Context context)
    {
        var method = context.Http.Request.Method;
        if (context.HasQuery("tagging"))
            return Pick(method, TagsAsync, SetTagsAsync, DeleteTagsAsync);
        if (context.HasQuery("acl"))
            return Pick(method, AclAsync, SetAclAsync, null);
        if (context.HasQuery("retention"))
            return Pick(method, RetentionAsync, SetRetentionAsync, null);
        return context.HasQuery("legal-hold") ? Pick(method, HoldAsync, SetHoldAsync, null) : null;
    }

    static Func<S3Context, CancellationToken, Task> Pick(
        string method, Func<S3Context, CancellationToken, Task> get, Func<S3Context, CancellationToken, Task> put,
        Func<S3Context, CancellationToken, Task>? delete) => method switch
        {
            "GET" => get,
            "PUT" => put,
            "DELETE" when delete is not null => delete,
            _ => throw new S3Exception(
                405, "MethodNotAllowed", "The specified method is not allowed against this resource."),
        };

    static async Task TagsAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "GetObjectTagging", "OWNER", cancellationToken).ConfigureAwait(false);
        ObjectReadOperations.AddVersion(context.Http.Response.Headers, state, version);
        await S3Xml.WriteAsync(context, TagSet.ToXml(version.Tags), cancellationToken).ConfigureAwait(false);
    }

    static async Task SetTagsAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "PutObjectTagging", "OWNER", cancellationToken).ConfigureAwait(false);
        var root = await S3Xml.ReadAsync(context, "Tagging", BodyMax, cancellationToken).ConfigureAwait(false);
        var tags = TagSet.FromXml(root, isBucket: false);
        await UpdateAsync(context, version, there => there with { Tags = tags }, cancellationToken)
            .ConfigureAwait(false);
        ObjectReadOperations.AddVersion(context.Http.Response.Headers, state, version);
    }

    static async Task DeleteTagsAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "DeleteObjectTagging", "OWNER", cancellationToken).ConfigureAwait(false);
        await UpdateAsync(context, version, there => there with { Tags = "" }, cancellationToken)
            .ConfigureAwait(false);
        ObjectReadOperations.AddVersion(context.Http.Response.Headers, state, version);
        context.Http.Response.StatusCode = 204;
    }

    static async Task AclAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "GetObjectAcl", "READ_ACP", cancellationToken).ConfigureAwait(false);
        ObjectReadOperations.AddVersion(context.Http.Response.Headers, state, version);
        var owners = await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false);
        await S3Xml.WriteAsync(context, AclGrants.ToXml(version.Acl, version.Owner, owners), cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task SetAclAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "PutObjectAcl", "WRITE_ACP", cancellationToken).ConfigureAwait(false);
        if (ObjectOwnership.IsEnforced(state))
            throw ObjectOwnership.NoLists;
        var acl = await AclGrants.FromHeadersAsync(
            context, context.Http.Request.Headers, version.Owner, state.Bucket.Owner, cancellationToken)
            .ConfigureAwait(false)
            ?? AclGrants.FromXml(
                await S3Xml.ReadAsync(context, "AccessControlPolicy", BodyMax, cancellationToken)
                    .ConfigureAwait(false),
                version.Owner, await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false));
        PublicAccessBlock.CheckAcl(state, acl);
        await UpdateAsync(context, version, there => there with { Acl = acl }, cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task RetentionAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "GetObjectRetention", "OWNER", cancellationToken).ConfigureAwait(false);
        RequireLock(state);
        if (version.Lock.Mode is not { } mode)
            throw NoLock();
        await S3Xml.WriteAsync(
            context,
            S3Element.New(
                "Retention", S3Element.New("Mode", mode),
                S3Element.New("RetainUntilDate", S3Element.Time(version.Lock.Until))),
            cancellationToken).ConfigureAwait(false);
    }

    static async Task SetRetentionAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "PutObjectRetention", "OWNER", cancellationToken).ConfigureAwait(false);
        RequireLock(state);
        var root = await S3Xml.ReadAsync(context, "Retention", BodyMax, cancellationToken).ConfigureAwait(false);
        var clock = ObjectLocks.Clock(context.Http.RequestServices);
        var mode = root.Text("Mode") is { } text
            ? text is "GOVERNANCE" or "COMPLIANCE" ? text : throw S3Element.Malformed() : null;
        var until = root.Text("RetainUntilDate") is { } date ? ObjectLocks.CheckTime(date, clock) : default;
        if ((mode is null) != (until == default))
            throw S3Element.Malformed();
        var passes = context.Http.Request.Headers["x-amz-bypass-governance-retention"] == "true"
            && BucketAccess.May(
                context, context.Caller, state, "BypassGovernanceRetention", null, context.Key, null);
        await UpdateAsync(
            context, version,
            there =>
            {
                var isHeld = there.Lock.Mode is not null && there.Lock.Until > clock.GetUtcNow();
                // A lock may be made longer, never shorter or weaker; GOVERNANCE by who may pass it.
                var isWeaker = until < there.Lock.Until || (mode != there.Lock.Mode && mode != "COMPLIANCE");
                if (isHeld && (there.Lock.Mode == "COMPLIANCE"
                    ? isWeaker || mode != there.Lock.Mode : (isWeaker || mode != there.Lock.Mode) && !passes))
                {
                    throw S3Failure.AccessDenied;
                }

                return there with { Lock = there.Lock with { Mode = mode, Until = until } };
            },
            cancellationToken).ConfigureAwait(false);
    }

    static async Task HoldAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "GetObjectLegalHold", "OWNER", cancellationToken).ConfigureAwait(false);
        RequireLock(state);
        await S3Xml.WriteAsync(
            context, S3Element.New("LegalHold", S3Element.New("Status", version.Lock.HasLegalHold ? "ON" : "OFF")),
            cancellationToken).ConfigureAwait(false);
    }

    static async Task SetHoldAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await ObjectReadOperations.FindAsync(
            context, "PutObjectLegalHold", "OWNER", cancellationToken).ConfigureAwait(false);
        RequireLock(state);
        var root = await S3Xml.ReadAsync(context, "LegalHold", BodyMax, cancellationToken).ConfigureAwait(false);
        var hold = root.Text("Status") switch
        {
            "ON" => true,
            "OFF" => false,
            _ => throw S3Element.Malformed(),
        };
        await UpdateAsync(
            context, version, there => there with { Lock = there.Lock with { HasLegalHold = hold } },
            cancellationToken).ConfigureAwait(false);
    }

    static Task UpdateAsync(
        S3Context context, ObjectVersion version, Func<ObjectVersion, ObjectVersion> change,
        CancellationToken cancellationToken) => context.Workspace.Buckets.UpdateAsync(
        context.Bucket!, version.Key, version.VersionId, change, cancellationToken);

    static void RequireLock(BucketState state)
    {
        if (!state.Bucket.HasLock)
            throw S3Failure.InvalidRequest("Bucket is missing Object Lock Configuration");
    }

    static S3Exception NoLock() => new(
        404, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration");
}
