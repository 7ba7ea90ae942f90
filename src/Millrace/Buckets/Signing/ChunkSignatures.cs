using System.Security.Cryptography;
using System.Text;

namespace Millrace.Buckets.Signing;

/// <summary>The chain of signatures of a payload that is signed in chunks: each signs its chunk and the signature
/// before it, the first that of the request. For one payload.</summary>
public sealed class ChunkSignatures(SigV4Claim claim, byte[] signingKey)
{
    const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    string _previous = claim.Signature;

    /// <summary>Goes on by one chunk.</summary>
    /// <returns>False when the signature is not that of a chunk with this hash in this place.</returns>
    public bool TryChunk(ReadOnlySpan<byte> hash, string signature) => TryNext(
        $"{SigV4Claim.Algorithm}-PAYLOAD\n{claim.TimeText}\n{claim.Credential.Scope}\n{_previous}\n{EmptyHash}\n"
        + Convert.ToHexStringLower(hash),
        signature);

    /// <summary>Ends the chain with the trailing headers.</summary>
    /// <param name="trailer">Lines <c>name:value</c>, each with a line feed.</param>
    /// <param name="signature">What the client says.</param>
    public bool TryTrailer(string trailer, string signature) => TryNext(
        $"{SigV4Claim.Algorithm}-TRAILER\n{claim.TimeText}\n{claim.Credential.Scope}\n{_previous}\n"
        + Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(trailer))),
        signature);

    bool TryNext(string text, string signature)
    {
        _previous = SigV4Claim.Sign(signingKey, text);
        return CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(_previous), Encoding.Latin1.GetBytes(signature));
    }
}
