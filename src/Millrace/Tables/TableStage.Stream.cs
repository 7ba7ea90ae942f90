using Millrace.Catalog;

namespace Millrace.Tables;

partial class TableStage
{
    /// <summary>Writes the rows of a query as one file without holding them in memory; none when there are no rows.
    /// What the file's statistics say is read back from it.</summary>
    /// <param name="session">Where the query can be run; nothing else may use it meanwhile.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="schema">The columns that the query gives, with their very types.</param>
    /// <param name="query">The rows.</param>
    /// <param name="part">Tells the files of one attempt apart.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>disk-full</c>.</exception>
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
        var name = $"part-{part}-{attemptId}.parquet";
        var path = Path.Combine(folder, name);
        try
        {
            session.Execute(
                $"copy ({query}) to {SqlName.Text(path)} (format parquet, compression zstd)", cancellationToken);
            session.Execute(
                "create or replace temp view staged as select * from "
                + $"read_parquet({SqlName.Text(path)}, hive_partitioning = false)", cancellationToken);
            var rowCount = session.Value<long>("select count(*) from staged");
            if (rowCount == 0)
            {
                File.Delete(path);
                return null;
            }

            return Seal(session, folder, name, schema, rowCount);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        finally
        {
            session.Execute("drop view if exists staged", CancellationToken.None);
        }
    }

    /// <summary>Deletes files that will not be published.</summary>
    internal void Drop(string table, IEnumerable<DataFile> files)
    {
        foreach (var file in files)
        {
            File.Delete(Path.Combine(FolderOf(table), file.Path));
            if (file.ObjectList is { } list)
            {
                File.Delete(Path.Combine(FolderOf(table), list));
            }
        }
    }
}
