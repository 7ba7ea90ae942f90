using System.Collections.Concurrent;
using Millrace.Catalog;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

partial class TableStage
{
    /// <summary>The tables as they were when the first file of each was written.</summary>
    readonly ConcurrentDictionary<string, Lazy<TableSnapshot?>> _before = new(StringComparer.Ordinal);

    /// <summary>Writes the rows of a query as one file without holding them in memory; none when there are no rows.
    /// What the file's statistics say is read back from it.</summary>
    /// <param name="session">Where the query can be run; nothing else may use it meanwhile.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="schema">The columns that the query gives, with their very types.</param>
    /// <param name="query">The rows.</param>
    /// <param name="part">Tells the files of one attempt apart.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>constraint-violated</c>, <c>table-parted</c>,
    /// <c>disk-full</c>.</exception>
    internal DataFile? WriteFile(
        SqlSession session,
        string table,
        TableSchema schema,
        string query,
        string part,
        CancellationToken cancellationToken)
    {
        CheckNames(table, schema);
        var folder = FolderOf(table);
        DurableFile.CreateFolder(folder);
        // Many parts are written at once; when they are published the table is looked at anew.
        var files = _place.Of(table);
        var before = _before.GetOrAdd(table, name => new Lazy<TableSnapshot?>(() => Newest(name, files)));
        var target = Target(table, files, before.Value, TableMode.Append, schema);
        if (target.PartitionColumns.Count > 0 || SchemaChange.IsMapped(target))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "table-parted",
                $"Table '{table}' is parted or maps its columns, and files are not taken into such a table at once.",
                "Take them into a table of another name, then append that one's rows.");
        }

        return new DataFileWriter(session, target, _names).WriteQuery(
            query, $"part-{part}-{_attemptId}.parquet", cancellationToken);
    }

    /// <summary>The same with what is known of the columns of its files, for the version's lineage.</summary>
    internal async Task<StagedTable> WithFiguresAsync(
        SqlSession session, StagedTable table, CancellationToken cancellationToken) => table with
        {
            ColumnFigures = await Profiles.CommitFigures.ReadAsync(
                session, FolderOf(table.Name), table, cancellationToken).ConfigureAwait(false),
        };

    /// <summary>Deletes files that will not be published.</summary>
    internal void Drop(string table, IEnumerable<DataFile> files)
    {
        var place = _place.Of(table);
        foreach (var file in files)
        {
            place.Drop(file.Path);
            if (file.ObjectList is { } list)
            {
                place.Drop(list);
            }
        }
    }
}
