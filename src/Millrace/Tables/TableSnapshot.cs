using System.Security.Cryptography;
using System.Text;
using Millrace.Objects;

namespace Millrace.Tables;

/// <summary>An immutable state of a table: its schema and its live files.</summary>
/// <param name="Name">The table.</param>
/// <param name="Folder">Absolute path of the table.</param>
/// <param name="Version">The version of the Delta log.</param>
/// <param name="Schema">The columns.</param>
/// <param name="Files">Live files, in the order in which they were added.</param>
/// <param name="TableId">The id in the log's metadata.</param>
/// <param name="Attempts">The attempts that wrote, by id, with the version that each wrote.</param>
/// <param name="RunId">The run that wrote this version; null when another writer did.</param>
public sealed record TableSnapshot(
    string Name,
    string Folder,
    long Version,
    TableSchema Schema,
    IReadOnlyList<DataFile> Files,
    string TableId,
    IReadOnlyDictionary<string, long> Attempts,
    string? RunId)
{
    public long RowCount => Files.Sum(file => file.RowCount);

    public long SizeBytes => Files.Sum(file => file.SizeBytes);

    /// <summary>The identity of the content: a hash over the schema and the hashes of the live files in sorted order.
    /// It does not depend on file names, times or the version's number.</summary>
    public ContentHash Identity()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes("millrace table 1\n" + Schema.ToDelta() + "\n"));
        var hashes = Files.Select(file => file.Hash.Length > 0 ? file.Hash : HashOf(file))
            .Order(StringComparer.Ordinal);
        foreach (var file in hashes)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\n"));
        }

        return new ContentHash(hash.GetHashAndReset());
    }

    /// <summary>The absolute path of a live file.</summary>
    public string FullPath(DataFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Confine(file.Path);
    }

    /// <summary>The absolute path of a name from the log, which must stay inside the table's folder.</summary>
    internal string Confine(string relative)
    {
        var path = relative.Contains('\0', StringComparison.Ordinal)
            ? "" : Path.GetFullPath(Path.Combine(Folder, relative));
        return path.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new MillraceException(
                ErrorKind.Corrupt, "table-path-outside",
                $"The log of table '{Name}' names '{relative}', which is outside the table's folder.",
                "The log was not written by Millrace or was tampered with; restore it from a copy.");
    }

    string HashOf(DataFile file)
    {
        using var stream = File.OpenRead(FullPath(file));
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
