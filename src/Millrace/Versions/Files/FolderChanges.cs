using System.Text;

namespace Millrace.Versions.Files;

/// <summary>Changes to the index in one folder, as they come, without an object for each: new records for names that
/// are there, and other records with the bytes of their names.</summary>
/// <remarks>Arrays, not lists: code of lists of a structure would be compiled anew in every process.</remarks>
/// <param name="old">The folder as it is; null when nothing is in it.</param>
sealed class FolderChanges(IndexFolder? old)
{
    const int CountMin = 16;
    const int NameSizeMean = 16;
    const int NameSizeMax = 256;

    IndexRecord[]? _replaced;
    bool[] _isReplaced = [];
    IndexRecord[] _records = [];
    byte[] _names = [];
    int _count;
    int _used;

    /// <summary>Puts a record at a name; one without a kind removes what is there. Of several the last
    /// counts.</summary>
    public void Add(ReadOnlySpan<char> name, in IndexRecord record)
    {
        var size = Encoding.UTF8.GetByteCount(name);
        if (old is not null && _count == 0 && record.Kind != 0 && size <= NameSizeMax && TryReplace(name, record))
            return;
        if (_records.Length == 0)
            (_records, _names) = (new IndexRecord[CountMin], new byte[CountMin * NameSizeMean]);
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

    /// <summary>The folder as it is with the changes, which are let go of.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="isDropped">Whether what was in it before the changes goes.</param>
    public IndexFolder Merge(string path, bool isDropped)
    {
        var before = _replaced is null ? old : new IndexFolder(path, _replaced, old!.Names);
        if (isDropped)
            before = Replaced(path);
        var merged = before is not null && _count == 0 ? before : Merge(path, before);
        (_replaced, _isReplaced, _records, _names, _count) = (null, [], [], [], 0);
        return merged;
    }

    /// <summary>Only what has a new record.</summary>
    IndexFolder? Replaced(string path)
    {
        if (_replaced is null)
            return null;
        var built = new IndexFolderBuilder(path, _replaced.Length);
        for (var i = 0; i < _replaced.Length; i++)
        {
            if (_isReplaced[i])
                built.Add(old!.Name(i), _replaced[i]);
        }

        return built.Build();
    }

    IndexFolder Merge(string path, IndexFolder? before)
    {
        var order = Sorted();
        var built = new IndexFolderBuilder(path, (before?.Records.Length ?? 0) + _count);
        var i = 0;
        for (var next = 0; next < order.Length; next++)
        {
            var name = Name(order[next]);
            if (next + 1 < order.Length && Name(order[next + 1]).SequenceEqual(name))
                continue;
            var compared = 0;
            for (; before is not null && i < before.Records.Length
                && (compared = NameOrder.Compare(before.Name(i), name)) < 0; i++)
            {
                built.Add(before.Name(i), before.Records[i]);
            }

            if (before is not null && i < before.Records.Length && compared == 0)
                i++;
            ref readonly var record = ref _records[order[next]];
            if (record.Kind != 0)
                built.Add(name, record);
        }

        for (; before is not null && i < before.Records.Length; i++)
            built.Add(before.Name(i), before.Records[i]);
        return built.Build();
    }

    /// <summary>Names that are there stay where they are: most checkouts bring other content to the same
    /// names.</summary>
    bool TryReplace(ReadOnlySpan<char> name, in IndexRecord record)
    {
        Span<byte> bytes = stackalloc byte[NameSizeMax];
        var at = old!.Find(bytes[..Encoding.UTF8.GetBytes(name, bytes)]);
        if (at < 0)
            return false;
        if (_replaced is null)
            (_replaced, _isReplaced) = ([.. old.Records], new bool[old.Records.Length]);
        _isReplaced[at] = true;
        ref var replaced = ref _replaced[at];
        var (offset, length) = (replaced.NameOffset, replaced.NameLength);
        replaced = record;
        (replaced.NameOffset, replaced.NameLength) = (offset, length);
        return true;
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
