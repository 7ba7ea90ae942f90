namespace Millrace.Versions.Files;

/// <summary>Makes an <see cref="IndexFolder"/> of records that come in order.</summary>
sealed class IndexFolderBuilder(string path, int capacity)
{
    IndexRecord[] _records = new IndexRecord[capacity];
    byte[] _names = new byte[Math.Max(16, capacity * 16)];
    int _count;
    int _used;

    public void Add(ReadOnlySpan<byte> name, IndexRecord record)
    {
        if (_used + name.Length > _names.Length)
            Array.Resize(ref _names, Math.Max(_names.Length * 2, _used + name.Length));
        name.CopyTo(_names.AsSpan(_used));
        record.NameOffset = (uint)_used;
        record.NameLength = (ushort)name.Length;
        _used += name.Length;
        _records[_count++] = record;
    }

    public IndexFolder Build()
    {
        if (_count < _records.Length)
        {
            var fitting = new IndexRecord[_count];
            Array.Copy(_records, fitting, _count);
            _records = fitting;
        }

        Array.Resize(ref _names, _used);
        return new IndexFolder(path, _records, _names);
    }
}
