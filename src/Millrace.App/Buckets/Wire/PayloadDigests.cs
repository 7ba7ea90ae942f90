namespace Millrace.App.Buckets;

/// <summary>What was found of a payload once it was read to its end.</summary>
sealed class PayloadDigests
{
    public byte[]? Md5 { get; set; }

    public (string Algorithm, string Base64)? Checksum { get; set; }

    public string? Asked { get; private set; }

    public void AskForChecksum(string algorithm) => Asked = algorithm;
}
