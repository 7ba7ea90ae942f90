using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DuckDB.NET.Data;
using Millrace.Tables;

namespace Millrace.Datasets;

/// <summary>Hashes rows by their values alone, so that a dataset's identity does not depend on files, compression or
/// the versions of libraries.</summary>
/// <remarks>The bytes hashed are drawn in docs/formats/dataset.md.</remarks>
static class CanonicalRows
{
    /// <summary>SHA-256 over the schema and the rows of a query, in its order.</summary>
    public static (string Hash, long RowCount) Hash(
        SqlSession session, string query, TableSchema schema, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("millrace rows 1\n"u8);
        foreach (var column in schema.Columns)
        {
            Text(hash, column.Name);
            Text(hash, column.Type);
        }

        var count = session.Query(
            query, [],
            reader =>
            {
                var rows = 0L;
                while (reader.Read())
                {
                    rows++;
                    for (var i = 0; i < schema.Columns.Count; i++)
                    {
                        Value(hash, reader, i);
                    }
                }

                return rows;
            },
            cancellationToken);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), count);
    }

    static void Value(IncrementalHash hash, DuckDBDataReader reader, int index)
    {
        Marked(hash, SqlValue.Read(reader, index));
    }

    // The mark keeps an empty value apart from one whose bytes are zero.
    static void Marked(IncrementalHash hash, object? value)
    {
        hash.AppendData([value is null ? (byte)0 : (byte)1]);
        if (value is not null)
        {
            Value(hash, value);
        }
    }

    static void Value(IncrementalHash hash, object value)
    {
        switch (value)
        {
            case string text:
                Text(hash, text);
                break;
            case bool flag:
                hash.AppendData([flag ? (byte)1 : (byte)0]);
                break;
            case long or int or short or sbyte:
                Number(hash, Convert.ToInt64(value));
                break;
            case double number:
                Number(hash, BitConverter.DoubleToInt64Bits(number));
                break;
            case float number:
                Number(hash, BitConverter.SingleToInt32Bits(number));
                break;
            case DateTime time:
                Number(hash, (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
                break;
            case DateOnly date:
                Number(hash, date.DayNumber);
                break;
            case byte[] bytes:
                Number(hash, bytes.Length);
                hash.AppendData(bytes);
                break;
            case IList list:
                Number(hash, list.Count);
                foreach (var element in list)
                {
                    Marked(hash, element);
                }

                break;
            default:
                Text(hash, Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
        }
    }

    static void Text(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Number(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    static void Number(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
