namespace Millrace.Buckets;

/// <summary>A bucket as it is.</summary>
/// <param name="Id">Its number in the catalog.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owner">The access key id of who made it; empty when nobody was asked.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Versioning">Whether an overwritten object stays as an older version.</param>
/// <param name="HasLock">Whether its versions may be locked against deletion.</param>
public sealed record Bucket(
    long Id, string Name, string Owner, DateTimeOffset CreatedAt, BucketVersioning Versioning, bool HasLock);

/// <summary>What happens to the object that another one replaces. The numbers are in the catalog.</summary>
public enum BucketVersioning
{
    /// <summary>It was never asked for: what is replaced is gone.</summary>
    Off = 0,

    /// <summary>It stays as an older version.</summary>
    Enabled = 1,

    /// <summary>New objects take the place of the version 'null'; the others stay.</summary>
    Suspended = 2,
}
