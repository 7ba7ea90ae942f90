using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Millrace.App.Buckets.Operations;

/// <summary>Access control lists: one grant a line, <c>PERMISSION WHO</c>, where WHO is an account, or
/// <c>*</c> for all, or <c>+</c> for all who have a key. An empty text means that the owner alone may.</summary>
static class AclGrants
{
    const string GroupPrefix = "http://acs.amazonaws.com/groups/global/";
    const string All = "*";
    const string WithKey = "+";

    static readonly string[] Permissions = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"];

    /// <summary>Whether a text grants a permission to a caller.</summary>
    public static bool Allows(string acl, string permission, string? accessKeyId)
    {
        foreach (var range in acl.AsSpan().Split('\n'))
        {
            var grant = acl.AsSpan(range);
            var at = grant.IndexOf(' ');
            if (at < 0 || (!grant[..at].SequenceEqual(permission) && !grant[..at].SequenceEqual("FULL_CONTROL")))
                continue;
            var who = grant[(at + 1)..];
            if (who.SequenceEqual(All) || (accessKeyId is not null && (who.SequenceEqual(WithKey)
                || who.SequenceEqual(accessKeyId))))
            {
                return true;
            }
        }

        return false;
    }

    public static bool IsPublic(string acl) => acl.Split('\n').Any(
        grant => grant.EndsWith(" *") || grant.EndsWith(" +"));

    /// <summary>The list that gives one account everything and nobody else anything.</summary>
    public static string FullControl(string owner) => $"FULL_CONTROL {owner}";

    /// <summary>What the headers ask for; null when they say nothing.</summary>
    public static async Task<string?> FromHeadersAsync(
        S3Context context, IHeaderDictionary headers, string owner, string bucketOwner,
        CancellationToken cancellationToken)
    {
        if (headers.TryGetValue("x-amz-acl", out var canned))
            return FromCanned(canned.ToString(), owner, bucketOwner);
        var grants = new List<string>();
        OwnerNames? owners = null;
        foreach (var permission in Permissions)
        {
            var name = $"x-amz-grant-{permission.ToLowerInvariant().Replace('_', '-')}";
            if (!headers.TryGetValue(name, out var value))
                continue;
            owners ??= await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false);
            foreach (var grantee in value.ToString().Split(',', StringSplitOptions.TrimEntries))
            {
                grants.Add(grantee.Split('=', 2) switch
                {
                    ["id", var id] => $"{permission} {Id(id.Trim('"'), owners)}",
                    ["uri", var uri] => $"{permission} {Group(uri.Trim('"'))}",
                    ["emailAddress", var email] => $"{permission} {Email(email.Trim('"'), owners)}",
                    _ => throw S3Failure.InvalidArgument("Argument format not recognized"),
                });
            }
        }

        return grants.Count == 0 ? null : string.Join('\n', grants);
    }

    public static string FromCanned(string canned, string owner, string bucketOwner) => canned switch
    {
        "private" => "",
        "public-read" => $"READ {All}\nFULL_CONTROL {owner}",
        "public-read-write" => $"READ {All}\nWRITE {All}\nFULL_CONTROL {owner}",
        "authenticated-read" => $"READ {WithKey}\nFULL_CONTROL {owner}",
        "bucket-owner-read" => owner == bucketOwner ? "" : $"FULL_CONTROL {owner}\nREAD {bucketOwner}",
        "bucket-owner-full-control" => owner == bucketOwner
            ? "" : $"FULL_CONTROL {owner}\nFULL_CONTROL {bucketOwner}",
        _ => throw S3Failure.InvalidArgument($"'{canned}' is not a canned ACL."),
    };

    public static string FromXml(XElement policy, string owner, OwnerNames owners)
    {
        if (policy.Child("Owner")?.Text("ID") is { } named && named != owner)
            throw S3Failure.AccessDenied;
        var list = policy.Child("AccessControlList") ?? throw S3Element.Malformed();
        var grants = new List<string>();
        foreach (var grant in list.Children("Grant"))
        {
            var permission = grant.Text("Permission") ?? "";
            if (!Permissions.Contains(permission) || grant.Child("Grantee") is not { } grantee)
                throw S3Element.Malformed();
            grants.Add(grantee switch
            {
                _ when grantee.Text("URI") is { } uri => $"{permission} {Group(uri)}",
                _ when grantee.Text("ID") is { } id => $"{permission} {Id(id, owners)}",
                _ when grantee.Text("EmailAddress") is { } email => $"{permission} {Email(email, owners)}",
                _ => throw S3Element.Malformed(),
            });
        }

        // A list without any grant is not the empty text, which leaves the owner everything.
        return grants.Count == 0 ? "NONE" : string.Join('\n', grants);
    }

    public static XElement ToXml(string acl, string owner, OwnerNames owners)
    {
        var list = S3Element.New("AccessControlList");
        foreach (var grant in acl.Length == 0 ? [$"FULL_CONTROL {owner}"] : acl.Split('\n'))
        {
            if (grant.Split(' ', 2) is not [var permission, var who])
                continue;
            var grantee = who switch
            {
                All => S3Element.Grantee("Group", S3Element.New("URI", GroupPrefix + "AllUsers")),
                WithKey => S3Element.Grantee("Group", S3Element.New("URI", GroupPrefix + "AuthenticatedUsers")),
                _ => S3Element.Grantee(
                    "CanonicalUser", S3Element.New("ID", who), S3Element.New("DisplayName", owners.Name(who))),
            };
            list.Add(S3Element.New("Grant", grantee, S3Element.New("Permission", permission)));
        }

        return S3Element.New("AccessControlPolicy", owners.Owner(owner), list);
    }

    static string Group(string uri) => uri switch
    {
        GroupPrefix + "AllUsers" => All,
        GroupPrefix + "AuthenticatedUsers" => WithKey,
        _ => throw S3Failure.InvalidArgument("Invalid group uri"),
    };

    static string Id(string id, OwnerNames owners) =>
        owners.Has(id) ? id : throw S3Failure.InvalidArgument("Invalid id");

    static string Email(string email, OwnerNames owners) => owners.OfEmail(email) ?? throw new S3Exception(
        400, "UnresolvableGrantByEmailAddress",
        "The e-mail address you provided does not match any account on record.");
}
