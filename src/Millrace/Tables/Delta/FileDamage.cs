using System.Buffers.Binary;

namespace Millrace.Tables.Delta;

/// <summary>Finds the data file that made a query fail: the SQL engine does not always name it, and what it says is not
/// for the person who wrote the query.</summary>
/// <remarks>Looks at what costs nothing: that the file is there, as long as the log says, and ends as a Parquet file
/// does. Parquet format, "File format".</remarks>
static class FileDamage
{
    const int MarkBytes = 4;
    const int EndBytes = 8;

    /// <summary>How many files are opened to find the damaged one.</summary>
    const int ProbesMax = 1_000;

    static readonly string[] Signs =
        ["parquet", "TProtocolException", "Thrift", "decompress", "Corrupt", "corrupt", "Snappy", "ZSTD", "Brotli"];

    /// <summary>The first of some files that is not what was written.</summary>
    /// <param name="scans">Tables, and the files of each that were read.</param>
    /// <param name="failure">What the engine said.</param>
    /// <param name="canRead">Whether the engine can read what the end of a file says.</param>
    /// <returns>Null when nothing points to a file.</returns>
    public static MillraceException? Find(
        IReadOnlyCollection<(TableSnapshot Table, IReadOnlyList<DataFile> Files)> scans, Exception failure,
        Func<string, bool> canRead)
    {
        foreach (var (table, path, file) in Files(scans))
        {
            if (Fault(path, file) is { } fault)
            {
                return Damaged($"'{path}' of table '{table.Name}' {fault}", failure);
            }
        }

        var line = failure.Message.Split('\n')[0].Trim();
        if (scans.Count == 0 || !Signs.Any(sign => line.Contains(sign, StringComparison.Ordinal)))
        {
            return null;
        }

        foreach (var (table, path, _) in Files(scans).Take(ProbesMax))
        {
            if (!canRead(path))
            {
                return Damaged($"'{path}' of table '{table.Name}' can't be read: {line}", failure);
            }
        }

        var names = string.Join(", ", scans.Select(scan => scan.Table.Name).Distinct());
        return Damaged($"A file of {names} can't be read: {line}", failure);
    }

    static IEnumerable<(TableSnapshot Table, string Path, DataFile File)> Files(
        IEnumerable<(TableSnapshot Table, IReadOnlyList<DataFile> Files)> scans) =>
        scans.SelectMany(scan => scan.Files.Select(file => (scan.Table, scan.Table.FullPath(file), file)));

    static string? Fault(string path, DataFile file)
    {
        var found = new FileInfo(path);
        if (!found.Exists)
        {
            return "is missing.";
        }

        if (found.Length != file.SizeBytes)
        {
            return $"has {found.Length:N0} bytes where {file.SizeBytes:N0} were written.";
        }

        using var handle = File.OpenHandle(path);
        Span<byte> end = stackalloc byte[EndBytes];
        return found.Length >= MarkBytes + EndBytes
            && RandomAccess.Read(handle, end, found.Length - EndBytes) == EndBytes
            && end[MarkBytes..] is [(byte)'P', (byte)'A', (byte)'R', (byte)'1' or (byte)'E']
            && BinaryPrimitives.ReadUInt32LittleEndian(end) is > 0 and var footer
            && footer <= found.Length - MarkBytes - EndBytes ? null : "does not end as a Parquet file does.";
    }

    static MillraceException Damaged(string message, Exception failure) => new(
        ErrorKind.Corrupt, "table-file-damaged", message,
        "Restore the file from a copy, or read an older version; 'millrace fsck' lists everything that is damaged.",
        failure);
}
