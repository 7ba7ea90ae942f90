namespace Millrace.Buckets.Payload;

/// <summary>The checksums that S3 knows beside MD5.</summary>
public enum ChecksumAlgorithm
{
    /// <summary>CRC-32 of zlib, 4 bytes.</summary>
    Crc32 = 1,

    /// <summary>CRC-32C (Castagnoli), 4 bytes.</summary>
    Crc32C = 2,

    /// <summary>CRC-64 of the NVM Express specification, 8 bytes; what newer clients take.</summary>
    Crc64Nvme = 3,

    /// <summary>20 bytes.</summary>
    Sha1 = 4,

    /// <summary>32 bytes.</summary>
    Sha256 = 5,
}
