namespace Millrace.Buckets.Payload;

/// <summary>What a request says of its payload before it comes.</summary>
public sealed record PayloadExpectation
{
    const int Md5Size = 16;

    /// <summary>Bytes after decoding; null when it is not said.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>32 bytes, or null.</summary>
    public byte[]? Sha256 { get; init; }

    /// <summary>16 bytes, or null.</summary>
    public byte[]? Md5 { get; init; }

    /// <summary>Which checksum is sent, in a header or in a trailer.</summary>
    public ChecksumAlgorithm? Algorithm { get; init; }

    /// <summary>The checksum's bytes; null with an algorithm means that a trailer brings it.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>Reads the Base64 of an MD5.</summary>
    /// <exception cref="MillraceException"><c>digest-malformed</c>.</exception>
    public static byte[] ParseMd5(string text) => Parse(text, Md5Size, "Content-MD5");

    /// <summary>Reads the Base64 of a checksum.</summary>
    /// <exception cref="MillraceException"><c>digest-malformed</c>.</exception>
    public static byte[] ParseChecksum(string text, ChecksumAlgorithm algorithm) =>
        Parse(text, algorithm.SizeBytes(), algorithm.Header());

    static byte[] Parse(string text, int size, string name)
    {
        var bytes = new byte[size];
        return Convert.TryFromBase64String(text, bytes, out var count) && count == size
            ? bytes : throw PayloadFault.DigestMalformed(name);
    }
}
