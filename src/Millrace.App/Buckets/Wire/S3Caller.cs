using Millrace.Access;

namespace Millrace.App.Buckets;

/// <summary>Who asks, and what the key may do.</summary>
/// <param name="accessKeyId">Null when nobody signed.</param>
/// <param name="grants">What the key may do.</param>
/// <param name="account">Who owns what the key makes; null is the key itself.</param>
sealed class S3Caller(string? accessKeyId, IReadOnlyList<AccessGrant> grants, string? account = null)
{
    /// <summary>Nobody: without rights, unless a bucket gives them to everyone.</summary>
    public static S3Caller Anonymous { get; } = new(null, []);

    public string? AccessKeyId { get; } = accessKeyId;

    /// <summary>Who owns what is made; null when nobody signed.</summary>
    public string? Account { get; } = account ?? accessKeyId;

    /// <summary>Whether the caller may make a bucket of this name.</summary>
    public bool MayCreate(string bucket) => MayOwn(bucket);

    /// <summary>Whether what the caller's account owns is the key's to use as an owner does.</summary>
    public bool MayOwn(string bucket) => grants.Any(
        grant => grant.Right is AccessRight.Own or AccessRight.Admin && grant.Gives(AccessRight.Own, bucket));

    public bool MayRead(string bucket) => May(AccessRight.Read, bucket);

    public bool MayWrite(string bucket) => May(AccessRight.Write, bucket);

    public bool MayAdmin(string bucket) => May(AccessRight.Admin, bucket);

    bool May(AccessRight right, string bucket) => grants.Any(grant => grant.Gives(right, bucket));
}
