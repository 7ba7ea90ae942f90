using System.Buffers.Binary;

namespace Millrace.Versions.Files;

/// <summary>Compares and sorts names by their bytes. Written out, because what .NET has for it is compiled anew in
/// every process, which takes longer than a whole status.</summary>
static class NameOrder
{
    const int WordSize = sizeof(ulong);

    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = Math.Min(left.Length, right.Length);
        var i = 0;
        for (; i + WordSize <= common; i += WordSize)
        {
            var one = BinaryPrimitives.ReadUInt64BigEndian(left[i..]);
            var other = BinaryPrimitives.ReadUInt64BigEndian(right[i..]);
            if (one != other)
                return one < other ? -1 : 1;
        }

        for (; i < common; i++)
        {
            if (left[i] != right[i])
                return left[i] - right[i];
        }

        return left.Length - right.Length;
    }

    /// <summary>Sorts items by merging; names that come in order cost one comparison each.</summary>
    public static void Sort(ListedName[] items, int count, byte[] names)
    {
        var source = items;
        var target = new ListedName[count];
        for (var width = 1; width < count; width *= 2)
        {
            for (var begin = 0; begin < count; begin += 2 * width)
            {
                var (middle, end) = (Math.Min(begin + width, count), Math.Min(begin + (2 * width), count));
                Merge(source, target, begin, middle, end, names);
            }

            (source, target) = (target, source);
        }

        if (source != items)
            Array.Copy(source, items, count);
    }

    static void Merge(ListedName[] source, ListedName[] target, int begin, int middle, int end, byte[] names)
    {
        var (left, right) = (begin, middle);
        if (middle < end && Compare(source, middle - 1, middle, names) <= 0)
        {
            Array.Copy(source, begin, target, begin, end - begin);
            return;
        }

        for (var i = begin; i < end; i++)
        {
            var takesLeft = right >= end || (left < middle && Compare(source, left, right, names) <= 0);
            target[i] = takesLeft ? source[left++] : source[right++];
        }
    }

    static int Compare(ListedName[] items, int left, int right, byte[] names) => Compare(
        new ReadOnlySpan<byte>(names, items[left].Offset, items[left].Length),
        new ReadOnlySpan<byte>(names, items[right].Offset, items[right].Length));
}
