using System.Text;

namespace Millrace.Versions.Files;

/// <summary>Changes to the index in one folder, as they come: records and the bytes of their names, without an object
/// for each.</summary>
/// <remarks>Arrays, not lists: code of lists of a structure would be compiled anew in every process.</remarks>
sealed class FolderChanges
{
    const int CountMin = 16;
    const int NameSizeMean = 16;

    IndexRecord[] _records = new IndexRecord[CountMin];
    byte[] _names = new byte[CountMin * NameSizeMean];
    int _count;
    int _used;

    /// <summary>Puts a record at a name; one without a kind removes what is there. Of several the last counts.</summary>
    public void Add(ReadOnlySpan<char> name, in IndexRecord record)
    {
        var size = Encoding.UTF8.GetByteCount(name);
        if (_used + size > _names.Length)
            Array.Resize(ref _names, Math.Max(_names.Length * 2, _used + size));
        if (_count == _records.Length)
            Array.Resize(ref _records, _count * 2);
        Encoding.UTF8.GetBytes(name, _names.AsSpan(_used));
        ref var added = ref _records[_count++];
        added = record;
        (added.NameOffset, added.NameLength) = ((uint)_used, (ushort)size);
        _used += size;
    }

    /// <summary>The folder as it is with the changes.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="old">As it was; null when nothing was in it.</param>
    public IndexFolder Merge(string path, IndexFolder? old)
    {
        var order = Sorted();
        var built = new IndexFolderBuilder(path, (old?.Records.Length ?? 0) + _count);
        var i = 0;
        for (var next = 0; next < order.Length; next++)
        {
            var name = Name(order[next]);
            if (next + 1 < order.Length && Name(order[next + 1]).SequenceEqual(name))
                continue;
            var compared = 0;
            for (; old is not null && i < old.Records.Length
                && (compared = NameOrder.Compare(old.Name(i), name)) < 0; i++)
            {
                built.Add(old.Name(i), old.Records[i]);
            }

            if (old is not null && i < old.Records.Length && compared == 0)
                i++;
            ref readonly var record = ref _records[order[next]];
            if (record.Kind != 0)
                built.Add(name, record);
        }

        for (; old is not null && i < old.Records.Length; i++)
            built.Add(old.Name(i), old.Records[i]);
        return built.Build();
    }

    ReadOnlySpan<byte> Name(int index) =>
        _names.AsSpan((int)_records[index].NameOffset, _records[index].NameLength);

    /// <summary>The numbers of the changes by their names; equal names stay in the order in which they came.</summary>
    int[] Sorted()
    {
        var order = new int[_count];
        var isSorted = true;
        for (var i = 0; i < _count; i++)
        {
            order[i] = i;
            isSorted = isSorted && (i == 0 || NameOrder.Compare(Name(i - 1), Name(i)) <= 0);
        }

        if (!isSorted)
        {
            Array.Sort(
                order,
                (left, right) => NameOrder.Compare(Name(left), Name(right)) is not 0 and var compared
                    ? compared : left.CompareTo(right));
        }

        return order;
    }
}
