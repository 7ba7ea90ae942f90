namespace Millrace.Tables.Edits;

/// <summary>Which files are written together when a table is arranged anew.</summary>
static class FileGroups
{
    /// <summary>Groups of files of one partition; each is written as one or a few files.</summary>
    /// <param name="table">The table.</param>
    /// <param name="targetBytes">How large a file shall be.</param>
    /// <param name="takesAll">Whether the order of all rows changes, so that no file stays.</param>
    public static List<List<DataFile>> Of(TableSnapshot table, long targetBytes, bool takesAll)
    {
        var groups = new List<List<DataFile>>();
        foreach (var partition in table.Files.GroupBy(Partition, StringComparer.Ordinal))
        {
            if (takesAll)
            {
                groups.Add([.. partition]);
                continue;
            }

            var group = new List<DataFile>();
            var bytes = 0L;
            // One that is nearly as large as it shall be is left alone.
            foreach (var file in partition.Where(
                file => file.DeletionVector is not null || file.SizeBytes < targetBytes / 4 * 3))
            {
                if (bytes + file.SizeBytes > targetBytes && group.Count > 0)
                {
                    groups.Add(group);
                    group = [];
                    bytes = 0;
                }

                group.Add(file);
                bytes += file.SizeBytes;
            }

            groups.Add(group);
        }

        return [.. groups.Where(
            group => group.Count > 1 || (group.Count == 1 && (takesAll || group[0].DeletionVector is not null)))];
    }

    /// <summary>The same for files of one partition.</summary>
    public static string Partition(DataFile file) => string.Join('\n', file.PartitionValues
        .OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => $"{pair.Key}={(string.IsNullOrEmpty(pair.Value) ? "null" : "'" + pair.Value)}"));
}
