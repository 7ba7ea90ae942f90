using System.Buffers;

namespace Millrace.Objects.Packs;

/// <summary>Decodes and proves the payload of an entry.</summary>
static class EntryPayload
{
    /// <summary>Restores the raw bytes; they are not yet compared with the id.</summary>
    /// <param name="entry">The entry, with its own id.</param>
    /// <param name="stored">The payload as the pack has it.</param>
    /// <param name="target">Exactly as long as the raw bytes.</param>
    /// <param name="codec">Decompresses.</param>
    /// <param name="cipher">The store's; null when it is not encrypted.</param>
    public static bool TryDecode(
        PackEntry entry, ReadOnlySpan<byte> stored, Span<byte> target, PayloadCodec codec, EntryCipher? cipher)
    {
        if (stored.Length != entry.StoredLength || target.Length != entry.RawLength
            || (cipher is null) == entry.Codec.HasFlag(EntryCodec.Encrypted))
        {
            return false;
        }

        var isPacked = entry.Codec.HasFlag(EntryCodec.Zstd);
        if (cipher is null)
            return isPacked ? codec.TryDecompress(stored, target) : TryCopy(stored, target);
        if (!isPacked)
            return cipher.TryDecrypt(entry, stored, target);
        var length = stored.Length - EntryCipher.Overhead;
        if (length < 0)
            return false;
        var packed = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            return cipher.TryDecrypt(entry, stored, packed.AsSpan(0, length))
                && codec.TryDecompress(packed.AsSpan(0, length), target);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    /// <summary>Whether header and payload are those of the entry and prove themselves: by the hash of the bytes, or a
    /// recipe by its checksum.</summary>
    /// <param name="entry">The entry, with its own id.</param>
    /// <param name="bytes">Header and payload.</param>
    /// <param name="codec">Decompresses.</param>
    /// <param name="cipher">The store's; null when it is not encrypted.</param>
    /// <param name="payloadCrc">The checksum in the header.</param>
    public static bool IsWhole(
        PackEntry entry, ReadOnlySpan<byte> bytes, PayloadCodec codec, EntryCipher? cipher, out uint payloadCrc)
    {
        return IsEntry(entry, bytes, cipher, out payloadCrc)
            && ProvesItself(entry, bytes[PackEntry.HeaderSize..], payloadCrc, codec, cipher);
    }

    /// <summary>Whether header and payload are as long as the entry says and the header is that of the entry.</summary>
    public static bool IsEntry(PackEntry entry, ReadOnlySpan<byte> bytes, EntryCipher? cipher, out uint payloadCrc)
    {
        payloadCrc = 0;
        return bytes.Length == PackEntry.HeaderSize + entry.StoredLength
            && (entry.Kind is not (EntryKind.Blob or EntryKind.Chunk) || entry.RawLength <= GearChunker.SizeMax)
            && IsHeader(entry, bytes, cipher, out payloadCrc);
    }

    /// <summary>Whether the bytes begin with the header of the entry.</summary>
    public static bool IsHeader(PackEntry entry, ReadOnlySpan<byte> bytes, EntryCipher? cipher, out uint payloadCrc) =>
        PackEntry.TryReadHeader(bytes, entry.Offset, out var header, out payloadCrc)
        && (cipher is null ? header : header with { Id = cipher.Reveal(header.Id) }) == entry;

    /// <summary>What the header says of a payload. Of one that is encrypted its tag says more: then it is 0, but for a
    /// recipe, whose id is no hash of it.</summary>
    public static uint ChecksumOf(EntryKind kind, EntryCodec codec, ReadOnlySpan<byte> stored) =>
        kind == EntryKind.Recipe || !codec.HasFlag(EntryCodec.Encrypted) ? FoldedCrc32.Of(stored) : 0;

    /// <summary>Whether the header is that of the entry and its checksum that of the payload: then nothing happened to
    /// them since they were written here. Without a checksum, or with one of 0, it is false.</summary>
    public static bool HasChecksum(PackEntry entry, ReadOnlySpan<byte> header, ReadOnlySpan<byte> stored) =>
        IsHeader(entry, header, null, out var crc) && crc != 0
        && stored.Length == entry.StoredLength && FoldedCrc32.Of(stored) == crc;

    /// <summary>Whether a payload is what the entry's id and checksum say.</summary>
    public static bool ProvesItself(
        PackEntry entry, ReadOnlySpan<byte> stored, uint payloadCrc, PayloadCodec codec, EntryCipher? cipher)
    {
        if (entry.Kind == EntryKind.Recipe && FoldedCrc32.Of(stored) != payloadCrc)
            return false;
        if (entry.Kind == EntryKind.Commit)
            return false;
        if (cipher is null && entry.Codec == EntryCodec.Raw)
        {
            return stored.Length == entry.RawLength
                && (entry.Kind == EntryKind.Recipe ? Recipe.TryRead(stored) is not null
                    : ContentHash.Of(stored) == entry.Id);
        }

        var raw = ArrayPool<byte>.Shared.Rent(entry.RawLength);
        try
        {
            var span = raw.AsSpan(0, entry.RawLength);
            return TryDecode(entry, stored, span, codec, cipher)
                && (entry.Kind == EntryKind.Recipe ? Recipe.TryRead(span) is not null
                    : ContentHash.Of(span) == entry.Id);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
        }
    }

    /// <summary>The list in a recipe or node whose payload was proved; null when it is none.</summary>
    public static Recipe? ReadRecipe(
        PackEntry entry, ReadOnlySpan<byte> stored, PayloadCodec codec, EntryCipher? cipher)
    {
        if (cipher is null && entry.Codec == EntryCodec.Raw)
            return Recipe.TryRead(stored);
        var raw = new byte[entry.RawLength];
        return TryDecode(entry, stored, raw, codec, cipher) ? Recipe.TryRead(raw) : null;
    }

    /// <summary>Whether a payload that was read and decoded is that of the entry: its checksum or its tag says so, and
    /// if neither can, the hash of the raw bytes. For packs of this machine; what comes from elsewhere is proved by
    /// <see cref="IsWhole"/>.</summary>
    /// <param name="entry">The entry, with its own id.</param>
    /// <param name="header">The 56 bytes before the payload.</param>
    /// <param name="stored">The payload as the pack has it.</param>
    /// <param name="raw">What <see cref="TryDecode"/> made of it.</param>
    /// <param name="cipher">The store's; null when it is not encrypted.</param>
    public static bool IsAsWritten(
        PackEntry entry, ReadOnlySpan<byte> header, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> raw,
        EntryCipher? cipher) =>
        cipher is not null || HasChecksum(entry, header, stored) || ContentHash.Of(raw) == entry.Id;

    static bool TryCopy(ReadOnlySpan<byte> stored, Span<byte> target)
    {
        if (stored.Length != target.Length)
            return false;
        stored.CopyTo(target);
        return true;
    }
}
