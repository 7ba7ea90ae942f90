namespace Millrace.Access;

/// <summary>What a key may do in a bucket. Each right holds those before it.</summary>
public enum AccessRight
{
    /// <summary>List and read objects.</summary>
    Read = 1,

    /// <summary>Write and delete objects.</summary>
    Write = 2,

    /// <summary>Make and delete the bucket, change its settings, pass over governed locks.</summary>
    Admin = 3,
}
