using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Buckets.Signing;

/// <summary>Derives signing keys, and remembers them: four HMACs are more than a small request costs. Thread-safe.
/// </summary>
public sealed class SigningKeys
{
    const int MaxRemembered = 1024;

    readonly ConcurrentDictionary<(string Secret, string Date, string Region), byte[]> _keys = new();

    public byte[] For(string secret, SigV4Credential credential)
    {
        var name = (secret, credential.Date, credential.Region);
        if (_keys.TryGetValue(name, out var known))
        {
            return known;
        }

        if (_keys.Count >= MaxRemembered)
        {
            _keys.Clear();
        }

        return _keys[name] = Derive(secret, credential.Date, credential.Region);
    }

    /// <summary>HMAC of the date, region, service and the closing word, each under the one before.</summary>
    public static byte[] Derive(string secret, string date, string region)
    {
        var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes($"AWS4{secret}"), Encoding.UTF8.GetBytes(date));
        key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(region));
        key = HMACSHA256.HashData(key, "s3"u8);
        return HMACSHA256.HashData(key, "aws4_request"u8);
    }
}
