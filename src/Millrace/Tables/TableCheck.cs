using System.Security.Cryptography;
using System.Text.Json;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

/// <summary>Compares every file of every version with its hash, and every version with its identity: the one it was
/// published with, or after an erasure the one that its tombstone says.</summary>
public sealed class TableCheck(TableStore tables, LineageGraph lineage, TombstoneLog tombstones)
{
    /// <summary>Reads all tables; a damaged one does not stop the check of the others.</summary>
    public async Task<TableReport> CheckAsync(CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        await tables.Publisher.RecoverAsync(problems, cancellationToken).ConfigureAwait(false);
        var unpublished = new List<string>();
        var entries = await tables.ListAllAsync(cancellationToken).ConfigureAwait(false);
        var erased = await ErasedAsync(cancellationToken).ConfigureAwait(false);
        var versions = 0;
        var files = 0;
        var bytes = 0L;
        foreach (var entry in entries)
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            var published = await lineage.VersionsAsync("table", entry.Name, cancellationToken).ConfigureAwait(false);
            var lost = LostVersions.Read(tables.Place.Of(entry.Name));
            var oldest = tables.OldestOf(entry.Name);
            foreach (var version in published)
            {
                if (version.Number < oldest || lost.Contains(version.Number))
                {
                    // A vacuum or the log's clean-up let it go.
                    continue;
                }

                versions++;
                TableSnapshot snapshot;
                try
                {
                    snapshot = tables.OpenAt(version.Name, version.Number);
                }
                catch (MillraceException exception)
                {
                    problems.Add($"{version.Label}: {exception.Message}");
                    continue;
                }

                var wasErased = erased.TryGetValue((version.Label, version.Hash), out var identity);
                if (snapshot.Identity().ToString() is var found && found != (wasErased ? identity : version.Hash))
                {
                    problems.Add(
                        $"{version.Label}: its log names other content than "
                        + (wasErased ? $"the erasure left (identity {found[..12]}, not {identity![..12]})"
                            : $"was published (identity {found[..12]}, not {version.Hash[..12]})"));
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

            var place = tables.Place.Of(entry.Name);
            unpublished.AddRange(place.Walk()
                .Where(file => file.Path.EndsWith(".parquet", StringComparison.Ordinal) && !file.Path.StartsWith('_')
                    && !known.Contains(file.Path))
                .Select(file => place.Address(file.Path)));
        }

        return new TableReport(entries.Count, versions, files, bytes, problems, unpublished);
    }

    /// <summary>The identities that erased versions have now; of several erasures the last counts.</summary>
    async Task<Dictionary<(string Label, string Hash), string>> ErasedAsync(CancellationToken cancellationToken)
    {
        var identities = new Dictionary<(string, string), string>();
        foreach (var tombstone in await tombstones.ListAsync(Tombstone.VersionKind, cancellationToken)
            .ConfigureAwait(false))
        {
            using var detail = JsonDocument.Parse(tombstone.Detail);
            if (detail.RootElement.TryGetProperty("identity", out var identity)
                && ContentHash.TryParse(identity.GetString(), out var hash))
            {
                identities[(tombstone.Name, tombstone.Hash)] = hash.ToString();
            }
        }

        return identities;
    }

    static async Task<string?> FaultAsync(TableSnapshot snapshot, DataFile file, CancellationToken cancellationToken)
    {
        Stream? stream;
        try
        {
            // As it is in its place, whatever copy there may be here.
            stream = snapshot.Storage.Open(snapshot.Inside(file.Path));
            if (file.ObjectList is not null && !snapshot.IsThere(file.ObjectList))
            {
                return $"has lost '{file.ObjectList}', the list of the objects that it names.";
            }
        }
        catch (MillraceException exception)
        {
            return $"can't be found: {exception.Message}";
        }

        if (stream is null)
        {
            return "is missing.";
        }

        await using (stream.ConfigureAwait(false))
        {
            if (stream.Length != file.SizeBytes)
            {
                return $"has {stream.Length:N0} bytes where {file.SizeBytes:N0} were written.";
            }

            var hash = Convert.ToHexStringLower(
                await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            return file.Hash.Length == 0 || hash == file.Hash ? null : "has other bytes than were written.";
        }
    }
}
