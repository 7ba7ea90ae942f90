namespace Millrace.Tables.Frames;

/// <summary>Takes structs of Thrift's compact protocol apart, which say how long their own parts are: nothing is
/// read beyond the bytes, and nothing is made that the bytes do not hold. Apache Thrift, "Thrift Compact
/// protocol".</summary>
/// <remarks>A struct becomes a map of its first fields by number, a list of structs an array, a number a <c>long</c>, a
/// text or bytes their length; other lists, maps and floating-point numbers are passed over.</remarks>
ref struct CompactThrift(ReadOnlySpan<byte> bytes)
{
    const int DepthMax = 32;
    const int VarintBytesMax = 10;
    const int LongSize = 15;
    const int LastField = 16;
    const int Struct = 12;

    /// <summary>Structs take memory that a file of a few megabytes could ask for without end.</summary>
    const int StructsMax = 1 << 21;

    readonly ReadOnlySpan<byte> _bytes = bytes;
    int _structs;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <exception cref="InvalidDataException">The bytes are no struct.</exception>
    public Dictionary<int, object> ReadStruct(int depth = 0)
    {
        Require(depth < DepthMax, "it is nested too deep");
        Require(++_structs <= StructsMax, "it has more parts than are read");
        var fields = new Dictionary<int, object>();
        var number = 0;
        while (true)
        {
            var head = Byte();
            if (head == 0)
            {
                return fields;
            }

            number = head >> 4 == 0 ? (int)Zigzag() : number + (head >> 4);
            var type = head & 15;
            var value = type is 1 or 2 ? 2L - type : Value(type, depth);
            if (number is > 0 and <= LastField)
                fields[number] = value;
        }
    }

    object Value(int type, int depth) => type switch
    {
        // A truth in a list takes a byte of its own.
        1 or 2 or 3 => (long)Byte(),
        4 or 5 or 6 => Zigzag(),
        7 => Skip(sizeof(double)),
        8 => Skip(Varint()),
        9 or 10 => List(depth),
        11 => Map(depth),
        Struct => ReadStruct(depth + 1),
        _ => throw new InvalidDataException($"a field has the type {type}, which there is not"),
    };

    object List(int depth)
    {
        Require(depth < DepthMax, "it is nested too deep");
        var head = Byte();
        var count = head >> 4 == LongSize ? Varint() : head >> 4;
        // Each element takes a byte at least.
        Require(count >= 0 && count <= _bytes.Length - Position, "a list is longer than the file");
        // Some writers give the type of nothing as nothing.
        if (count == 0)
            return Array.Empty<object>();
        if ((head & 15) != Struct)
        {
            for (var i = 0L; i < count; i++)
                Value(head & 15, depth + 1);
            return count;
        }

        Require(count <= StructsMax - _structs, "it has more parts than are read");
        var items = new object[count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadStruct(depth + 1);
        }

        return items;
    }

    object Map(int depth)
    {
        Require(depth < DepthMax, "it is nested too deep");
        var count = Varint();
        Require(count >= 0 && count <= _bytes.Length - Position, "a map is longer than the file");
        var types = count == 0 ? (byte)0 : Byte();
        for (var i = 0L; i < count; i++)
        {
            Value(types >> 4, depth + 1);
            Value(types & 15, depth + 1);
        }

        return count;
    }

    object Skip(long count)
    {
        Require(count >= 0 && count <= _bytes.Length - Position, "a text is longer than the file");
        Position += (int)count;
        return count;
    }

    long Zigzag()
    {
        var value = (ulong)Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    long Varint()
    {
        var value = 0UL;
        for (var i = 0; i < VarintBytesMax; i++)
        {
            var part = Byte();
            value |= (ulong)(part & 127) << (7 * i);
            if (part < 128)
            {
                return (long)value;
            }
        }

        throw new InvalidDataException("a number has no end");
    }

    byte Byte()
    {
        Require(Position < _bytes.Length, "it is cut off");
        return _bytes[Position++];
    }

    static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new InvalidDataException(fault);
        }
    }
}
