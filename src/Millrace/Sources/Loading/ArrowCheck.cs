using System.Runtime.InteropServices;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Millrace.Sources.Loading;

/// <summary>Checks that an Arrow array keeps within its buffers, for native code believes what it says. Arrow Columnar
/// Format, "Buffer Listing for Each Layout".</summary>
static class ArrowCheck
{
    const int MaxDepth = 64;

    /// <exception cref="InvalidDataException">It does not.</exception>
    public static void Check(ArrayData data) => Check(data, MaxDepth);

    static void Check(ArrayData data, int depth)
    {
        var end = (long)data.Offset + data.Length;
        Require(data.Length >= 0 && data.Offset >= 0 && end <= int.MaxValue, "it has a length below zero");
        Require(depth > 0, $"it is nested more than {MaxDepth} times");
        if (data.Buffers.Length > 0 && data.Buffers[0].Length > 0)
        {
            Require(data.Buffers[0].Length * 8L >= end, "the bits of its nulls are cut off");
        }

        switch (data.DataType)
        {
            case NullType:
                break;
            case DictionaryType type:
                CheckIndices(data, (int)end, type.BitWidth / 8);
                break;
            case BooleanType:
                Require(data.Buffers[1].Length * 8L >= end, "its values are cut off");
                break;
            case FixedWidthType type:
                Require(data.Buffers[1].Length >= (end * type.BitWidth) / 8, "its values are cut off");
                break;
            case StringType or BinaryType:
                CheckOffsets(data, end, data.Buffers[2].Length);
                CheckText(data, end);
                break;
            case ListType or MapType:
                CheckOffsets(data, end, data.Children[0].Length);
                Check(data.Children[0], depth - 1);
                break;
            case StructType type:
                Require(data.Children.Length == type.Fields.Count, "it lacks a child");
                foreach (var child in data.Children)
                {
                    Require(child.Length >= end, "a child is cut off");
                    Check(child, depth - 1);
                }

                break;
            case FixedSizeListType type:
                Require(data.Children[0].Length >= end * type.ListSize, "its elements are cut off");
                Check(data.Children[0], depth - 1);
                break;
            default:
                throw new InvalidDataException($"the type {data.DataType.Name} is not read.");
        }

        CheckDictionary(data, depth);
    }

    /// <summary>Each index of a value must be one of the dictionary's.</summary>
    static void CheckIndices(ArrayData data, int end, int width)
    {
        var bytes = data.Buffers[1].Span;
        Require(bytes.Length >= (long)end * width && data.Dictionary is not null, "its indices are cut off");
        var nulls = data.Buffers[0].Span;
        for (var i = data.Offset; i < end; i++)
        {
            if (nulls.Length > 0 && (nulls[i >> 3] & (1 << (i & 7))) == 0)
            {
                continue;
            }

            var index = width switch
            {
                1 => bytes[i],
                2 => MemoryMarshal.Read<ushort>(bytes[(i * 2)..]),
                4 => MemoryMarshal.Read<uint>(bytes[(i * 4)..]),
                _ => MemoryMarshal.Read<ulong>(bytes[(i * 8)..]),
            };
            Require(index < (ulong)data.Dictionary!.Length, "an index is none of the dictionary's");
        }
    }

    static void CheckDictionary(ArrayData data, int depth)
    {
        if (data.Dictionary is not null)
        {
            Check(data.Dictionary, depth - 1);
        }
    }

    static void CheckOffsets(ArrayData data, long end, int contentLength)
    {
        if (data.Length == 0 && data.Buffers[1].Length == 0)
        {
            return;
        }

        Require(data.Buffers[1].Length >= (end + 1) * sizeof(int), "its offsets are cut off");
        var offsets = MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span)[data.Offset..((int)end + 1)];
        var last = 0;
        foreach (var offset in offsets)
        {
            Require(offset >= last, "its offsets go back");
            last = offset;
        }

        Require(last <= contentLength, "its offsets reach beyond its content");
    }

    static void CheckText(ArrayData data, long end)
    {
        if (data.DataType is not StringType || data.Length == 0)
        {
            return;
        }

        var offsets = MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span);
        var text = data.Buffers[2].Span[offsets[data.Offset]..offsets[(int)end]];
        Require(Utf8.IsValid(text), "a text has bytes that are no UTF-8");
    }

    static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new InvalidDataException($"an array is damaged: {fault}.");
        }
    }
}
