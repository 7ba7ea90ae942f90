using Millrace.Access;

namespace Millrace.App.Buckets;

/// <summary>Who asks, and what the key may do.</summary>
/// <param name="accessKeyId">Null when nobody signed.</param>
/// <param name="grants">What the key may do.</param>
sealed class S3Caller(string? accessKeyId, IReadOnlyList<AccessGrant> grants)
{
    /// <summary>Nobody: without rights, unless a bucket gives them to everyone.</summary>
    public static S3Caller Anonymous { get; } = new(null, []);

    public string? AccessKeyId { get; } = accessKeyId;

    public bool MayRead(string bucket) => May(AccessRight.Read, bucket);

    public bool MayWrite(string bucket) => May(AccessRight.Write, bucket);

    public bool MayAdmin(string bucket) => May(AccessRight.Admin, bucket);

    bool May(AccessRight right, string bucket) => grants.Any(grant => grant.Gives(right, bucket));
}
