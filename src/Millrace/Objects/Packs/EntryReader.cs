using System.Buffers;

namespace Millrace.Objects.Packs;

/// <summary>Reads entries by their id, and hands out nothing that is not what the id says. Thread-safe.</summary>
sealed class EntryReader(PackSet packs, CodecPool codecs, string folder)
{
    /// <summary>How often a pack may vanish under a reader: each time a sweep replaced it.</summary>
    const int SweptMax = 5;

    const string DamagedCode = "object-damaged";
    const string UnreadableCode = "object-unreadable";

    /// <summary>Where an entry is.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>.</exception>
    public PackLocation Find(ContentHash id, EntryKinds kinds) =>
        packs.TryFind(id, kinds, out var location) ? location : throw Missing(id);

    /// <summary>Fills the target with the raw bytes of a blob, chunk or node.</summary>
    /// <param name="id">The entry's id.</param>
    /// <param name="kinds">Which kinds would do; no recipe.</param>
    /// <param name="target">Exactly as long as the raw bytes.</param>
    /// <param name="owner">The object that errors name.</param>
    public void Read(ContentHash id, EntryKinds kinds, Span<byte> target, ContentHash owner) =>
        ReadAny(Find(id, kinds), kinds, target, owner);

    /// <summary>As <see cref="Read(PackLocation, EntryKinds, Span{byte}, ContentHash)"/>, from another copy when that
    /// one is damaged.</summary>
    public void ReadAny(PackLocation location, EntryKinds kinds, Span<byte> target, ContentHash owner)
    {
        try
        {
            Read(location, kinds, target, owner, isByHash: false);
        }
        catch (MillraceException exception) when (exception.Code is DamagedCode or UnreadableCode)
        {
            foreach (var other in packs.FindAll(location.Entry.Id, kinds))
            {
                if (other != location && TryRead(other, kinds, target, owner))
                    return;
            }

            throw;
        }
    }

    /// <summary>As <see cref="ReadRecipe"/>, from another copy when that one is damaged.</summary>
    public Recipe ReadAnyRecipe(PackLocation location, ContentHash owner)
    {
        try
        {
            return ReadRecipe(location, owner);
        }
        catch (MillraceException exception) when (exception.Code is DamagedCode or UnreadableCode)
        {
            foreach (var other in packs.FindAll(location.Entry.Id, EntryKinds.Recipe))
            {
                if (other != location && TryReadRecipe(other, owner) is { } recipe)
                    return recipe;
            }

            throw;
        }
    }

    /// <summary>Reads this very copy and compares it with its id, whatever its checksum says.</summary>
    public void Read(PackLocation location, EntryKinds kinds, Span<byte> target, ContentHash owner) =>
        Read(location, kinds, target, owner, isByHash: true);

    void Read(PackLocation location, EntryKinds kinds, Span<byte> target, ContentHash owner, bool isByHash)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (location.Entry.RawLength != target.Length)
                    throw Damaged(owner, location);
                ReadOnce(location, target, owner, isByHash);
                return;
            }
            catch (Exception exception)
                when (exception is FileNotFoundException or ObjectDisposedException && attempt < SweptMax)
            {
                packs.Refresh();
                location = Find(location.Entry.Id, kinds);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                throw Unreadable(owner, location, exception);
            }
        }
    }

    /// <summary>Whether the header in the pack says of an entry what the index says of it; also when the pack was
    /// swept.</summary>
    public bool HasHeader(PackLocation location)
    {
        Span<byte> header = stackalloc byte[PackEntry.HeaderSize];
        try
        {
            return location.Pack.Read(header, location.Entry.Offset) == header.Length
                && EntryPayload.IsHeader(location.Entry, header, packs.Cipher, out _);
        }
        catch (Exception exception) when (exception is FileNotFoundException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>The recipe of a large object.</summary>
    public Recipe ReadRecipe(PackLocation location, ContentHash owner)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return ReadRecipeOnce(location, owner);
            }
            catch (Exception exception)
                when (exception is FileNotFoundException or ObjectDisposedException && attempt < SweptMax)
            {
                packs.Refresh();
                location = Find(location.Entry.Id, EntryKinds.Recipe);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                throw Unreadable(owner, location, exception);
            }
        }
    }

    /// <summary>A node's list of chunks.</summary>
    public Recipe ReadNode(ContentHash id, ContentHash owner)
    {
        var location = Find(id, EntryKinds.Node);
        var bytes = new byte[location.Entry.RawLength];
        ReadAny(location, EntryKinds.Node, bytes, owner);
        return Recipe.TryRead(bytes) is { PartKind: EntryKind.Chunk } node ? node : throw Damaged(owner, location);
    }

    /// <summary>Tells whether an object that is not there was erased; null when nobody knows.</summary>
    public Func<ContentHash, bool>? IsErased { get; set; }

    public MillraceException Missing(ContentHash hash, Exception? inner = null) => IsErased?.Invoke(hash) == true
        ? new(
            ErrorKind.NotFound, "object-erased", $"Object {hash} was erased from store '{folder}' on purpose.",
            "It cannot be had back from here; 'millrace fsck' lists what was erased and who refers to it.", inner)
        : new(
        ErrorKind.NotFound,
        "object-missing",
        $"Object {hash} is not in store '{folder}'.",
        "'millrace fsck' lists everything missing and who references it.",
        inner);

    bool TryRead(PackLocation location, EntryKinds kinds, Span<byte> target, ContentHash owner)
    {
        try
        {
            Read(location, kinds, target, owner);
            return true;
        }
        catch (MillraceException)
        {
            return false;
        }
    }

    Recipe? TryReadRecipe(PackLocation location, ContentHash owner)
    {
        try
        {
            return ReadRecipe(location, owner);
        }
        catch (MillraceException)
        {
            return null;
        }
    }

    static MillraceException Unreadable(ContentHash owner, PackLocation location, Exception inner) => new(
        ErrorKind.Unavailable,
        UnreadableCode,
        $"Object {owner} cannot be read: '{location.Pack.Path}' at {location.Entry.Offset}: {inner.Message}",
        "Look for disk errors in the kernel's log, then run 'millrace fsck'.",
        inner);

    public static MillraceException Damaged(ContentHash owner, PackLocation location) => new(
        ErrorKind.Corrupt,
        DamagedCode,
        $"Object {owner} is damaged: its bytes at {location.Entry.Offset} of '{location.Pack.Path}' are not those of "
        + $"{location.Entry.Id.Short}….",
        "'millrace fsck' lists all that is damaged; 'millrace fsck --repair' takes it again from a remote.");

    void ReadOnce(PackLocation location, Span<byte> target, ContentHash owner, bool isByHash)
    {
        var entry = location.Entry;
        if (entry.Codec == EntryCodec.Raw && packs.Cipher is null)
        {
            Span<byte> header = stackalloc byte[PackEntry.HeaderSize];
            if (entry.StoredLength != entry.RawLength
                || location.Pack.Read(header, target, entry.Offset) < header.Length + target.Length
                || !IsProved(entry, header, target, target, isByHash))
            {
                throw Damaged(owner, location);
            }

            return;
        }

        var length = PackEntry.HeaderSize + entry.StoredLength;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        var codec = codecs.Take();
        try
        {
            var bytes = rented.AsSpan(0, length);
            var stored = bytes[PackEntry.HeaderSize..];
            if (location.Pack.Read(bytes, entry.Offset) < length
                || !EntryPayload.TryDecode(entry, stored, target, codec, packs.Cipher)
                || !IsProved(entry, bytes[..PackEntry.HeaderSize], stored, target, isByHash))
            {
                throw Damaged(owner, location);
            }
        }
        finally
        {
            codecs.Return(codec);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    bool IsProved(
        PackEntry entry, ReadOnlySpan<byte> header, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> raw, bool isByHash) =>
        isByHash ? ContentHash.Of(raw) == entry.Id
            : EntryPayload.IsAsWritten(entry, header, stored, raw, packs.Cipher);

    Recipe ReadRecipeOnce(PackLocation location, ContentHash owner)
    {
        var entry = location.Entry;
        // Beyond the pack's end there is nothing, whatever the index says: no memory is taken for it.
        if (entry.End > RandomAccess.GetLength(location.Pack.Handle()))
            throw Damaged(owner, location);
        var bytes = new byte[PackEntry.HeaderSize + entry.StoredLength];
        var codec = codecs.Take();
        try
        {
            if (location.Pack.Read(bytes, entry.Offset) == bytes.Length
                && EntryPayload.IsEntry(entry, bytes, packs.Cipher, out var crc)
                && FoldedCrc32.Of(bytes.AsSpan(PackEntry.HeaderSize)) == crc
                && EntryPayload.ReadRecipe(entry, bytes.AsSpan(PackEntry.HeaderSize), codec, packs.Cipher) is
                { } recipe)
            {
                return recipe;
            }
        }
        finally
        {
            codecs.Return(codec);
        }

        throw Damaged(owner, location);
    }
}
