using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>Puts together what the shards of a task staged, in the order of the shards.</summary>
static class ShardMerge
{
    public static StagedResult Merge(IReadOnlyList<StagedResult> shards) => new(
        [
            .. shards.SelectMany(shard => shard.Tables)
                .GroupBy(table => table.Role, StringComparer.Ordinal)
                .Select(Merge),
        ],
        [.. shards.SelectMany(shard => shard.Versions)],
        [.. shards.SelectMany(shard => shard.Sources)],
        [.. shards.SelectMany(shard => shard.Facts)],
        [.. shards.SelectMany(shard => shard.Warnings)],
        shards.Any(shard => shard.IsProvisional));

    /// <summary>Whether the files of an earlier attempt's shard are still where it left them.</summary>
    public static bool IsThere(StagedResult shard, string tablesFolder) => shard.Tables.All(
        table => table.Table.Files.All(
            file => new FileInfo(Path.Combine(tablesFolder, table.Table.Name, file.Path)) is { Exists: true } found
                && found.Length == file.SizeBytes));

    static PublishedTable Merge(IGrouping<string, PublishedTable> parts)
    {
        var first = parts.First();
        if (parts.FirstOrDefault(part => !part.Table.Schema.Equals(first.Table.Schema)) is { } other)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "schema-mismatch",
                $"The shards of one task gave table '{first.Role}' different columns: "
                + $"{Columns(first)}; {Columns(other)}.",
                "Cast the columns in the task, so that they do not depend on the shard's rows.");
        }

        return first with
        {
            Table = first.Table with { Files = [.. parts.SelectMany(part => part.Table.Files)] },
        };
    }

    static string Columns(PublishedTable table) =>
        string.Join(", ", table.Table.Schema.Columns.Select(column => $"{column.Name} {column.Type}"));
}
