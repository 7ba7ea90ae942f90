using System.Buffers;
using Millrace.Objects;

namespace Millrace.Features;

/// <summary>A finished segment, memory-mapped: the values of one feature view for all entities at one
/// version.</summary>
/// <remarks>
/// <para>Sketch: a lookup of 10 features reads one index bucket (one cache line) and one record (two or three), and
/// checks the CRC-32C of both; memory latency is the cost, some hundreds of nanoseconds. Nothing is allocated or
/// locked.</para>
/// <para>Opening reads the header, the schema and the footer, whatever the size of the file. Buckets and records are
/// checked each time they are read, so a damaged byte gives an error and never a wrong value or a false "absent".
/// <see cref="Verify"/> reads everything.</para>
/// <para>Thread-safe. <see cref="Dispose"/> refuses new lookups; it may be called while others read. The file stays
/// mapped until the garbage collector finds neither this object nor any <see cref="FeatureValues"/> of it, so readers
/// that are under way finish with right values. The file may be replaced by rename or deleted at any time; to cut or
/// overwrite it in place is, as with every mapped file, fatal for its readers.</para>
/// </remarks>
public sealed partial class OnlineSegment : IDisposable
{
    const int KeySizeOnStack = 256;

    readonly SegmentMapping _file;
    readonly SegmentHeader _header;
    readonly RecordLayout _layout;
    readonly byte[] _contentHash;
    readonly bool _hasNumberKey;
    volatile bool _isDisposed;

    OnlineSegment(SegmentMapping file, SegmentHeader header, FeatureSchema schema, byte[] contentHash)
    {
        _file = file;
        _header = header;
        _layout = new RecordLayout(schema);
        _contentHash = contentHash;
        _hasNumberKey = schema.Keys is [{ Type: FeatureType.Int64 or FeatureType.Timestamp }];
    }

    /// <summary>How many entities it holds.</summary>
    public long Count => _header.RowCount;

    /// <summary>The columns, as the writer was given them.</summary>
    public FeatureSchema Schema => _layout.Schema;

    /// <summary>The content's SHA-256 as 64 hexadecimal digits. Equal rows of equal schemas have equal
    /// hashes.</summary>
    public string Hash => Convert.ToHexStringLower(_contentHash);

    /// <summary>Maps a segment and checks its header, schema and footer.</summary>
    /// <exception cref="MillraceException"><c>online-segment-damaged</c>, <c>online-segment-missing</c>,
    /// <c>online-segment-unreadable</c>, or <c>online-segment-newer</c> for a format version from the
    /// future.</exception>
    public static OnlineSegment Open(string path)
    {
        var file = SegmentMapping.Open(path, SegmentHeader.Size + SegmentHeader.FooterSize);
        try
        {
            return Read(file);
        }
        catch
        {
            file.Unmap();
            throw;
        }
    }

    /// <summary>Finds an entity's values.</summary>
    /// <param name="key">One value per key column, in the schema's order. A key with a <c>null</c> is never
    /// found.</param>
    /// <param name="values">The values, when found.</param>
    /// <exception cref="MillraceException"><c>feature-type-mismatch</c>: a key value is of another type than its
    /// column;
    /// <c>online-segment-damaged</c>: what had to be read is damaged.</exception>
    /// <exception cref="ArgumentException">The key has more or fewer values than the schema has key
    /// columns.</exception>
    /// <exception cref="ObjectDisposedException">The segment was disposed.</exception>
    public bool TryGet(ReadOnlySpan<object?> key, out FeatureValues values)
    {
        var sizeMax = EntityKey.SizeMax(key);
        if (sizeMax > RecordLayout.RecordSizeMax)
        {
            values = default;
            return false;
        }

        var rented = sizeMax > KeySizeOnStack ? ArrayPool<byte>.Shared.Rent((int)sizeMax) : null;
        try
        {
            var buffer = rented ?? stackalloc byte[KeySizeOnStack];
            if (EntityKey.TryEncode(Schema, key, buffer, out var size))
                return TryGetEncoded(buffer[..size], out values);
            values = default;
            return false;
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Finds an entity's values by its one int64 or timestamp key, without boxing it.</summary>
    /// <exception cref="MillraceException"><c>online-segment-damaged</c>.</exception>
    /// <exception cref="InvalidOperationException">The key is not one int64 or timestamp column.</exception>
    /// <exception cref="ObjectDisposedException">The segment was disposed.</exception>
    public bool TryGet(long key, out FeatureValues values)
    {
        if (!_hasNumberKey)
            throw new InvalidOperationException("The key of this segment is not one int64 or timestamp column.");
        Span<byte> buffer = stackalloc byte[sizeof(long)];
        EntityKey.EncodeNumber(key, buffer);
        return TryGetEncoded(buffer, out values);
    }

    /// <summary>Refuses further lookups. Values already found stay readable.</summary>
    public void Dispose() => _isDisposed = true;

    static OnlineSegment Read(SegmentMapping file)
    {
        var header = SegmentHeader.Read(file);
        var schemaBytes = file.Slice(SegmentHeader.Size, header.SchemaSize).ToArray();
        if (Crc32C.Compute(schemaBytes) != header.SchemaChecksum ||
            FeatureSchema.FromJson(schemaBytes) is not { } schema)
        {
            throw SegmentDamage.At(file.Path, SegmentHeader.Size, "the schema is not the one that was written.");
        }

        var paddingOffset = SegmentHeader.Size + header.SchemaSize;
        if (file.Slice(paddingOffset, (int)(header.IndexOffset - paddingOffset)).ContainsAnyExcept((byte)0))
            throw SegmentDamage.At(file.Path, paddingOffset, "the bytes between schema and index are not all zero.");

        var segment = new OnlineSegment(file, header, schema, SegmentFooter.ReadHash(file, header.FooterOffset));
        GC.KeepAlive(file);
        return segment;
    }

    bool TryGetEncoded(scoped ReadOnlySpan<byte> key, out FeatureValues values)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var offset = Find(key, out var record);
        values = offset < 0 ? default : new FeatureValues(_file, _layout, record, offset);
        GC.KeepAlive(_file);
        return offset >= 0;
    }

    /// <returns>The record's offset in the file; −1 when no entity has this key.</returns>
    long Find(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> record)
    {
        var hash = XxHash64.Compute(key);
        var bucketIndex = SegmentIndex.Home(hash, _header.BucketCount);

        // Bounded even if a hostile file marks every bucket as overflowing.
        for (var probe = 0; probe <= _header.ProbeMax; probe++)
        {
            var bucketOffset = _header.IndexOffset + (bucketIndex * SegmentIndex.BucketSize);
            var entries = SegmentIndex.Read(_file, bucketOffset, bucketIndex, out var overflow);
            foreach (var entry in entries)
            {
                if (!SegmentIndex.Matches(entry, hash))
                    continue;
                record = ReadRecord(SegmentIndex.RecordOffset(entry), out var recordKey);
                if (recordKey.SequenceEqual(key))
                    return _header.RecordsOffset + SegmentIndex.RecordOffset(entry);
            }

            if (!overflow)
                break;
            bucketIndex = bucketIndex + 1 == _header.BucketCount ? 0 : bucketIndex + 1;
        }

        record = default;
        return -1;
    }

    /// <summary>The record at an offset in the records section. Its checksum is compared before its key is believed: a
    /// damaged key must not look like another entity's.</summary>
    ReadOnlySpan<byte> ReadRecord(long offset, out ReadOnlySpan<byte> key)
    {
        var fileOffset = _header.RecordsOffset + offset;
        var rest = _header.RecordsSize - offset;
        if (rest < _layout.KeyOffset)
            throw SegmentDamage.At(_file.Path, fileOffset, "a record should be here, and the records end before.");

        var size = RecordLayout.SizeOf(_file.Slice(fileOffset, _layout.KeyOffset));
        if (size < _layout.KeyOffset || size > Math.Min(rest, RecordLayout.RecordSizeMax) ||
            size % RecordLayout.Alignment != 0)
        {
            throw SegmentDamage.At(_file.Path, fileOffset, $"the record's size is {size:N0}, which cannot be.");
        }

        var record = _file.Slice(fileOffset, size);
        if (!RecordLayout.IsSealed(record) || !_layout.TryKey(record, out key))
            throw SegmentDamage.At(_file.Path, fileOffset, $"the record of {size} bytes does not match its checksum.");
        return record;
    }
}
