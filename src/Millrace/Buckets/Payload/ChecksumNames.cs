namespace Millrace.Buckets.Payload;

/// <summary>How S3 writes the names of checksums, and how many bytes they have.</summary>
public static class ChecksumNames
{
    const string HeaderStart = "x-amz-checksum-";

    static readonly ChecksumAlgorithm[] All = Enum.GetValues<ChecksumAlgorithm>();

    /// <summary>As in <c>x-amz-sdk-checksum-algorithm</c> and in XML: CRC32, CRC32C, CRC64NVME, SHA1, SHA256.</summary>
    public static string Name(this ChecksumAlgorithm algorithm) => algorithm.ToString().ToUpperInvariant();

    /// <summary>The header or trailer that carries it in Base64, in lower case.</summary>
    public static string Header(this ChecksumAlgorithm algorithm) =>
        HeaderStart + algorithm.ToString().ToLowerInvariant();

    public static int SizeBytes(this ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C => 4,
        ChecksumAlgorithm.Crc64Nvme => 8,
        ChecksumAlgorithm.Sha1 => 20,
        _ => 32,
    };

    /// <summary>The algorithm of a name in any case, or null.</summary>
    public static ChecksumAlgorithm? Parse(string name) => Find(algorithm =>
        name.Equals(algorithm.ToString(), StringComparison.OrdinalIgnoreCase));

    /// <summary>The algorithm of a header's name in any case, or null.</summary>
    public static ChecksumAlgorithm? ParseHeader(string header) =>
        header.StartsWith(HeaderStart, StringComparison.OrdinalIgnoreCase) ? Parse(header[HeaderStart.Length..]) : null;

    static ChecksumAlgorithm? Find(Func<ChecksumAlgorithm, bool> isIt)
    {
        foreach (var algorithm in All)
        {
            if (isIt(algorithm))
            {
                return algorithm;
            }
        }

        return null;
    }
}
