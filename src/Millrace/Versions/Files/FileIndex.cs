using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>The index of a checkout: the staged tree, and what stat(2) told of each file when it was last equal to it.
/// See docs/formats/index.md.</summary>
/// <remarks>Folder by folder, so that a folder on the disk is compared with one run of records, without a string for
/// each file. u32 "MRX1" | u32 folders | u64 files | tree 32 | for each folder u32 path, u32 records, u32 names and
/// these | u64 XXH64 of all before. Little-endian.</remarks>
sealed class FileIndex
{
    const uint Magic = 0x3158524D;
    const int HeaderSize = 48;
    const int FolderHeaderSize = 12;
    const int PathBytesMax = 1 << 20;

    readonly Dictionary<string, IndexFolder> _folders;
    HashSet<string>? _withFiles;

    public FileIndex(Dictionary<string, IndexFolder> folders, ContentHash? tree, long modifiedAt = long.MaxValue)
    {
        _folders = folders;
        Tree = tree;
        ModifiedAt = modifiedAt;
    }

    public static FileIndex Empty => new([], null);

    public IReadOnlyDictionary<string, IndexFolder> Folders => _folders;

    /// <summary>The tree of everything staged; null for nothing.</summary>
    public ContentHash? Tree { get; }

    /// <summary>When the index itself was written, by the clock of its file system: a file that changed then or later
    /// may have changed after it was looked at.</summary>
    public long ModifiedAt { get; }

    public long FileCount => _folders.Values.Sum(folder => (long)folder.Records.Length);

    public IndexFolder? Folder(string path) => _folders.GetValueOrDefault(path);

    /// <summary>Whether a file is staged in the folder or below it.</summary>
    public bool HasBelow(string path)
    {
        var known = Volatile.Read(ref _withFiles);
        if (known is null)
        {
            known = new HashSet<string>(StringComparer.Ordinal);
            foreach (var folder in _folders.Keys)
            {
                for (var part = folder; known.Add(part) && part.Length > 0;)
                    part = part[..Math.Max(part.LastIndexOf('/'), 0)];
            }

            Volatile.Write(ref _withFiles, known);
        }

        return known.Contains(path);
    }

    public IndexRecord? Find(string path)
    {
        var slash = path.LastIndexOf('/');
        if (!_folders.TryGetValue(path[..Math.Max(slash, 0)], out var folder))
            return null;
        var at = folder.Find(Encoding.UTF8.GetBytes(path[(slash + 1)..]));
        return at < 0 ? null : folder.Records[at];
    }

    /// <summary>The paths of the file at a path, or of the files below it.</summary>
    public IEnumerable<string> FilesIn(string path)
    {
        foreach (var (at, folder) in _folders)
        {
            if (!TreeScan.IsWithin(at, path) && !TreeScan.IsWithin(path, at))
                continue;
            for (var i = 0; i < folder.Records.Length; i++)
            {
                if (TreeScan.IsWithin(folder.PathOf(i), path))
                    yield return folder.PathOf(i);
            }
        }
    }

    /// <summary>Reads the index; an absent file is an empty one.</summary>
    /// <exception cref="MillraceException"><c>index-damaged</c>.</exception>
    public static FileIndex Load(string file)
    {
        if (!File.Exists(file))
            return Empty;
        using var handle = File.OpenHandle(file);
        if (Libc.FileStatus(handle, out var status) != 0)
            throw Damaged(file);
        var length = RandomAccess.GetLength(handle);
        if (length is < HeaderSize + IndexReader.ChecksumSize or > int.MaxValue)
            throw Damaged(file);
        var reader = new IndexReader(handle, length);
        return Read(reader, status.ModifiedAt) is { } index && reader.IsWhole() ? index : throw Damaged(file);
    }

    /// <summary>Writes the index durably, in one step.</summary>
    public void Save(string file) => DurableFile.Write(file, Write);

    void Write(Stream stream)
    {
        var checksum = new XxHash64();
        Span<byte> header = stackalloc byte[HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], _folders.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], FileCount);
        Tree.GetValueOrDefault().CopyTo(header[16..]);
        Append(header);
        Span<byte> sizes = stackalloc byte[FolderHeaderSize];
        foreach (var folder in _folders.Values.OrderBy(folder => folder.Path, Utf8Order.Instance))
        {
            var path = Encoding.UTF8.GetBytes(folder.Path);
            BinaryPrimitives.WriteInt32LittleEndian(sizes, path.Length);
            BinaryPrimitives.WriteInt32LittleEndian(sizes[4..], folder.Records.Length);
            BinaryPrimitives.WriteInt32LittleEndian(sizes[8..], folder.Names.Length);
            Append(sizes);
            Append(path);
            Append(MemoryMarshal.AsBytes<IndexRecord>(folder.Records));
            Append(folder.Names);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(sizes, checksum.GetCurrentHashAsUInt64());
        stream.Write(sizes[..IndexReader.ChecksumSize]);

        void Append(ReadOnlySpan<byte> bytes)
        {
            checksum.Append(bytes);
            stream.Write(bytes);
        }
    }

    static FileIndex? Read(IndexReader reader, long modifiedAt)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (!reader.TryTake(header) || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic)
            return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        var tree = new ContentHash(header.Slice(16, ContentHash.Size));
        if (count < 0 || count > reader.Left / FolderHeaderSize)
            return null;
        var folders = new Dictionary<string, IndexFolder>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (ReadFolder(reader) is not { } folder || !folders.TryAdd(folder.Path, folder))
                return null;
        }

        return reader.Left == 0 ? new FileIndex(folders, tree == default ? null : tree, modifiedAt) : null;
    }

    static IndexFolder? ReadFolder(IndexReader reader)
    {
        Span<byte> sizes = stackalloc byte[FolderHeaderSize];
        if (!reader.TryTake(sizes))
            return null;
        var pathSize = BinaryPrimitives.ReadInt32LittleEndian(sizes);
        var count = BinaryPrimitives.ReadInt32LittleEndian(sizes[4..]);
        var namesSize = BinaryPrimitives.ReadInt32LittleEndian(sizes[8..]);
        // No memory is taken for what the file cannot hold.
        if (pathSize is < 0 or > PathBytesMax || count < 0 || namesSize < 0
            || pathSize + ((long)count * Unsafe.SizeOf<IndexRecord>()) + namesSize > reader.Left)
        {
            return null;
        }

        var path = new byte[pathSize];
        var records = new IndexRecord[count];
        var names = new byte[namesSize];
        if (!reader.TryTake(path) || !reader.TryTake(MemoryMarshal.AsBytes(records.AsSpan()))
            || !reader.TryTake(names))
        {
            return null;
        }

        var folder = new IndexFolder(Encoding.UTF8.GetString(path), records, names);
        return HasGoodNames(folder) ? folder : null;
    }

    static bool HasGoodNames(IndexFolder folder)
    {
        for (var i = 0; i < folder.Records.Length; i++)
        {
            ref readonly var record = ref folder.Records[i];
            if (record.NameLength == 0 || (long)record.NameOffset + record.NameLength > folder.Names.Length)
                return false;
        }

        return true;
    }

    static MillraceException Damaged(string file) => new(
        ErrorKind.Corrupt, "index-damaged", $"The index '{file}' is damaged, or a newer Millrace wrote it.",
        "Delete that file, then run 'millrace restore --staged .' to make it again from the last commit; "
        + "your files stay as they are, and what was staged but not committed is staged again by 'millrace add'.");
}
