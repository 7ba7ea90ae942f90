using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Features;

/// <summary>Writes the values of one feature view for all its entities into a file that never changes
/// afterwards.</summary>
/// <remarks>
/// The same rows in any order give the same bytes: records are sorted by canonical key, and no time or random value
/// goes in. All rows are held encoded in memory until <see cref="Complete"/>, which takes about the size of the file
/// and a fifth more. Not thread-safe.
/// </remarks>
public sealed class OnlineSegmentWriter
{
    const int ChunkSize = 1 << 20;

    readonly string _path;
    readonly byte[] _schema;
    readonly RecordLayout _layout;
    readonly RecordEncoder _encoder;
    readonly List<Row> _rows = [];
    byte[] _chunk = [];
    int _chunkUsed;
    bool _isComplete;

    /// <param name="path">The file to make. Its folder exists; a file of that name is replaced in one step.</param>
    /// <param name="schema">The columns of every row.</param>
    /// <exception cref="MillraceException"><c>feature-schema-invalid</c>: the names of the columns take more than 4
    /// MiB.
    /// </exception>
    public OnlineSegmentWriter(string path, FeatureSchema schema)
    {
        _path = path;
        _schema = schema.ToJson();
        if (_schema.Length > SegmentHeader.SchemaSizeMax)
        {
            throw new MillraceException(
                ErrorKind.Invalid,
                "feature-schema-invalid",
                $"The schema's columns take {_schema.Length:N0} bytes to write down; " +
                $"a segment keeps at most {SegmentHeader.SchemaSizeMax:N0}.",
                "Split the feature view, or keep many numbers in one float-array column.");
        }

        _layout = new RecordLayout(schema);
        _encoder = new RecordEncoder(_layout);
    }

    /// <summary>How many rows were added.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds one entity. Two rows of one key are refused by <see cref="Complete"/>, which sees them side by
    /// side.
    ///</summary>
    /// <param name="key">One value per key column, never null.</param>
    /// <param name="values">One value per feature column; <c>null</c> is a missing value. Arrays are copied.</param>
    /// <exception cref="MillraceException"><c>feature-type-mismatch</c>, <c>feature-key-null</c>,
    /// <c>feature-text-invalid</c>, <c>feature-row-too-large</c>; the row is then not added.</exception>
    public void Add(ReadOnlySpan<object?> key, ReadOnlySpan<object?> values)
    {
        ThrowIfComplete();
        var record = _encoder.Encode(key, values);
        if (record.Length > _chunk.Length - _chunkUsed)
        {
            _chunk = new byte[Math.Max(ChunkSize, record.Length)];
            _chunkUsed = 0;
        }

        record.CopyTo(_chunk.AsSpan(_chunkUsed));
        _rows.Add(new Row(_chunk, _chunkUsed, record.Length, KeyStart(KeyOf(record))));
        _chunkUsed += record.Length;
    }

    /// <summary>Writes the file: aside first, made durable, then renamed to its name.</summary>
    /// <returns>The content's SHA-256 as 64 hexadecimal digits: <see cref="OnlineSegment.Hash"/> of the new
    /// file.</returns>
    /// <exception cref="MillraceException"><c>duplicate-key</c>: two rows have one key; nothing is written.</exception>
    public string Complete()
    {
        ThrowIfComplete();
        _rows.Sort(CompareKeys);
        RefuseDuplicates();
        var buckets = BuildIndex(out var probeMax, out var recordsSize);
        var header = new SegmentHeader
        {
            RowCount = _rows.Count,
            SchemaSize = _schema.Length,
            SchemaChecksum = Crc32C.Compute(_schema),
            BucketCount = SegmentIndex.BucketCountFor(_rows.Count),
            ProbeMax = probeMax,
            RecordsSize = recordsSize,
        };

        var hash = Array.Empty<byte>();
        DurableFile.Write(_path, stream => hash = WriteTo(stream, header, buckets));
        _isComplete = true;
        return Convert.ToHexStringLower(hash);
    }

    void RefuseDuplicates()
    {
        for (var index = 1; index < _rows.Count; index++)
        {
            var key = KeyOf(_rows[index].Record);
            if (!key.SequenceEqual(KeyOf(_rows[index - 1].Record)))
                continue;
            throw new MillraceException(
                ErrorKind.Invalid,
                "duplicate-key",
                $"Two rows have the key {RecordEncoder.Describe(EntityKey.TryDecode(_layout.Schema, key))}; " +
                "the online store keeps one row per entity.",
                "Keep the latest row of each entity in the query that feeds the feature view.");
        }
    }

    ulong[] BuildIndex(out int probeMax, out long recordsSize)
    {
        var bucketCount = SegmentIndex.BucketCountFor(_rows.Count);
        var buckets = new ulong[bucketCount * SegmentIndex.BucketSize / sizeof(ulong)];
        probeMax = 0;
        recordsSize = 0;
        foreach (ref readonly var row in CollectionsMarshal.AsSpan(_rows))
        {
            var hash = XxHash64.Compute(KeyOf(row.Record));
            probeMax = Math.Max(probeMax, SegmentIndex.Insert(buckets, hash, recordsSize));
            recordsSize += row.Size;
        }

        SegmentIndex.Seal(buckets);
        return buckets;
    }

    byte[] WriteTo(Stream stream, SegmentHeader header, ulong[] buckets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[SegmentHeader.Size];
        header.Write(head);
        Write(head);
        Write(_schema);
        Span<byte> padding = stackalloc byte[SegmentHeader.SectionAlignment];
        padding.Clear();
        Write(padding[..(int)(header.IndexOffset - SegmentHeader.Size - _schema.Length)]);

        // A span of bytes ends at 2 GiB, an index need not.
        for (var offset = 0; offset < buckets.Length; offset += ChunkSize)
            Write(MemoryMarshal.AsBytes(buckets.AsSpan(offset, Math.Min(ChunkSize, buckets.Length - offset))));
        foreach (ref readonly var row in CollectionsMarshal.AsSpan(_rows))
            Write(row.Record);

        var content = hash.GetHashAndReset();
        Span<byte> footer = stackalloc byte[SegmentHeader.FooterSize];
        SegmentFooter.Write(footer, content, header.FooterOffset + SegmentHeader.FooterSize);
        stream.Write(footer);
        return content;

        void Write(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            stream.Write(bytes);
        }
    }

    int CompareKeys(Row left, Row right)
    {
        var order = left.KeyStart.CompareTo(right.KeyStart);
        return order != 0 ? order : KeyOf(left.Record).SequenceCompareTo(KeyOf(right.Record));
    }

    ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> record)
    {
        _layout.TryKey(record, out var key);
        return key;
    }

    /// <summary>The first eight bytes as a number that sorts as they do: most comparisons need no more.</summary>
    static ulong KeyStart(ReadOnlySpan<byte> key)
    {
        Span<byte> start = stackalloc byte[sizeof(ulong)];
        start.Clear();
        key[..Math.Min(key.Length, start.Length)].CopyTo(start);
        return BinaryPrimitives.ReadUInt64BigEndian(start);
    }

    void ThrowIfComplete()
    {
        if (_isComplete)
            throw new InvalidOperationException($"Segment '{_path}' is complete and takes no more rows.");
    }

    readonly record struct Row(byte[] Chunk, int Offset, int Size, ulong KeyStart)
    {
        public ReadOnlySpan<byte> Record => Chunk.AsSpan(Offset, Size);
    }
}
