using System.Security.Cryptography;
using System.Text;

namespace Millrace.Tables.Iceberg;

/// <summary>Writes an Avro object container file, value by value in the order of its schema. Apache Avro 1.11, "Object
/// Container Files" and "Binary Encoding".</summary>
/// <remarks><code>
/// 'Obj' 1, map of metadata, 16 bytes mark, then one block: count, byte length, the records, the mark again
/// </code></remarks>
/// <param name="schema">The schema as JSON.</param>
/// <param name="metadata">What else stands in the head.</param>
sealed class AvroFile(string schema, IReadOnlyDictionary<string, string> metadata) : IDisposable
{
    const int MarkBytes = 16;

    readonly MemoryStream _records = new();
    long _count;

    public AvroFile Number(long value)
    {
        Zigzag(_records, value);
        return this;
    }

    public AvroFile Text(string value)
    {
        Bytes(_records, Encoding.UTF8.GetBytes(value));
        return this;
    }

    public AvroFile Boolean(bool value)
    {
        _records.WriteByte(value ? (byte)1 : (byte)0);
        return this;
    }

    /// <summary>Chooses the second branch of a union with null, or null itself.</summary>
    public AvroFile Optional(bool isThere) => Number(isThere ? 1 : 0);

    public void EndRecord() => _count++;

    public void Dispose() => _records.Dispose();

    public byte[] ToArray()
    {
        using var file = new MemoryStream();
        file.Write("Obj\u0001"u8);
        Zigzag(file, metadata.Count + 2);
        foreach (var (key, value) in metadata.Append(new("avro.schema", schema)).Append(new("avro.codec", "null")))
        {
            Bytes(file, Encoding.UTF8.GetBytes(key));
            Bytes(file, Encoding.UTF8.GetBytes(value));
        }

        Zigzag(file, 0);
        // The same records give the same file.
        var mark = SHA256.HashData(_records.GetBuffer().AsSpan(0, (int)_records.Length)).AsSpan(0, MarkBytes);
        file.Write(mark);
        if (_count > 0)
        {
            Zigzag(file, _count);
            Zigzag(file, _records.Length);
            _records.WriteTo(file);
            file.Write(mark);
        }

        return file.ToArray();
    }

    static void Zigzag(Stream stream, long value)
    {
        var bits = (ulong)((value << 1) ^ (value >> 63));
        while (bits >= 0x80)
        {
            stream.WriteByte((byte)(bits | 0x80));
            bits >>= 7;
        }

        stream.WriteByte((byte)bits);
    }

    static void Bytes(Stream stream, byte[] bytes)
    {
        Zigzag(stream, bytes.Length);
        stream.Write(bytes);
    }
}
