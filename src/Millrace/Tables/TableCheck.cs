using System.Security.Cryptography;
using Millrace.Lineage;

namespace Millrace.Tables;

/// <summary>What the check of the tables found.</summary>
/// <param name="TableCount">Tables.</param>
/// <param name="VersionCount">Versions whose logs were read.</param>
/// <param name="FileCount">Files whose bytes were compared with their hashes.</param>
/// <param name="SizeBytes">Their bytes.</param>
/// <param name="Problems">A sentence for each thing that is damaged or missing, with who needs it.</param>
/// <param name="UnpublishedFiles">Files that no version names: leftovers of attempts that were cut off. They do no
/// harm. </param>
public sealed record TableReport(
    int TableCount,
    int VersionCount,
    int FileCount,
    long SizeBytes,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> UnpublishedFiles);

/// <summary>Compares every file of every version with its hash.</summary>
public sealed class TableCheck(TableStore tables, LineageGraph lineage)
{
    /// <summary>Reads all tables; a damaged one does not stop the check of the others.</summary>
    public async Task<TableReport> CheckAsync(CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        var unpublished = new List<string>();
        var entries = await tables.ListAsync(cancellationToken).ConfigureAwait(false);
        var versions = 0;
        var files = 0;
        var bytes = 0L;
        foreach (var entry in entries)
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            foreach (var version in await lineage.VersionsAsync("table", entry.Name, cancellationToken).ConfigureAwait(false))
            {
                versions++;
                TableSnapshot snapshot;
                try
                {
                    snapshot = tables.Open(version);
                }
                catch (MillraceException exception)
                {
                    problems.Add($"{version.Label}: {exception.Message}");
                    continue;
                }

                foreach (var file in snapshot.Files.Where(file => known.Add(file.Path)))
                {
                    files++;
                    bytes += file.SizeBytes;
                    if (await FaultAsync(snapshot, file, cancellationToken).ConfigureAwait(false) is { } fault)
                    {
                        problems.Add($"{version.Label}: '{file.Path}' {fault}");
                    }
                }
            }

            unpublished.AddRange(Directory.EnumerateFiles(Path.Combine(tables.Folder, entry.Name), "*.parquet")
                .Where(path => !known.Contains(Path.GetFileName(path))));
        }

        return new TableReport(entries.Count, versions, files, bytes, problems, unpublished);
    }

    static async Task<string?> FaultAsync(TableSnapshot snapshot, DataFile file, CancellationToken cancellationToken)
    {
        var path = snapshot.FullPath(file);
        if (!File.Exists(path))
        {
            return "is missing.";
        }

        var stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            if (stream.Length != file.SizeBytes)
            {
                return $"has {stream.Length:N0} bytes where {file.SizeBytes:N0} were written.";
            }

            var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            return file.Hash.Length == 0 || hash == file.Hash ? null : "has other bytes than were written.";
        }
    }
}
