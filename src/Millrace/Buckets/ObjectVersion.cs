using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>One version of a key in a bucket.</summary>
public sealed record ObjectVersion
{
    /// <summary>The id of a version that was written while versioning was not enabled.</summary>
    public const string NullId = "null";

    public required string Key { get; init; }

    /// <summary><see cref="NullId"/>, or 32 hexadecimal digits.</summary>
    public string VersionId { get; init; } = NullId;

    /// <summary>Whether it is the key's newest version.</summary>
    public bool IsLatest { get; init; }

    /// <summary>Whether it says that the key is deleted, and has no bytes.</summary>
    public bool IsMarker { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>Without quotes: the MD5 of the bytes, or of the parts' MD5s with their number.</summary>
    public string ETag { get; init; } = "";

    public DateTimeOffset ModifiedAt { get; init; }

    public string Owner { get; init; } = "";

    /// <summary>The checksum that came with the bytes and was found right.</summary>
    public ObjectChecksum? Checksum { get; init; }

    public ObjectLock Lock { get; init; }

    /// <summary>Labels, as a query string; empty for none.</summary>
    public string Tags { get; init; } = "";

    /// <summary>Who may use it besides the owner, one grant a line; empty for nobody.</summary>
    public string Acl { get; init; } = "";

    /// <summary>Names in lower case, with their values, to be given back as they came.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = EmptyHeaders;

    /// <summary>The objects that follow each other are the bytes; empty for a marker, and in listings.</summary>
    public IReadOnlyList<BodyPart> Parts { get; init; } = [];

    internal static readonly IReadOnlyDictionary<string, string> EmptyHeaders = new Dictionary<string, string>();
}

/// <summary>A piece of a version's bytes.</summary>
/// <param name="Hash">The object.</param>
/// <param name="SizeBytes">Its bytes in number.</param>
/// <param name="Number">The part of an upload that it was; 0 when it was put as one.</param>
/// <param name="Checksum">Base64; empty when none came with it.</param>
public sealed record BodyPart(ContentHash Hash, long SizeBytes, int Number = 0, string Checksum = "");

/// <summary>A checksum as S3 names it.</summary>
/// <param name="Algorithm"><c>CRC32</c>, <c>CRC32C</c>, <c>CRC64NVME</c>, <c>SHA1</c>, <c>SHA256</c>.</param>
/// <param name="Value">Base64; that of parts' checksums ends in the number of parts.</param>
/// <param name="IsComposite">Whether it is made of the parts' checksums.</param>
public sealed record ObjectChecksum(string Algorithm, string Value, bool IsComposite = false);

/// <summary>What keeps a version from being deleted.</summary>
/// <param name="Mode"><c>GOVERNANCE</c>, <c>COMPLIANCE</c>, or null.</param>
/// <param name="Until">The end of the mode.</param>
/// <param name="HasLegalHold">Whether it stays until this is taken away.</param>
public readonly record struct ObjectLock(string? Mode, DateTimeOffset Until, bool HasLegalHold);
