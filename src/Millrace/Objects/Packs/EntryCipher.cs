using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Millrace.Objects.Packs;

/// <summary>Encrypts entries with the key of a store such that equal content stays equal, so that each is still kept
/// once: AES-256-GCM for payloads, AES-256-CBC for ids. Thread-safe. See docs/formats/objects.md.</summary>
/// <remarks>The nonce is an HMAC of what is encrypted (a synthetic IV, as in RFC 5297), and the key of an entry is an
/// HMAC of its id: the same nonce comes again only with the same bytes, also when another version of a compressor or
/// chunker makes other bytes for the same id. Ids are two blocks with an IV of zero: they are hashes, whose first
/// blocks do not repeat, and it can be undone, which listing needs.</remarks>
sealed class EntryCipher : IDisposable
{
    public const int KeySize = 32;

    /// <summary>Bytes that a payload grows by: the nonce before it, the tag behind it.</summary>
    public const int Overhead = NonceSize + TagSize;

    /// <summary>Bytes that name the key in a pack's header.</summary>
    public const int KeyNameSize = 16;

    const int NonceSize = 12;
    const int TagSize = 16;
    const int BoundSize = ContentHash.Size + 8;

    readonly byte[] _entryKey;
    readonly byte[] _nonceKey;
    readonly ThreadLocal<Aes> _ids;

    /// <param name="key">32 bytes, as chance gives them.</param>
    public EntryCipher(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize);
        var own = key.ToArray();
        _entryKey = HKDF.Expand(HashAlgorithmName.SHA256, own, KeySize, "millrace entry"u8.ToArray());
        _nonceKey = HKDF.Expand(HashAlgorithmName.SHA256, own, KeySize, "millrace nonce"u8.ToArray());
        var idKey = HKDF.Expand(HashAlgorithmName.SHA256, own, KeySize, "millrace id"u8.ToArray());
        KeyName = HKDF.Expand(HashAlgorithmName.SHA256, own, KeyNameSize, "millrace key name"u8.ToArray());
        CryptographicOperations.ZeroMemory(own);
        _ids = new ThreadLocal<Aes>(
            () =>
            {
                var aes = Aes.Create();
                aes.Key = idKey;
                return aes;
            },
            trackAllValues: true);
    }

    /// <summary>Names the key without telling anything of it.</summary>
    public byte[] KeyName { get; }

    /// <summary>The id as files show it.</summary>
    public ContentHash Hide(ContentHash id)
    {
        Span<byte> plain = stackalloc byte[ContentHash.Size];
        Span<byte> hidden = stackalloc byte[ContentHash.Size];
        Span<byte> iv = stackalloc byte[16];
        iv.Clear();
        id.CopyTo(plain);
        _ids.Value!.EncryptCbc(plain, iv, hidden, PaddingMode.None);
        return new ContentHash(hidden);
    }

    /// <summary>The id itself.</summary>
    public ContentHash Reveal(ContentHash hidden)
    {
        Span<byte> stored = stackalloc byte[ContentHash.Size];
        Span<byte> plain = stackalloc byte[ContentHash.Size];
        Span<byte> iv = stackalloc byte[16];
        iv.Clear();
        hidden.CopyTo(stored);
        _ids.Value!.DecryptCbc(stored, iv, plain, PaddingMode.None);
        return new ContentHash(plain);
    }

    /// <summary>Encrypts a payload.</summary>
    /// <param name="entry">With its id and codec as they are before; lengths of the payload do not matter.</param>
    /// <param name="payload">Compressed or not.</param>
    /// <param name="target">Longer than the payload by <see cref="Overhead"/>.</param>
    public void Encrypt(PackEntry entry, ReadOnlySpan<byte> payload, Span<byte> target)
    {
        Span<byte> bound = stackalloc byte[BoundSize];
        Span<byte> key = stackalloc byte[KeySize];
        Bind(entry, bound, key);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        using (var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _nonceKey))
        {
            hash.AppendData(bound);
            hash.AppendData(payload);
            hash.GetHashAndReset(mac);
        }

        mac[..NonceSize].CopyTo(target);
        using var gcm = new AesGcm(key, TagSize);
        gcm.Encrypt(
            target[..NonceSize], payload, target.Slice(NonceSize, payload.Length),
            target[(NonceSize + payload.Length)..], bound);
    }

    /// <summary>Decrypts a payload.</summary>
    /// <returns>False when it is not what was encrypted for this entry.</returns>
    public bool TryDecrypt(PackEntry entry, ReadOnlySpan<byte> stored, Span<byte> target)
    {
        if (stored.Length != target.Length + Overhead)
            return false;
        Span<byte> bound = stackalloc byte[BoundSize];
        Span<byte> key = stackalloc byte[KeySize];
        Bind(entry, bound, key);
        using var gcm = new AesGcm(key, TagSize);
        try
        {
            gcm.Decrypt(
                stored[..NonceSize], stored.Slice(NonceSize, target.Length), stored[^TagSize..], target, bound);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var aes in _ids.Values)
            aes.Dispose();
        _ids.Dispose();
        CryptographicOperations.ZeroMemory(_entryKey);
        CryptographicOperations.ZeroMemory(_nonceKey);
    }

    /// <summary>What the tag also covers, and the entry's own key.</summary>
    void Bind(PackEntry entry, Span<byte> bound, Span<byte> key)
    {
        bound.Clear();
        entry.Id.CopyTo(bound);
        bound[ContentHash.Size] = (byte)entry.Kind;
        bound[ContentHash.Size + 1] = (byte)(entry.Codec & ~EntryCodec.Encrypted);
        BinaryPrimitives.WriteInt32LittleEndian(bound[(ContentHash.Size + 4)..], entry.RawLength);
        HMACSHA256.HashData(_entryKey, bound, key);
    }
}
