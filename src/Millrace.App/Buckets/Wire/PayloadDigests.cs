using Millrace.Buckets.Payload;

namespace Millrace.App.Buckets;

/// <summary>Digests of a request's payload; there once it was read to the end.</summary>
sealed class PayloadDigests(VerifiedPayloadStream payload)
{
    /// <summary>16 bytes, if it was asked for or the client sent it.</summary>
    public byte[]? Md5 => payload.Md5;

    /// <summary>32 bytes, once the payload was read to its end; null unless the client signed it as a whole.</summary>
    public Func<byte[]>? Sha256 => payload.HasSha256
        ? () => payload.Sha256 ?? throw new InvalidOperationException("The payload was not read to its end.") : null;

    /// <summary>The name (such as CRC64NVME) and Base64 of the checksum that was verified or asked for.</summary>
    public (string Algorithm, string Base64)? Checksum => payload.Checksum is { } checksum
        ? (checksum.Algorithm.Name(), Convert.ToBase64String(checksum.Value)) : null;

    /// <summary>Has the MD5 computed; before the first read.</summary>
    public void AskForMd5() => payload.AskForMd5();

    /// <summary>Has a checksum computed unless the client sends one; before the first read.</summary>
    /// <exception cref="S3Exception">The algorithm is none.</exception>
    public void AskForChecksum(string algorithm) => payload.AskForChecksum(
        ChecksumNames.Parse(algorithm) ?? throw new S3Exception(
            400, "InvalidRequest", "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            + "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"));
}
