namespace Millrace.Buckets;

/// <summary>The names of a bucket's settings in the catalog.</summary>
public static class BucketSettings
{
    /// <summary>Who may use the bucket besides its owner, one grant a line.</summary>
    public const string Acl = "acl";

    /// <summary>The CORS configuration as it was sent.</summary>
    public const string Cors = "cors";

    /// <summary><c>MODE days N</c> or <c>MODE years N</c>: the lock of each new version.</summary>
    public const string LockDefault = "lock-default";

    /// <summary>The policy document as it was sent.</summary>
    public const string Policy = "policy";

    /// <summary>Labels, as a query string.</summary>
    public const string Tags = "tags";

    /// <summary>The name of the region that it was created for.</summary>
    public const string Location = "location";

    /// <summary>The rule of object ownership.</summary>
    public const string Ownership = "ownership";

    /// <summary>The public access block as it was sent.</summary>
    public const string PublicAccess = "public-access";
}
