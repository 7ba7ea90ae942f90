using System.Runtime.CompilerServices;
using System.Text.Json;
using Millrace.Catalog;
using Millrace.Lineage;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Tables.Queries;

/// <summary>Tables, their versions, columns and files, for SQL. Of a table that can't be read there are no columns and
/// no files; <c>millrace fsck</c> says why.</summary>
static class StoredTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog, TableStore tables) =>
    [
        SystemTable.Of(
            "tables", "A table.",
            [
                Text("name", "Its name."),
                Int64("number", "The number of its newest version: N of 'vN'."),
                Text("hash", "That version's identity."),
                Text("run_id", "The run that made that version; null for another writer."),
                Time("changed_at", "When that version was made."),
                Int64("rows", "Its rows; null when it was not noted."),
                Int64("files", "Its files; null when it was not noted."),
                Int64("bytes", "Their bytes; null when it was not noted."),
                Text("key_columns", "The columns that tell its rows apart, parted by commas; empty for none."),
            ],
            token => Tables(tables, token)),
        LineageTables.OfKind(
            catalog, "table_versions", "A version of a table that the catalog knows.", "table",
            (Int64("rows", "Its rows; null when it was not noted."), "rows"),
            (Int64("files", "Its files; null when it was not noted."), "files"),
            (Int64("bytes", "Their bytes; null when it was not noted."), "bytes"),
            (Text("operation", "What made it; null when it was not noted."), "operation")),
        SystemTable.Of(
            "table_columns", "A column of a table, as it is in the newest version.",
            [
                Text("table_name", "The table."),
                Int64("number", "The column's place, from 1."),
                Text("name", "Its name."),
                Text("type", "Its type as DuckDB names it."),
                Text("delta_type", "Its type as Delta Lake names it."),
                Boolean("is_nullable", "Whether a value may be missing."),
                Boolean("is_partition", "Whether the table's files are parted by it."),
                Boolean("is_key", "Whether it tells rows apart."),
                Text("comment", "What was noted about it; null for nothing."),
            ],
            token => Columns(tables, token)),
        SystemTable.Of(
            "table_files", "A Parquet file of a table, as it is in the newest version.",
            [
                Text("table_name", "The table."),
                Text("path", "From the table's folder."),
                Int64("size_bytes", "Its bytes."),
                Int64("rows", "Rows of the table that are in it; null when the log does not say."),
                Text("hash", "SHA-256 of its bytes; null for a file of another writer."),
                Text("partition_values", "The values of the partition columns, as JSON."),
                Boolean("has_deleted_rows", "Whether rows of it are no longer in the table."),
            ],
            token => Files(tables, token)),
    ];

    static async IAsyncEnumerable<object?[]> Tables(
        TableStore tables, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var entry in await tables.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            using var summary = JsonDocument.Parse(entry.Newest.Summary);
            object? Figure(string name) => SystemValue.Of(summary.RootElement, name, SystemType.Int64);
            yield return
            [
                entry.Name, entry.Newest.Number, entry.Newest.Hash, entry.Newest.RunId, entry.Newest.CreatedAt,
                Figure("rows"), Figure("files"), Figure("bytes"), string.Join(',', entry.KeyColumns),
            ];
        }
    }

    static async IAsyncEnumerable<object?[]> Columns(
        TableStore tables, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var entry in await tables.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Open(tables, entry) is not { } snapshot)
                continue;
            for (var i = 0; i < snapshot.Schema.Columns.Count; i++)
            {
                var column = snapshot.Schema.Columns[i];
                using var metadata = JsonDocument.Parse(column.Metadata);
                yield return
                [
                    entry.Name, i + 1L, column.Name, column.SqlType, column.Type, column.IsNullable,
                    snapshot.PartitionColumns.Contains(column.Name), entry.KeyColumns.Contains(column.Name),
                    SystemValue.Of(metadata.RootElement, "comment", SystemType.Text),
                ];
            }
        }
    }

    static async IAsyncEnumerable<object?[]> Files(
        TableStore tables, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var entry in await tables.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Open(tables, entry) is not { } snapshot)
                continue;
            foreach (var file in snapshot.Files)
            {
                yield return
                [
                    entry.Name, file.Path, file.SizeBytes,
                    file.RowCount == DataFile.UnknownRowCount ? null : file.RowCount,
                    file.Hash.Length > 0 ? file.Hash : null,
                    JsonSerializer.Serialize(
                        new Dictionary<string, string?>(file.PartitionValues, StringComparer.Ordinal),
                        TablesJson.Default.DictionaryStringString),
                    file.DeletionVector is not null,
                ];
            }
        }
    }

    static TableSnapshot? Open(TableStore tables, TableEntry entry)
    {
        try
        {
            return tables.Open(entry.Newest);
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.Corrupt or ErrorKind.NotFound)
        {
            return null;
        }
    }
}
