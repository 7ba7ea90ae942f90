using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    /// <summary>Gives a table the rows and columns that it had in an earlier version, as a new version.</summary>
    /// <param name="name">The table.</param>
    /// <param name="version">The earlier version's number.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>version-unknown</c>, <c>version-vacuumed</c>,
    /// <c>table-not-writable</c>, <c>table-conflict</c>.</exception>
    public Task<TableEdit> RestoreAsync(string name, long version, CancellationToken cancellationToken = default)
    {
        var noted = new JsonObject { ["version"] = $"{version}" };
        return EditAsync(name, "restore", noted, scope =>
        {
            // A table that was dropped comes back so.
            var before = scope.Newest ?? scope.Existing;
            WriteGate.Check(before, takesRows: true);
            var wanted = _tables.OpenNewest(name, version);
            CheckThere(wanted);
            var have = before.Files.Select(file => file.Key).ToHashSet(StringComparer.Ordinal);
            var want = wanted.Files.Select(file => file.Key).ToHashSet(StringComparer.Ordinal);
            List<DataFile> added = [.. wanted.Files.Where(file => !have.Contains(file.Key))];
            List<DataFile> removed = [.. before.Files.Where(file => !want.Contains(file.Key))];
            var isOther = before.IsDropped || !wanted.Schema.Equals(before.Schema)
                || !wanted.PartitionColumns.SequenceEqual(before.PartitionColumns);
            if (added.Count == 0 && removed.Count == 0 && !isOther)
            {
                return null;
            }

            scope.Counts.Add(added);
            return Staged(
                scope, isOther ? wanted : before, added,
                new TableChange(TableChange.Restored, noted.ToJsonString(), before.Version)
                {
                    Removed = removed,
                    ReadCondition = TableChange.AllRows,
                    // Columns that are mapped stay mapped, whatever was so before.
                    Metadata = !isOther ? null : wanted.Metadata with
                    {
                        Configuration = Merged(before.Metadata.Configuration, wanted.Metadata.Configuration),
                    },
                });
        }, cancellationToken);
    }

    /// <summary>Makes a table of another one's files as they are in a version, without copying them. Both go on by
    /// themselves; a vacuum of the source keeps what the clone names.</summary>
    /// <param name="source">The table whose files are named.</param>
    /// <param name="version">Its version; null for the newest.</param>
    /// <param name="name">The clone; it must not be there.</param>
    /// <param name="cancellationToken">Ends it; nothing is made then.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-exists</c>, <c>version-unknown</c>,
    /// <c>version-vacuumed</c>, <c>clone-features</c>.</exception>
    public Task<TableEdit> CloneAsync(
        string source, long? version, string name, CancellationToken cancellationToken = default)
    {
        var noted = new JsonObject { ["source"] = source, ["sourceVersion"] = version is null ? "" : $"{version}" };
        return EditAsync(name, "clone", noted, scope =>
        {
            if (scope.Before is not null)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "table-exists", $"There is a table '{name}' already.", "Choose another name.");
            }

            var from = _tables.OpenNewest(source, version);
            CheckThere(from);
            if (from.Files.Any(file => file.DeletionVector is { StorageType: not "i" }))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "clone-features",
                    $"Table '{source}' keeps deleted rows in files of their own, which a clone can't name yet.",
                    $"Run 'millrace table optimize {source}' first: it writes those files without the rows.");
            }

            scope.Use(from);
            var origins = (from.Metadata.Configuration.GetValueOrDefault(TableSnapshot.CloneProperty, "")
                + "," + source).Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal);
            var metadata = from.Metadata with
            {
                Id = "",
                CreatedTime = null,
                Configuration = SchemaChange.Set(
                    from.Metadata.Configuration, (TableSnapshot.CloneProperty, string.Join(",", origins)),
                    (Iceberg.IcebergMirror.Property, null)),
            };
            List<DataFile> files = [.. from.Files.Select(file => Named(from, file))];
            var exact = new JsonObject { ["source"] = source, ["sourceVersion"] = $"{from.Version}" };
            return new StagedTable(name, TableMode.Append, from.Schema, scope.KeyColumns, files)
            {
                Change = new TableChange(TableChange.Cloned, exact.ToJsonString(), scope.Newest?.Version ?? -1)
                {
                    Metadata = metadata,
                    Protocol = from.Protocol,
                },
            };
        }, cancellationToken);
    }

    /// <summary>The same file as a table beside the source names it: relative, so that a workspace may move.</summary>
    static DataFile Named(TableSnapshot from, DataFile file)
    {
        return file with
        {
            Path = Beside(from.Confine(file.Path)),
            LogPath = null,
            ObjectList = file.ObjectList is null ? null : Beside(from.Confine(file.ObjectList)),
        };

        string Beside(string path) => "../" + Path.GetRelativePath(Path.GetDirectoryName(from.Folder)!, path);
    }

    static Dictionary<string, string> Merged(
        IReadOnlyDictionary<string, string> now, IReadOnlyDictionary<string, string> then) =>
        SchemaChange.Set(
            then, [.. now.Where(pair => pair.Key.StartsWith("delta.columnMapping.", StringComparison.Ordinal)
            || pair.Key == TableSnapshot.CloneProperty).Select(pair => (pair.Key, (string?)pair.Value))]);

    /// <summary>Looks whether all files of a version are there.</summary>
    /// <exception cref="MillraceException"><c>version-vacuumed</c>.</exception>
    internal static void CheckThere(TableSnapshot snapshot)
    {
        var isLost = LostVersions.Read(snapshot.Storage).Contains(snapshot.Version);
        var gone = snapshot.Storage.FirstMissing([.. snapshot.Files.Select(file => snapshot.Inside(file.Path))]);
        if (isLost || gone is not null)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "version-vacuumed",
                $"Version {snapshot.Version} of table '{snapshot.Name}' can't be read any more"
                + (gone is null ? "." : $": '{gone}' is gone."),
                isLost
                    ? "A vacuum deleted files of it; versions are whole that are newer than the retention, or pinned."
                    : "Restore the file from a copy; 'millrace fsck' lists everything that is missing.");
        }
    }
}
