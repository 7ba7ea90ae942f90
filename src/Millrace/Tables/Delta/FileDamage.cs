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

    static readonly string[] Signs =
        ["parquet", "TProtocolException", "Thrift", "decompress", "Corrupt", "corrupt", "Snappy", "ZSTD", "Brotli"];

    /// <summary>The first of some files that is not what was written.</summary>
    /// <param name="scans">Tables, and the files of each that were read.</param>
    /// <param name="failure">What the engine said.</param>
    /// <returns>Null when nothing points to a file.</returns>
    public static MillraceException? Find(
        IEnumerable<(TableSnapshot Table, IReadOnlyList<DataFile> Files)> scans, Exception failure)
    {
        var tables = new List<string>();
        foreach (var (table, files) in scans)
        {
            tables.Add(table.Name);
            foreach (var file in files)
            {
                var path = table.FullPath(file);
                if (Fault(path, file) is { } fault)
                {
                    return Damaged($"'{path}' of table '{table.Name}' {fault}", failure);
                }
            }
        }

        var line = failure.Message.Split('\n')[0].Trim();
        return tables.Count > 0 && Signs.Any(sign => line.Contains(sign, StringComparison.Ordinal))
            ? Damaged($"A file of {string.Join(", ", tables.Distinct())} can't be read: {line}", failure) : null;
    }

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
