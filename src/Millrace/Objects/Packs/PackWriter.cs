using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects.Remotes;

namespace Millrace.Objects.Packs;

/// <summary>Appends to one pack and its index. The pack is this writer's alone while it lives: flock(2) on the pack.
/// For one thread at a time.</summary>
/// <remarks>A group of entries is durable when the pack is synced with the group's commit record; the index block after
/// it only spares readers the scan, and whatever a crash takes of it is found again in the pack.</remarks>
sealed class PackWriter : IDisposable
{
    const int WritebackSize = 8 << 20;
    const uint SyncFileRangeWrite = 2;

    readonly LockedFile _lock;
    readonly SafeFileHandle _pack;
    readonly SafeFileHandle _index;
    readonly string _path;
    readonly EntryCipher? _cipher;
    readonly ObjectTier? _tier;
    long _committedEnd;
    long _indexEnd;
    long _writebackEnd;

    /// <param name="pack">Open for writing and locked; this object closes it.</param>
    /// <param name="index">Open for writing; this object closes it.</param>
    /// <param name="path">The pack's file.</param>
    /// <param name="end">The pack's length, all of which the index covers.</param>
    /// <param name="indexEnd">The index's length.</param>
    /// <param name="cipher">The store's; null when it is not encrypted.</param>
    /// <param name="tier">Where a commit goes too before it returns; null when the store is only here.</param>
    public PackWriter(
        LockedFile pack, SafeFileHandle index, string path, long end, long indexEnd, EntryCipher? cipher = null,
        ObjectTier? tier = null)
    {
        _tier = tier;
        _cipher = cipher;
        _lock = pack;
        _pack = pack.Handle;
        _index = index;
        _path = path;
        _committedEnd = end;
        _indexEnd = indexEnd;
        End = end;
        _writebackEnd = end;
    }

    /// <summary>The pack's file.</summary>
    public string Path => _path;

    /// <summary>Where the next byte goes.</summary>
    public long End { get; private set; }

    /// <exception cref="MillraceException"><c>disk-full</c>, <c>write-failed</c>.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_pack, bytes, End);
            End += bytes.Length;
            BeginWriteback();
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, _path);
        }
    }

    /// <summary>Appends one stretch after the other from where they lie.</summary>
    /// <inheritdoc cref="Append(ReadOnlySpan{byte})"/>
    public void Append(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        try
        {
            RandomAccess.Write(_pack, [first, second], End);
            End += first.Length + second.Length;
            BeginWriteback();
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, _path);
        }
    }

    // The disk works while more bytes come, so that the sync of the commit has little left to wait for. Where the file
    // system can't, the commit waits for all of it.
    void BeginWriteback()
    {
        if (End - _writebackEnd < WritebackSize)
            return;
        _ = Libc.SyncFileRange(_pack, _writebackEnd, End - _writebackEnd, SyncFileRangeWrite);
        _writebackEnd = End;
    }

    /// <summary>Makes what was appended durable and then visible.</summary>
    /// <param name="entries">All entries since the last commit; sorted here.</param>
    public void Commit(List<PackEntry> entries)
    {
        if (End == _committedEnd)
            return;
        Span<byte> record = stackalloc byte[PackEntry.HeaderSize];
        Span<byte> id = stackalloc byte[ContentHash.Size];
        id.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(id, _committedEnd);
        new PackEntry(new ContentHash(id), EntryKind.Commit, EntryCodec.Raw, End, 0, entries.Count)
            .WriteHeader(record, 0);
        Append(record);
        DurableFile.Sync(_pack, _path);
        var block = PackIndex.Write(entries, _committedEnd, End, _cipher);
        try
        {
            RandomAccess.Write(_index, block, _indexEnd);
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, _path);
        }

        _indexEnd += block.Length;
        _committedEnd = End;
        _tier?.Publish(_path, entries);
    }

    /// <summary>Takes back what was not committed.</summary>
    public void Rollback()
    {
        if (End == _committedEnd)
            return;
        // When it fails, the rest is found and judged by whoever opens the pack next.
        if (Libc.Truncate(_pack, _committedEnd) == 0)
            End = _committedEnd;
    }

    /// <summary>Whether everything appended is committed, so that the pack can be appended to.</summary>
    public bool IsClean => End == _committedEnd;

    /// <summary>Rolls back and gives the pack free.</summary>
    public void Dispose()
    {
        Rollback();
        _index.Dispose();
        _lock.Dispose();
    }
}
