using System.Globalization;
using System.Text;
using Millrace.Catalog;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Writes a table's state as one Parquet file, from which a reader begins. Delta protocol, "Checkpoints".
/// </summary>
/// <remarks>The actions go through a file of JSON lines, which DuckDB turns into columns. Both are written aside; the
/// checkpoint gets its name in one step, and <c>_last_checkpoint</c> after it.</remarks>
static class CheckpointWriter
{
    static readonly TimeSpan DefaultRetention = TimeSpan.FromDays(7);

    const string Vector =
        "STRUCT(\"storageType\" VARCHAR, \"pathOrInlineDv\" VARCHAR, \"offset\" INTEGER, \"sizeInBytes\" INTEGER, "
        + "\"cardinality\" BIGINT)";

    const string Texts = "MAP(VARCHAR, VARCHAR)";

    static readonly (string Name, string Type)[] Columns =
    [
        ("txn", "STRUCT(\"appId\" VARCHAR, \"version\" BIGINT, \"lastUpdated\" BIGINT)"),
        ("add",
            $"STRUCT(\"path\" VARCHAR, \"partitionValues\" {Texts}, \"size\" BIGINT, \"modificationTime\" BIGINT, "
            + $"\"dataChange\" BOOLEAN, \"tags\" {Texts}, \"deletionVector\" {Vector}, \"baseRowId\" BIGINT, "
            + "\"defaultRowCommitVersion\" BIGINT, \"clusteringProvider\" VARCHAR, \"stats\" VARCHAR)"),
        ("remove",
            "STRUCT(\"path\" VARCHAR, \"deletionTimestamp\" BIGINT, \"dataChange\" BOOLEAN, "
            + $"\"extendedFileMetadata\" BOOLEAN, \"partitionValues\" {Texts}, \"size\" BIGINT, \"deletionVector\" "
            + $"{Vector}, "
            + "\"baseRowId\" BIGINT, \"defaultRowCommitVersion\" BIGINT)"),
        ("metaData",
            $"STRUCT(\"id\" VARCHAR, \"name\" VARCHAR, \"description\" VARCHAR, \"format\" STRUCT(\"provider\" "
                + $"VARCHAR, "
            + $"\"options\" {Texts}), \"schemaString\" VARCHAR, \"partitionColumns\" VARCHAR[], "
            + $"\"configuration\" {Texts}, \"createdTime\" BIGINT)"),
        ("protocol",
            "STRUCT(\"minReaderVersion\" INTEGER, \"minWriterVersion\" INTEGER, \"readerFeatures\" VARCHAR[], "
            + "\"writerFeatures\" VARCHAR[])"),
        ("domainMetadata", "STRUCT(\"domain\" VARCHAR, \"configuration\" VARCHAR, \"removed\" BOOLEAN)"),
    ];

    /// <summary>Writes the checkpoint of a version.</summary>
    /// <param name="snapshot">Read with the files that were removed.</param>
    /// <param name="session">For the file.</param>
    /// <param name="now">What was removed long before it is left out.</param>
    /// <returns>How many actions are in it.</returns>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>sql-failed</c>.</exception>
    public static long Write(TableSnapshot snapshot, SqlSession session, DateTimeOffset now)
    {
        var files = snapshot.Storage;
        var aside = files.StagePath($"{LogListing.Folder}/{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
        var lines = aside[..^1] + "x.json";
        DurableFile.MakeFolder(DurableFile.FolderOf(aside));
        try
        {
            long count;
            long longest;
            using (var stream = new FileStream(lines, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                (count, longest) = WriteActions(stream, snapshot, now);
            }

            session.Execute(
                $"copy (select {string.Join(", ", Columns.Select(column => SqlName.Quote(column.Name)))} from "
                    + $"read_json("
                + $"{SqlName.Text(DataScan.Literal(lines))}, format = 'newline_delimited', "
                + $"maximum_object_size = {Math.Max(MinLineBytes, longest + 1)}, columns = {{{string.Join(
                    ", ", Columns.Select(column => $"{SqlName.Quote(column.Name)}: {SqlName.Text(column.Type)}"))}}})) "
                + $"to {SqlName.Text(aside)} (format parquet, compression zstd)");
            long size;
            using (var handle = File.OpenHandle(aside, FileMode.Open, FileAccess.ReadWrite))
            {
                DurableFile.Sync(handle, aside);
                size = RandomAccess.GetLength(handle);
            }

            files.Publish(aside, $"{LogListing.Folder}/{Digits(snapshot.Version)}.checkpoint.parquet");
            if (LogListing.LastCheckpoint(files) is not { } last || last < snapshot.Version)
            {
                files.Put($"{LogListing.Folder}/_last_checkpoint", Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"version\":{snapshot.Version},\"size\":{count},\"sizeInBytes\":{size},"
                    + $"\"numOfAddFiles\":{snapshot.Files.Count}}}")));
            }

            return count;
        }
        finally
        {
            File.Delete(lines);
            File.Delete(aside);
        }
    }

    // Below it DuckDB reads in buffers that are too small to be fast.
    const long MinLineBytes = 4 << 20;

    static string Digits(long version) => version.ToString("D20", CultureInfo.InvariantCulture);

    static (long Count, long Longest) WriteActions(Stream stream, TableSnapshot snapshot, DateTimeOffset now)
    {
        var actions = new ActionWriter(stream);
        var oldest = (now - Retention.Of(snapshot, "delta.deletedFileRetentionDuration", DefaultRetention))
            .ToUnixTimeMilliseconds();
        actions.Protocol(snapshot.Protocol);
        actions.Metadata(snapshot.Metadata);
        var count = 2L;
        var longest = stream.Position;
        var end = stream.Position;
        var marksFrom = snapshot.Metadata.Configuration.ContainsKey("delta.setTransactionRetentionDuration")
            ? (now - Retention.Of(snapshot, "delta.setTransactionRetentionDuration", DefaultRetention))
                .ToUnixTimeMilliseconds() : long.MinValue;
        foreach (var mark in snapshot.Transactions.Where(mark => (mark.LastUpdated ?? long.MaxValue) >= marksFrom))
        {
            actions.Transaction(mark);
            Next();
        }

        foreach (var domain in snapshot.Domains)
        {
            actions.Domain(domain);
            Next();
        }

        foreach (var file in snapshot.Files)
        {
            actions.Add(file, file.ModificationTime, isDataChange: false);
            Next();
        }

        foreach (var file in (snapshot.Removed ?? []).Where(file => (file.DeletionTime ?? 0) >= oldest))
        {
            actions.Removed(file);
            Next();
        }

        return (count, longest);

        void Next()
        {
            count++;
            longest = Math.Max(longest, stream.Position - end);
            end = stream.Position;
        }
    }
}
