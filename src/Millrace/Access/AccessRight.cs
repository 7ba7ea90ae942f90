namespace Millrace.Access;

/// <summary>What a key may do in a bucket. Each right holds those before it.</summary>
public enum AccessRight
{
    /// <summary>Make buckets, and everything in those that the account owns; nothing in others.</summary>
    Own = 0,

    /// <summary>List and read objects.</summary>
    Read = 1,

    /// <summary>Write and delete objects.</summary>
    Write = 2,

    /// <summary>Make and delete the bucket, change its settings, pass over governed locks.</summary>
    Admin = 3,
}
