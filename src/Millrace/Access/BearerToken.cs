using System.Security.Cryptography;
using System.Text;

namespace Millrace.Access;

/// <summary>The one token of the HTTP API, made at the first start. Whoever may read its file may use the
/// API.</summary>
public sealed class BearerToken
{
    const int RandomSize = 32;
    const string Start = "mr_";

    readonly byte[] _digest;

    BearerToken(string path, byte[] digest)
    {
        Path = path;
        _digest = digest;
    }

    /// <summary>Where it lies (mode 0600).</summary>
    public string Path { get; }

    /// <summary>Reads the token, or makes it.</summary>
    /// <exception cref="MillraceException"><c>secret-exposed</c>, <c>secret-damaged</c>.</exception>
    public static BearerToken Open(string path)
    {
        var bytes = SecretFile.ReadOrCreate(path, Make);
        var text = Encoding.ASCII.GetString(bytes).Trim();
        return text.Length >= RandomSize ? new BearerToken(path, Digest(text)) : throw new MillraceException(
            ErrorKind.Corrupt, "secret-damaged",
            $"'{path}' holds {text.Length} characters; a token has at least {RandomSize}.",
            "Delete it; the next start makes a new one.");
    }

    /// <summary>Compares in a time that says nothing of how much is right, nor of the length.</summary>
    public bool Matches(string candidate) => CryptographicOperations.FixedTimeEquals(Digest(candidate), _digest);

    static byte[] Make() =>
        Encoding.ASCII.GetBytes(
            $"{Start}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomSize))}\n");

    static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
