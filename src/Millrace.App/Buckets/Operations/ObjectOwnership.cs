using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Who owns what is put into a bucket: whoever puts it, or the bucket's owner, who then may do without access
/// lists.</summary>
static class ObjectOwnership
{
    const string Enforced = "BucketOwnerEnforced";
    const string Preferred = "BucketOwnerPreferred";
    const string Writer = "ObjectWriter";
    const string GivesAway = "bucket-owner-full-control";

    public static S3Exception NoLists =>
        new(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");

    public static bool IsKnown(string? ownership) => ownership is Enforced or Preferred or Writer;

    /// <summary>Whether the bucket's owner owns everything in it, so that lists do not count.</summary>
    public static bool IsEnforced(BucketState state) => state.Setting(BucketSettings.Ownership) == Enforced;

    /// <summary>The owner and the list of an object that is put.</summary>
    /// <param name="state">The bucket.</param>
    /// <param name="headers">Of the put.</param>
    /// <param name="writer">Who puts it.</param>
    /// <param name="acl">What the headers ask for; null when they say nothing.</param>
    /// <exception cref="S3Exception">AccessControlListNotSupported: the bucket takes no list but one that gives its
    /// owner everything.</exception>
    public static (string Owner, string Acl) Decide(
        BucketState state, IHeaderDictionary headers, string writer, string? acl)
    {
        var owner = state.Bucket.Owner;
        var isGivenAway = headers["x-amz-acl"] == GivesAway;
        return state.Setting(BucketSettings.Ownership) switch
        {
            Enforced when acl is null || isGivenAway || acl == AclGrants.FullControl(owner) => (owner, ""),
            Enforced => throw NoLists,
            Preferred when isGivenAway => (owner, ""),
            _ => (writer, acl ?? ""),
        };
    }

    /// <summary>Looks at what a bucket shall begin with.</summary>
    /// <exception cref="S3Exception">InvalidArgument, InvalidBucketAclWithObjectOwnership.</exception>
    public static void CheckNew(string ownership, string? acl, string owner)
    {
        if (ownership.Length > 0 && !IsKnown(ownership))
            throw S3Failure.InvalidArgument($"ObjectOwnership is {Enforced}, {Preferred} or {Writer}.");
        CheckAcl(ownership, acl, owner);
    }

    /// <summary>Whether a bucket with this list may have the ownership.</summary>
    /// <exception cref="S3Exception">InvalidBucketAclWithObjectOwnership.</exception>
    public static void CheckAcl(string ownership, string? acl, string owner)
    {
        if (ownership == Enforced && acl is { Length: > 0 } && acl != AclGrants.FullControl(owner))
        {
            throw new S3Exception(
                400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's "
                + $"{Enforced} setting");
        }
    }
}
