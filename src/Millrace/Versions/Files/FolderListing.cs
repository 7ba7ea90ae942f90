using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Millrace.Catalog;

namespace Millrace.Versions.Files;

/// <summary>The names in a folder, sorted by their bytes; the folder stays open, so that its files can be looked at
/// by name alone. Names that are not UTF-8 are kept apart.</summary>
sealed unsafe class FolderListing : IDisposable
{
    const int BufferSize = 64 * 1024;
    const int EntryTypeOffset = 18;
    const int EntryNameOffset = 19;

    byte[] _names = new byte[4096];
    ListedName[] _items = new ListedName[64];
    int _used;

    FolderListing(int descriptor) => Descriptor = descriptor;

    public int Descriptor { get; private set; }

    public int Count { get; private set; }

    /// <summary>Names that are no UTF-8, escaped.</summary>
    public List<string> Unreadable { get; } = [];

    /// <summary>Lists a folder; links are not followed.</summary>
    /// <returns>Null with the error when it cannot be opened.</returns>
    public static FolderListing? TryOpen(string path, out Errno error)
    {
        var name = Encoding.UTF8.GetBytes(path + "\0");
        int descriptor;
        fixed (byte* start = name)
        {
            descriptor = Libc.OpenAt(
                Libc.AtCurrentFolder, start,
                Libc.OpenReadOnly | Libc.OpenFolder | Libc.OpenNoFollow | Libc.OpenCloseOnExec, 0);
        }

        error = descriptor < 0 ? DurableFile.LastError() : 0;
        if (descriptor < 0)
            return null;
        var listing = new FolderListing(descriptor);
        if (listing.ReadAll(out error))
            return listing;
        listing.Dispose();
        return null;
    }

    public ReadOnlySpan<byte> Name(int index) => new(_names, _items[index].Offset, _items[index].Length);

    /// <summary>The type that the file system told, or <see cref="FileModes.ListedUnknown"/>.</summary>
    public byte Type(int index) => _items[index].Type;

    public string NameText(int index) => Encoding.UTF8.GetString(Name(index));

    /// <summary>Looks at a file, not following a link.</summary>
    public bool TryStatus(int index, out FileStatus status)
    {
        fixed (byte* names = _names)
        fixed (FileStatus* target = &status)
            return Libc.FileStatusAt(Descriptor, names + _items[index].Offset, target, Libc.AtNoFollow) == 0;
    }

    /// <summary>Where a symbolic link points; null when it cannot be read.</summary>
    public byte[]? ReadLink(ReadOnlySpan<byte> name)
    {
        Span<byte> ended = stackalloc byte[name.Length + 1];
        name.CopyTo(ended);
        ended[name.Length] = 0;
        var buffer = new byte[4097];
        fixed (byte* start = ended)
        fixed (byte* target = buffer)
        {
            var count = Libc.ReadLinkAt(Descriptor, start, target, buffer.Length);
            return count is > 0 and <= 4096 ? buffer[..(int)count] : null;
        }
    }

    public void Dispose()
    {
        if (Descriptor >= 0)
            _ = Libc.Close(Descriptor);
        Descriptor = -1;
    }

    bool ReadAll(out Errno error)
    {
        var buffer = stackalloc byte[BufferSize];
        while (true)
        {
            var count = Libc.FolderEntries(Descriptor, buffer, BufferSize);
            if (count < 0)
            {
                error = DurableFile.LastError();
                return false;
            }

            if (count == 0)
                break;
            Take(new ReadOnlySpan<byte>(buffer, (int)count));
        }

        error = 0;
        NameOrder.Sort(_items, Count, _names);
        return true;
    }

    void Take(ReadOnlySpan<byte> entries)
    {
        while (!entries.IsEmpty)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(entries[16..]);
            var type = entries[EntryTypeOffset];
            var name = entries[EntryNameOffset..size];
            name = name[..name.IndexOf((byte)0)];
            entries = entries[size..];
            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                continue;
            if (!Utf8.IsValid(name))
            {
                Unreadable.Add(Escape(name));
                continue;
            }

            if (_used + name.Length + 1 > _names.Length)
                Array.Resize(ref _names, _names.Length * 2);
            name.CopyTo(_names.AsSpan(_used));
            if (Count == _items.Length)
            {
                var larger = new ListedName[Count * 2];
                Array.Copy(_items, larger, Count);
                _items = larger;
            }

            _items[Count++] = new ListedName(_used, name.Length, type);
            _used += name.Length;
            _names[_used++] = 0;
        }
    }

    static string Escape(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        foreach (var value in name)
        {
            if (value is >= 0x20 and < 0x7F and not (byte)'\\')
                text.Append((char)value);
            else
                text.Append("\\x").Append(value.ToString("x2"));
        }

        return text.ToString();
    }
}
