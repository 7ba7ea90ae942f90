using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>What is set of a bucket: versioning, locks, CORS, tags, policy, access lists.</summary>
static class BucketSettingOperations
{
    const int BodyMax = 256 * 1024;

    /// <summary>The operation on a setting that the request names; null when it names none.</summary>
    public static Func<S3Context, CancellationToken, Task>? Find(S3Context context)
    {
        var method = context.Http.Request.Method;
        return FirstQuery(context) switch
        {
            null => null,
            "location" when method == "GET" => LocationAsync,
            "versioning" => Pick(method, VersioningAsync, SetVersioningAsync, null),
            "object-lock" => Pick(method, LockAsync, SetLockAsync, null),
            "acl" => Pick(method, AclAsync, SetAclAsync, null),
            "policy" => Pick(method, PolicyAsync, SetPolicyAsync, DeletePolicyAsync),
            "policyStatus" when method == "GET" => PolicyStatusAsync,
            "cors" => Pick(
                method, Xml(BucketSettings.Cors, "NoSuchCORSConfiguration", "GetBucketCORS"), SetCorsAsync,
                Delete(BucketSettings.Cors, "PutBucketCORS")),
            "tagging" => Pick(method, TagsAsync, SetTagsAsync, Delete(BucketSettings.Tags, "PutBucketTagging")),
            "ownershipControls" => Pick(
                method, OwnershipAsync, SetOwnershipAsync,
                Delete(BucketSettings.Ownership, "PutBucketOwnershipControls")),
            "publicAccessBlock" => Pick(
                method,
                Xml(BucketSettings.PublicAccess, "NoSuchPublicAccessBlockConfiguration", "GetBucketPublicAccessBlock"),
                SetPublicAccessAsync, Delete(BucketSettings.PublicAccess, "PutBucketPublicAccessBlock")),
            "lifecycle" => Pick(method, Absent("NoSuchLifecycleConfiguration"), null, Nothing),
            "encryption" => Pick(method, Absent("ServerSideEncryptionConfigurationNotFoundError"), null, Nothing),
            "website" => Pick(method, Absent("NoSuchWebsiteConfiguration"), null, Nothing),
            var name => throw S3Failure.NotImplemented(name),
        };
    }

    static string? FirstQuery(S3Context context)
    {
        foreach (var name in (ReadOnlySpan<string>)
        [
            "location", "versioning", "object-lock", "acl", "policy", "policyStatus", "cors", "tagging",
            "ownershipControls", "publicAccessBlock", "lifecycle", "encryption", "website",
        ])
        {
            if (context.HasQuery(name))
                return name;
        }

        return null;
    }

    static Func<S3Context, CancellationToken, Task> Pick(
        string method, Func<S3Context, CancellationToken, Task> get, Func<S3Context, CancellationToken, Task>? put,
        Func<S3Context, CancellationToken, Task>? delete) => method switch
        {
            "GET" => get,
            "PUT" => put ?? throw S3Failure.NotImplemented("this configuration"),
            "DELETE" => delete ?? throw NotAllowed(),
            _ => throw NotAllowed(),
        };

    static async Task LocationAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "GetBucketLocation", null, cancellationToken)
            .ConfigureAwait(false);
        await S3Xml.WriteAsync(
            context, S3Element.New("LocationConstraint", state.Setting(BucketSettings.Location)), cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task VersioningAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "GetBucketVersioning", null, cancellationToken)
            .ConfigureAwait(false);
        var root = S3Element.New("VersioningConfiguration");
        if (state.Bucket.Versioning != BucketVersioning.Off)
            root.Add(S3Element.New("Status", state.Bucket.Versioning.ToString()));
        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    static async Task SetVersioningAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "PutBucketVersioning", null, cancellationToken)
            .ConfigureAwait(false);
        var root = await S3Xml.ReadAsync(context, "VersioningConfiguration", BodyMax, cancellationToken)
            .ConfigureAwait(false);
        if (root.Text("MfaDelete") == "Enabled")
            throw S3Failure.NotImplemented("MfaDelete");
        var versioning = root.Text("Status") switch
        {
            "Enabled" => BucketVersioning.Enabled,
            "Suspended" => BucketVersioning.Suspended,
            _ => throw new S3Exception(
                400, "IllegalVersioningConfigurationException", "The versioning configuration is invalid"),
        };
        await context.Workspace.Buckets.SetVersioningAsync(context.Bucket!, versioning, cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task LockAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(
            context, "GetBucketObjectLockConfiguration", null, cancellationToken).ConfigureAwait(false);
        if (!state.Bucket.HasLock)
        {
            throw new S3Exception(
                404, "ObjectLockConfigurationNotFoundError",
                "Object Lock configuration does not exist for this bucket");
        }

        var root = S3Element.New("ObjectLockConfiguration", S3Element.New("ObjectLockEnabled", "Enabled"));
        if (state.Setting(BucketSettings.LockDefault)?.Split(' ') is [var mode, var unit, var number])
        {
            root.Add(S3Element.New("Rule", S3Element.New(
                "DefaultRetention", S3Element.New("Mode", mode),
                S3Element.New(unit == "days" ? "Days" : "Years", number))));
        }

        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    static async Task SetLockAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(
            context, "PutBucketObjectLockConfiguration", null, cancellationToken).ConfigureAwait(false);
        var root = await S3Xml.ReadAsync(context, "ObjectLockConfiguration", BodyMax, cancellationToken)
            .ConfigureAwait(false);
        if (root.Text("ObjectLockEnabled") != "Enabled")
            throw S3Element.Malformed();
        string? text = null;
        if (root.Child("Rule") is { } rule)
        {
            var retention = rule.Child("DefaultRetention") ?? throw S3Element.Malformed();
            var mode = retention.Text("Mode");
            var (days, years) = (retention.Text("Days"), retention.Text("Years"));
            if (mode is not ("GOVERNANCE" or "COMPLIANCE") || (days is null) == (years is null))
                throw S3Element.Malformed();
            if (!int.TryParse(days ?? years, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
                || count < 1 || count > (days is null ? 100 : 36_500))
            {
                throw new S3Exception(
                    400, "InvalidRetentionPeriod", "The retention period must be a positive integer value");
            }

            text = $"{mode} {(days is null ? "years" : "days")} {count}";
        }

        var buckets = context.Workspace.Buckets;
        if (!state.Bucket.HasLock)
            await buckets.EnableLockAsync(context.Bucket!, cancellationToken).ConfigureAwait(false);
        await buckets.SetSettingAsync(context.Bucket!, BucketSettings.LockDefault, text, cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task AclAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "GetBucketAcl", "READ_ACP", cancellationToken)
            .ConfigureAwait(false);
        var owners = await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false);
        await S3Xml.WriteAsync(
            context, AclGrants.ToXml(state.Setting(BucketSettings.Acl) ?? "", state.Bucket.Owner, owners),
            cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task SetAclAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "PutBucketAcl", "WRITE_ACP", cancellationToken)
            .ConfigureAwait(false);
        var owner = state.Bucket.Owner;
        if (ObjectOwnership.IsEnforced(state))
            throw ObjectOwnership.NoLists;
        var acl = await AclGrants.FromHeadersAsync(
            context, context.Http.Request.Headers, owner, owner, cancellationToken).ConfigureAwait(false)
            ?? AclGrants.FromXml(
                await S3Xml.ReadAsync(context, "AccessControlPolicy", BodyMax, cancellationToken)
                    .ConfigureAwait(false),
                owner, await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false));
        PublicAccessBlock.CheckAcl(state, acl);
        await context.Workspace.Buckets.SetSettingAsync(context.Bucket!, BucketSettings.Acl, acl, cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task PolicyAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "GetBucketPolicy", null, cancellationToken)
            .ConfigureAwait(false);
        var policy = Encoding.UTF8.GetBytes(state.Setting(BucketSettings.Policy)
            ?? throw new S3Exception(404, "NoSuchBucketPolicy", "The bucket policy does not exist"));
        context.Http.Response.ContentType = "application/json";
        context.Http.Response.ContentLength = policy.Length;
        await context.Http.Response.Body.WriteAsync(policy, cancellationToken).ConfigureAwait(false);
    }

    static async Task SetPolicyAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "PutBucketPolicy", null, cancellationToken)
            .ConfigureAwait(false);
        using var reader = new StreamReader(context.Body, Encoding.UTF8);
        var buffer = new char[BodyMax];
        var count = await reader.ReadBlockAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
        var text = new string(buffer, 0, count);
        var policy = BucketPolicy.Parse(text);
        policy.CheckResources(context.Bucket!);
        if (policy.IsPublic && PublicAccessBlock.Of(state).BlocksPolicy)
            throw S3Failure.AccessDenied;
        await context.Workspace.Buckets.SetSettingAsync(
            context.Bucket!, BucketSettings.Policy, text, cancellationToken).ConfigureAwait(false);
        context.Http.Response.StatusCode = 204;
    }

    static Task DeletePolicyAsync(S3Context context, CancellationToken cancellationToken) =>
        Delete(BucketSettings.Policy, "DeleteBucketPolicy")(context, cancellationToken);

    static async Task PolicyStatusAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "GetBucketPolicyStatus", null, cancellationToken)
            .ConfigureAwait(false);
        var isPublic = (state.Setting(BucketSettings.Policy) is { } policy && BucketPolicy.Parse(policy).IsPublic)
            || AclGrants.IsPublic(state.Setting(BucketSettings.Acl) ?? "");
        await S3Xml.WriteAsync(
            context, S3Element.New("PolicyStatus", S3Element.New("IsPublic", isPublic)), cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task SetCorsAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "PutBucketCORS", null, cancellationToken).ConfigureAwait(false);
        var root = await S3Xml.ReadAsync(context, "CORSConfiguration", BodyMax, cancellationToken)
            .ConfigureAwait(false);
        CorsRules.Check(root);
        await context.Workspace.Buckets.SetSettingAsync(
            context.Bucket!, BucketSettings.Cors, root.ToString(SaveOptions.DisableFormatting), cancellationToken)
            .ConfigureAwait(false);
    }

    static async Task TagsAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "GetBucketTagging", null, cancellationToken)
            .ConfigureAwait(false);
        var tags = state.Setting(BucketSettings.Tags)
            ?? throw new S3Exception(404, "NoSuchTagSet", "The TagSet does not exist");
        await S3Xml.WriteAsync(context, TagSet.ToXml(tags), cancellationToken).ConfigureAwait(false);
    }

    static async Task SetTagsAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "PutBucketTagging", null, cancellationToken).ConfigureAwait(false);
        var root = await S3Xml.ReadAsync(context, "Tagging", BodyMax, cancellationToken).ConfigureAwait(false);
        await context.Workspace.Buckets.SetSettingAsync(
            context.Bucket!, BucketSettings.Tags, TagSet.FromXml(root, isBucket: true), cancellationToken)
            .ConfigureAwait(false);
        context.Http.Response.StatusCode = 204;
    }

    static async Task OwnershipAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "GetBucketOwnershipControls", null, cancellationToken)
            .ConfigureAwait(false);
        var ownership = state.Setting(BucketSettings.Ownership) ?? throw new S3Exception(
            404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found");
        await S3Xml.WriteAsync(
            context,
            S3Element.New("OwnershipControls", S3Element.New("Rule", S3Element.New("ObjectOwnership", ownership))),
            cancellationToken).ConfigureAwait(false);
    }

    static async Task SetOwnershipAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "PutBucketOwnershipControls", null, cancellationToken)
            .ConfigureAwait(false);
        var root = await S3Xml.ReadAsync(context, "OwnershipControls", BodyMax, cancellationToken)
            .ConfigureAwait(false);
        var ownership = root.Child("Rule")?.Text("ObjectOwnership");
        if (ownership is null || !ObjectOwnership.IsKnown(ownership))
            throw S3Element.Malformed();
        ObjectOwnership.CheckAcl(ownership, state.Setting(BucketSettings.Acl), state.Bucket.Owner);
        await context.Workspace.Buckets.SetSettingAsync(
            context.Bucket!, BucketSettings.Ownership, ownership, cancellationToken).ConfigureAwait(false);
    }

    static async Task SetPublicAccessAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "PutBucketPublicAccessBlock", null, cancellationToken)
            .ConfigureAwait(false);
        var block = PublicAccessBlock.Parse(await S3Xml.ReadAsync(
            context, "PublicAccessBlockConfiguration", BodyMax, cancellationToken).ConfigureAwait(false));
        await context.Workspace.Buckets.SetSettingAsync(
            context.Bucket!, BucketSettings.PublicAccess, block.ToXml().ToString(SaveOptions.DisableFormatting),
            cancellationToken).ConfigureAwait(false);
    }

    static Func<S3Context, CancellationToken, Task> Xml(string setting, string missing, string action) =>
        async (context, cancellationToken) =>
        {
            var state = await BucketAccess.RequireAsync(context, action, null, cancellationToken)
                .ConfigureAwait(false);
            var text = state.Setting(setting)
                ?? throw new S3Exception(404, missing, "The configuration does not exist");
            await S3Xml.WriteAsync(context, XElement.Parse(text), cancellationToken).ConfigureAwait(false);
        };

    static Func<S3Context, CancellationToken, Task> Delete(string setting, string action) =>
        async (context, cancellationToken) =>
        {
            await BucketAccess.RequireAsync(context, action, null, cancellationToken).ConfigureAwait(false);
            await context.Workspace.Buckets.SetSettingAsync(context.Bucket!, setting, null, cancellationToken)
                .ConfigureAwait(false);
            context.Http.Response.StatusCode = 204;
        };

    static Func<S3Context, CancellationToken, Task> Absent(string code) => async (context, cancellationToken) =>
    {
        await BucketAccess.RequireAsync(context, "GetBucketConfiguration", null, cancellationToken)
            .ConfigureAwait(false);
        throw new S3Exception(404, code, "The configuration does not exist");
    };

    // There is none to delete, and it is gone then.
    static async Task Nothing(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "PutBucketConfiguration", null, cancellationToken)
            .ConfigureAwait(false);
        context.Http.Response.StatusCode = 204;
    }

    static S3Exception NotAllowed() =>
        new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
}
