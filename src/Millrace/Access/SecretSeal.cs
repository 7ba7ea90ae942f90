using System.Security.Cryptography;
using System.Text;

namespace Millrace.Access;

/// <summary>Keeps the secrets of keys unreadable in the catalog and its backups: AES-256-GCM under a key that lies in
/// a file of its own. The id of the key is authenticated with it, so that rows cannot be swapped.</summary>
/// <remarks>The bytes are drawn in docs/formats/access.md: version, 12 bytes nonce, ciphertext, 16 bytes tag.</remarks>
sealed class SecretSeal(string path)
{
    const byte Version = 1;
    const int KeySize = 32;
    const int NonceSize = 12;
    const int TagSize = 16;

    readonly Lazy<byte[]> _key = new(
        () => SecretFile.ReadOrCreate(path, () => RandomNumberGenerator.GetBytes(KeySize)),
        // A file whose mode was wrong is read again once it is right.
        LazyThreadSafetyMode.PublicationOnly);

    public string Seal(string keyId, string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var bytes = new byte[1 + NonceSize + plain.Length + TagSize];
        bytes[0] = Version;
        RandomNumberGenerator.Fill(bytes.AsSpan(1, NonceSize));
        using var aes = Open();
        aes.Encrypt(
            bytes.AsSpan(1, NonceSize), plain, bytes.AsSpan(1 + NonceSize, plain.Length), bytes.AsSpan(^TagSize..),
            Encoding.UTF8.GetBytes(keyId));
        return Convert.ToBase64String(bytes);
    }

    /// <exception cref="MillraceException"><c>secret-unreadable</c>.</exception>
    public string Unseal(string keyId, string sealedSecret)
    {
        try
        {
            var bytes = Convert.FromBase64String(sealedSecret);
            if (bytes.Length < 1 + NonceSize + TagSize || bytes[0] != Version)
            {
                throw Unreadable(keyId, null);
            }

            var plain = new byte[bytes.Length - 1 - NonceSize - TagSize];
            using var aes = Open();
            aes.Decrypt(
                bytes.AsSpan(1, NonceSize), bytes.AsSpan(1 + NonceSize, plain.Length), bytes.AsSpan(^TagSize..), plain,
                Encoding.UTF8.GetBytes(keyId));
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            throw Unreadable(keyId, exception);
        }
    }

    AesGcm Open() => _key.Value.Length == KeySize ? new AesGcm(_key.Value, TagSize) : throw new MillraceException(
        ErrorKind.Corrupt, "secret-damaged", $"'{path}' has {_key.Value.Length} bytes; it was made with {KeySize}.",
        "Bring it back from a backup; if there is none, delete it and make new keys.");

    MillraceException Unreadable(string keyId, Exception? inner) => new(
        ErrorKind.Corrupt, "secret-unreadable", $"The secret of key '{keyId}' cannot be opened with '{path}'.",
        "Bring that file back from a backup, or remove the key with 'millrace key remove' and make a new one.", inner);
}
