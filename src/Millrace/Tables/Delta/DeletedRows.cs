using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Millrace.Tables.Delta;

/// <summary>The places of a data file's deleted rows, counted from 0. Delta protocol, "Deletion Vector Format".
/// </summary>
/// <remarks>The bytes stay as they are and are walked through, so that a vector of very many rows takes no more memory
/// than its file.
/// <code>
/// file:    1 byte version = 1, then for each vector: size (4, big endian), data, CRC-32 of the data (4, big endian)
/// data:    magic 1681511377 (4, little endian), then a 64-bit Roaring bitmap
/// </code></remarks>
sealed class DeletedRows
{
    const int Magic = 1681511377;
    const int MagicBytes = 4;
    const int IdChars = 20;
    const int MaxFilled = 4;
    const byte FileVersion = 1;
    const int MaxBytes = 1 << 30;

    readonly byte[] _bytes;

    DeletedRows(byte[] bytes) => _bytes = bytes;

    /// <summary>Rising.</summary>
    public IEnumerable<long> Places => RoaringBitmap.Values(_bytes.AsMemory(MagicBytes));

    /// <exception cref="MillraceException"><c>deletion-vector-damaged</c>, <c>table-path-outside</c>.</exception>
    public static DeletedRows Read(TableSnapshot snapshot, DeletionVector vector)
    {
        try
        {
            var bytes = vector.StorageType == "i" ? Z85.Decode(vector.PathOrInline) : ReadFile(snapshot, vector);
            if (vector.SizeBytes >= 0 && bytes.Length - vector.SizeBytes is > 0 and < MaxFilled)
            {
                bytes = bytes[..vector.SizeBytes];
            }

            if (bytes.Length != vector.SizeBytes)
            {
                throw new InvalidDataException($"it has {bytes.Length:N0} bytes, not {vector.SizeBytes:N0}");
            }

            if (bytes.Length < MagicBytes || BinaryPrimitives.ReadInt32LittleEndian(bytes) != Magic)
            {
                throw new InvalidDataException("it does not begin with the mark of a deletion vector");
            }

            var count = RoaringBitmap.Count(bytes.AsSpan(MagicBytes));
            return count == vector.Cardinality
                ? new DeletedRows(bytes)
                : throw new InvalidDataException($"it deletes {count:N0} rows, not {vector.Cardinality:N0}");
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "deletion-vector-damaged",
                $"A deletion vector of table '{snapshot.Name}' ({vector.UniqueId}) can't be read: {exception.Message}",
                "Restore its file from a copy; without it deleted rows would come back.", exception);
        }
    }

    /// <summary>A hash of the places alone, 64 hex digits.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> place = stackalloc byte[sizeof(long)];
        foreach (var value in Places)
        {
            BinaryPrimitives.WriteInt64LittleEndian(place, value);
            hash.AppendData(place);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The file that holds it; null when it stands in the log.</summary>
    /// <exception cref="MillraceException"><c>deletion-vector-damaged</c>, <c>table-path-outside</c>.</exception>
    public static string? PathOf(TableSnapshot snapshot, DeletionVector vector)
    {
        try
        {
            return vector.StorageType == "i" ? null : snapshot.Confine(FileOf(snapshot, vector));
        }
        catch (InvalidDataException exception)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "deletion-vector-damaged",
                $"A deletion vector of table '{snapshot.Name}' ({vector.UniqueId}) can't be found: {exception.Message}",
                "Restore the table's '_delta_log' from a copy.", exception);
        }
    }

    static byte[] ReadFile(TableSnapshot snapshot, DeletionVector vector)
    {
        var path = snapshot.LocalPath(FileOf(snapshot, vector));
        using var file = File.OpenHandle(path);
        Span<byte> head = stackalloc byte[sizeof(int)];
        if (RandomAccess.Read(file, head[..1], 0) != 1 || head[0] != FileVersion)
        {
            throw new InvalidDataException($"'{path}' is not of version {FileVersion}");
        }

        var offset = Math.Max(1, vector.Offset ?? 1);
        if (RandomAccess.Read(file, head, offset) != head.Length)
        {
            throw new InvalidDataException($"'{path}' ends before byte {offset + head.Length}");
        }

        var size = BinaryPrimitives.ReadInt32BigEndian(head);
        if (size != vector.SizeBytes || size is < 0 or > MaxBytes)
        {
            throw new InvalidDataException($"'{path}' has {size:N0} bytes for it, and not {vector.SizeBytes:N0}");
        }

        var bytes = new byte[size];
        if (RandomAccess.Read(file, bytes, offset + head.Length) != size
            || RandomAccess.Read(file, head, (long)offset + head.Length + size) != head.Length)
        {
            throw new InvalidDataException($"'{path}' ends in the middle of it");
        }

        return BinaryPrimitives.ReadUInt32BigEndian(head) == Crc32.HashToUInt32(bytes)
            ? bytes : throw new InvalidDataException($"its bytes in '{path}' have another checksum");
    }

    static string FileOf(TableSnapshot snapshot, DeletionVector vector)
    {
        var text = vector.PathOrInline;
        switch (vector.StorageType)
        {
            case "p":
                return DeltaPath.Decode(text, snapshot.Storage.Place);
            case "u" when text.Length >= IdChars:
                var id = new Guid(Z85.Decode(text.AsSpan(text.Length - IdChars)), bigEndian: true);
                return Path.Combine(text[..^IdChars], $"deletion_vector_{id}.bin");
            default:
                throw new InvalidDataException($"it is kept in a way that is not known: '{vector.StorageType}'");
        }
    }
}
