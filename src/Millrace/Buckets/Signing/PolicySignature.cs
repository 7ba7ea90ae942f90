using System.Security.Cryptography;
using System.Text;

namespace Millrace.Buckets.Signing;

/// <summary>The signature of a form that a browser posts: over its policy, which is sent in Base64.</summary>
public static class PolicySignature
{
    /// <summary>The key's id that a form names; null when the form is not signed.</summary>
    /// <param name="fields">The form's fields; names in lower case.</param>
    /// <exception cref="MillraceException"><c>presign-malformed</c>.</exception>
    public static string? AccessKeyId(IReadOnlyDictionary<string, string> fields)
    {
        if (fields.TryGetValue("x-amz-credential", out var credential))
        {
            return (SigV4Credential.TryParse(credential)
                ?? throw SigningFault.QueryMalformed("x-amz-credential is not KEY/DATE/REGION/s3/aws4_request"))
                .AccessKeyId;
        }

        return fields.GetValueOrDefault("awsaccesskeyid");
    }

    /// <summary>Compares the form's signature, of version 4 or 2, in constant time. When a policy ends, and what it
    /// asks for, is the caller's to check.</summary>
    /// <exception cref="MillraceException"><c>signature-mismatch</c>, <c>presign-malformed</c>.</exception>
    public static void Check(IReadOnlyDictionary<string, string> fields, string secret, SigningKeys keys)
    {
        var policy = fields.GetValueOrDefault("policy") ?? throw SigningFault.QueryMalformed("there is no policy");
        if (!fields.TryGetValue("x-amz-credential", out var credential))
        {
            if (!SigV2Claim.Matches(secret, policy, fields.GetValueOrDefault("signature") ?? ""))
            {
                throw SigningFault.Mismatch();
            }

            return;
        }

        if (fields.GetValueOrDefault("x-amz-algorithm") != SigV4Claim.Algorithm)
        {
            throw SigningFault.QueryMalformed("x-amz-algorithm is not AWS4-HMAC-SHA256");
        }

        var key = keys.For(secret, SigV4Credential.TryParse(credential)
            ?? throw SigningFault.QueryMalformed("x-amz-credential is not KEY/DATE/REGION/s3/aws4_request"));
        if (!CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(SigV4Claim.Sign(key, policy)),
            Encoding.UTF8.GetBytes(fields.GetValueOrDefault("x-amz-signature") ?? "")))
        {
            throw SigningFault.Mismatch();
        }
    }
}
