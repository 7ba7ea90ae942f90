using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Tables.Frames;

/// <summary>Checks what a Parquet file says of itself before native code believes it: the length of the footer, the
/// tree of its columns, where the values of each column are, and how long each page is. Parquet format, "File format",
/// "Metadata" and "Data Pages".</summary>
/// <remarks>Bytes: the footer once, and the head of each page.</remarks>
static class ParquetCheck
{
    const int MarkBytes = 4;
    const int EndBytes = 8;
    const int FooterBytesMax = 1 << 28;
    const int PageHeadBytes = 1 << 10;
    const int PageHeadBytesMax = 1 << 24;
    const int HeadSlackBytes = 100;
    const int LastType = 7;
    const int LastCodec = 7;
    const int BytesOfFixedLength = 7;
    const int FixedLengthMax = 1 << 20;

    /// <summary>Checks each of some files.</summary>
    /// <exception cref="MillraceException"><c>file-damaged</c>.</exception>
    public static void Check(IEnumerable<string> paths)
    {
        foreach (var path in paths)
            Check(path, path);
    }

    /// <param name="path">Where the file is.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="MillraceException"><c>file-damaged</c>, <c>file-unreadable</c>.</exception>
    public static void Check(string path, string name)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            var size = RandomAccess.GetLength(handle);
            Require(size >= MarkBytes + EndBytes, "it was cut off, or is none");
            Require(Bytes(handle, 0, MarkBytes).AsSpan().SequenceEqual("PAR1"u8), "it does not begin as one");
            var end = Bytes(handle, size - EndBytes, EndBytes);
            Require(end.AsSpan(MarkBytes).SequenceEqual("PAR1"u8), "it was cut off, or is none");
            var length = BinaryPrimitives.ReadUInt32LittleEndian(end);
            Require(
                length > 0 && length <= size - MarkBytes - EndBytes && length <= FooterBytesMax,
                $"its footer is said to have {length:N0} bytes, and the file has {size:N0}");
            var start = size - EndBytes - length;
            var footer = new CompactThrift(Bytes(handle, start, (int)length)).ReadStruct();
            CheckFooter(handle, footer, start);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidCastException)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "file-damaged", $"'{name}' is no whole Parquet file: {exception.Message}.",
                "Fetch or write the file again.", exception);
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "file-unreadable", $"'{name}' can't be read: {exception.Message}",
                "Check that it is a file that this user may read.", exception);
        }
    }

    static void CheckFooter(SafeFileHandle handle, Dictionary<int, object> footer, long end)
    {
        var leaves = new List<Dictionary<int, object>>();
        var schema = List(footer, 2);
        var next = 0;
        CheckColumn(schema, ref next, leaves, depth: 0);
        Require(next == schema.Length, "it has columns that belong to nothing");
        var rows = 0L;
        foreach (var group in footer.ContainsKey(4) ? List(footer, 4).Select(Struct) : [])
        {
            var count = Number(group, 3);
            Require(count >= 0 && count <= long.MaxValue - rows, "a group has fewer than no rows");
            rows += count;
            var columns = List(group, 1);
            Require(columns.Length == leaves.Count, "a group has other columns than the file");
            for (var i = 0; i < columns.Length; i++)
            {
                CheckChunk(handle, Struct(Struct(columns[i]).GetValueOrDefault(3)), leaves[i], end, count);
            }
        }

        Require(Number(footer, 3) == rows, "its rows are not those of its groups");
    }

    static void CheckColumn(object[] schema, ref int next, List<Dictionary<int, object>> leaves, int depth)
    {
        Require(depth < 100 && next < schema.Length, "its columns are not all there");
        var column = Struct(schema[next++]);
        var children = column.ContainsKey(5) ? Number(column, 5) : 0;
        Require(children >= 0 && children <= schema.Length - next, "a column has children that are not there");
        if (children == 0 && depth > 0)
        {
            Require(column.ContainsKey(1), "a column has no type");
            Require(Number(column, 1) is >= 0 and <= LastType, "a column has a type that there is not");
            Require(
                Number(column, 1) != BytesOfFixedLength
                || (column.ContainsKey(2) && Number(column, 2) is > 0 and <= FixedLengthMax),
                "a column of bytes has no length that can be");
            Require(
                (!column.ContainsKey(7) || Number(column, 7) >= 0)
                && (!column.ContainsKey(8) || Number(column, 8) >= 0),
                "a column of decimals has fewer than no digits");
            leaves.Add(column);
        }

        for (var i = 0L; i < children; i++)
        {
            CheckColumn(schema, ref next, leaves, depth + 1);
        }
    }

    static void CheckChunk(
        SafeFileHandle handle, Dictionary<int, object> chunk, Dictionary<int, object> leaf, long end, long rows)
    {
        Require(Number(chunk, 1) == Number(leaf, 1), "values have another type than their column");
        Require(Number(chunk, 4) is >= 0 and <= LastCodec, "values are packed in a way that there is not");
        var (values, packed, data) = (Number(chunk, 5), Number(chunk, 7), Number(chunk, 9));
        var dictionary = chunk.ContainsKey(11) ? Number(chunk, 11) : 0;
        var start = dictionary > 0 && dictionary < data ? dictionary : data;
        // Some writers say nothing of where no values are.
        if (values == 0 && rows == 0)
            return;
        Require(
            values > 0 && packed >= 0 && Number(chunk, 6) >= 0 && start >= MarkBytes && start <= end
            && packed <= end - start, "values are said to be where the file has none");
        // Some writers leave the head of the dictionary out of the length.
        var last = Math.Min(end, start + packed + HeadSlackBytes);
        var left = values;
        for (var place = start; left > 0;)
        {
            Require(place < last, "a column has fewer values than it says");
            var (page, headBytes) = PageHead(handle, place, end);
            var (bytes, unpacked) = (Number(page, 3), Number(page, 2));
            Require(bytes >= 0 && unpacked >= 0 && bytes <= last - place - headBytes, "a page is cut off");
            left -= PageValues(page);
            place += headBytes + bytes;
        }

        Require(left == 0, "a column has more values than it says");
    }

    /// <summary>How many values of a column a page holds; none for a dictionary.</summary>
    static long PageValues(Dictionary<int, object> page)
    {
        var type = Number(page, 1);
        if (type is not (0 or 3))
        {
            if (type == 2)
            {
                Require(Number(Struct(page.GetValueOrDefault(7)), 1) >= 0, "a dictionary has fewer than no values");
            }

            return 0;
        }

        var head = Struct(page.GetValueOrDefault(type == 0 ? 5 : 8));
        var count = Number(head, 1);
        Require(count >= 0, "a page has fewer than no values");
        if (type == 3)
        {
            var (nulls, levels, repeats) = (Number(head, 2), Number(head, 5), Number(head, 6));
            Require(
                nulls >= 0 && nulls <= count && levels >= 0 && repeats >= 0 && levels + repeats <= Number(page, 3),
                "a page has lengths that can't be");
        }

        return count;
    }

    static (Dictionary<int, object> Page, int HeadBytes) PageHead(
        SafeFileHandle handle, long place, long end)
    {
        // Statistics of long texts make a long head.
        for (var size = PageHeadBytes; ; size *= 8)
        {
            var count = (int)Math.Min(size, end - place);
            try
            {
                var thrift = new CompactThrift(Bytes(handle, place, count));
                var page = thrift.ReadStruct();
                return (page, thrift.Position);
            }
            catch (InvalidDataException) when (count == size && size < PageHeadBytesMax)
            {
            }
        }
    }

    static byte[] Bytes(SafeFileHandle handle, long place, int count)
    {
        var bytes = new byte[count];
        var read = 0;
        while (read < count)
        {
            var part = RandomAccess.Read(handle, bytes.AsSpan(read), place + read);
            Require(part > 0, "it became shorter while it was read");
            read += part;
        }

        return bytes;
    }

    static object[] List(Dictionary<int, object> fields, int number) =>
        fields.GetValueOrDefault(number) as object[] ?? throw Missing();

    static Dictionary<int, object> Struct(object? value) => value as Dictionary<int, object> ?? throw Missing();

    static long Number(Dictionary<int, object> fields, int number) =>
        fields.GetValueOrDefault(number) is long found ? found : throw Missing();

    static InvalidDataException Missing() => new("something is missing that must be in it");

    static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new InvalidDataException(fault);
        }
    }
}
