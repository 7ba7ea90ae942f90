using System.Security.Cryptography;

namespace Millrace.Features;

/// <summary>What reads all of a segment: the check for fsck, and the export of its rows.</summary>
public sealed partial class OnlineSegment
{
    const int HashedAtOnce = 1 << 20;

    /// <summary>All rows in the order of their canonical keys, boxed. Numbers ascend; of texts the shorter come first.
    ///</summary>
    /// <exception cref="MillraceException"><c>online-segment-damaged</c>, at the row that is.</exception>
    /// <exception cref="ObjectDisposedException">The segment was disposed before the first row.</exception>
    public IEnumerable<FeatureRow> Rows()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var offset = 0L;
        for (var index = 0L; index < Count; index++)
            yield return ReadRow(ref offset);
        if (offset != _header.RecordsSize)
            throw SegmentDamage.At(_file.Path, _header.RecordsOffset + offset, "bytes follow the last record.");
    }

    /// <summary>Reads every byte and checks that the file is what a writer wrote: its SHA-256, every record and value,
    /// the order of the keys, and that the index leads to each record and to nothing else.</summary>
    /// <exception cref="MillraceException"><c>online-segment-damaged</c>, with the first fault.</exception>
    /// <exception cref="ObjectDisposedException">The segment was disposed.</exception>
    public void Verify(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        VerifyIndex(cancellationToken);
        VerifyRecords(cancellationToken);
        VerifyHash(cancellationToken);
        GC.KeepAlive(_file);
    }

    void VerifyIndex(CancellationToken cancellationToken)
    {
        var entryCount = 0L;
        for (var index = 0L; index < _header.BucketCount; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var offset = _header.IndexOffset + (index * SegmentIndex.BucketSize);
            entryCount += SegmentIndex.Read(_file, offset, index, out _).Length;
        }

        if (entryCount == Count)
            return;
        throw SegmentDamage.At(
            _file.Path, _header.IndexOffset, $"the index has {entryCount:N0} entries for {Count:N0} records.");
    }

    void VerifyRecords(CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> previousKey = default;
        var offset = 0L;
        for (var index = 0L; index < Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var recordOffset = offset;
            var fileOffset = _header.RecordsOffset + recordOffset;
            ReadRow(ref offset);
            ReadRecord(recordOffset, out var key);
            if (index > 0 && previousKey.SequenceCompareTo(key) >= 0)
                throw SegmentDamage.At(_file.Path, fileOffset, "the record's key does not follow the one before it.");
            if (Find(key, out _) != fileOffset)
                throw SegmentDamage.At(_file.Path, fileOffset, "the index does not lead to the record.");
            previousKey = key;
        }

        if (offset != _header.RecordsSize)
            throw SegmentDamage.At(_file.Path, _header.RecordsOffset + offset, "bytes follow the last record.");
    }

    void VerifyHash(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var offset = 0L; offset < _header.FooterOffset; offset += HashedAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(_file.Slice(offset, (int)Math.Min(HashedAtOnce, _header.FooterOffset - offset)));
        }

        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(_contentHash))
            throw SegmentDamage.At(_file.Path, 0, "the SHA-256 of its content is not the one in the footer.");
    }

    FeatureRow ReadRow(ref long offset)
    {
        var fileOffset = _header.RecordsOffset + offset;
        var record = ReadRecord(offset, out var keyBytes);
        if (EntityKey.TryDecode(Schema, keyBytes) is not { } key)
            throw SegmentDamage.At(_file.Path, fileOffset, "the record's key is not one of this schema.");

        var row = new FeatureRow(key, new FeatureValues(_file, _layout, record, fileOffset).ToArray());
        offset += record.Length;
        GC.KeepAlive(_file);
        return row;
    }
}
