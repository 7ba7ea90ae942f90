using System.Text.Json.Nodes;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>Takes files that a table names into the object store; the table that comes out holds their URLs.</summary>
public static class FileIngest
{
    static readonly RowSchema<FileRow> Stored = new RowSchema<FileRow>()
        .Int64("key", row => row.Key)
        .Text("file_name", row => row.FileName)
        .Text("object", row => row.Object)
        .Int64("size_bytes", row => row.SizeBytes);

    static readonly RowSchema<FileRow> Quarantined = new RowSchema<FileRow>()
        .Int64("key", row => row.Key)
        .Text("file_name", row => row.FileName)
        .Text("reason", row => row.Reason);

    /// <summary>Adds a task that stores the files of rows which have none yet. The table has the key, <c>file_name</c>,
    /// <c>object</c> (a URL) and <c>size_bytes</c>. A file that is missing or cut off is named in
    /// <c>TABLE$quarantine</c> with a <c>reason</c>, and tried again the next time.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="table">The table; also the task's name.</param>
    /// <param name="rows">A table with a key of one whole number and a column of file names.</param>
    /// <param name="fileColumn">The column of file names, relative to the folder.</param>
    /// <param name="folder">Where the files are.</param>
    public static TaskOutput IngestFiles(
        this Pipeline pipeline, string table, TaskOutput rows, string fileColumn, string folder)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(rows);
        var quarantine = table + "$quarantine";
        return pipeline.Add(new TaskDefinition
        {
            Name = table,
            Title = "store new files as objects",
            Version = "files/1",
            Parameters = new Dictionary<string, string> { ["column"] = fileColumn },
            Inputs = [rows],
            Outputs =
            [
                new OutputDefinition("table", table, rows.KeyColumns, IsIncremental: true),
                new OutputDefinition("table", quarantine, rows.KeyColumns),
            ],
            Body = (context, cancellationToken) => IngestAsync(
                context, table, quarantine, rows, fileColumn,
                Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), cancellationToken),
        })[0];
    }

    static async Task IngestAsync(
        TaskContext context,
        string table,
        string quarantine,
        TaskOutput rows,
        string fileColumn,
        string folder,
        CancellationToken cancellationToken)
    {
        using var session = context.OpenSql();
        var key = SqlName.Quote(rows.KeyColumns[0]);
        var notYet = context.Previous(table) is null
            ? ""
            : $"anti join {SqlName.Quote(table + "$previous")} using ({key})";
        var wanted = session.Rows(
            $"select {key}, {SqlName.Quote(fileColumn)} from {SqlName.Quote(rows.Name)} {notYet} order by {key}",
            reader => (Key: reader.GetInt64(0), File: reader.IsDBNull(1) ? "" : reader.GetString(1)));
        var found = new FileRow[wanted.Count];
        var done = 0;
        using (var batch = context.Objects.BeginBatch())
        {
            var settings = new ParallelOptions
            {
                MaxDegreeOfParallelism = Environment.ProcessorCount,
                CancellationToken = cancellationToken,
            };
            await Parallel.ForEachAsync(
                Enumerable.Range(0, wanted.Count), settings,
                async (i, token) =>
                {
                    found[i] = await StoreAsync(batch, folder, wanted[i].Key, wanted[i].File, token)
                        .ConfigureAwait(false);
                    var count = Interlocked.Increment(ref done);
                    if (count % 50 == 0 || count == wanted.Count)
                    {
                        context.Report(count, wanted.Count, "files");
                    }
                }).ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        Publish(context, session, table, quarantine, rows.KeyColumns[0], found, cancellationToken);
    }

    static void Publish(
        TaskContext context,
        SqlSession session,
        string table,
        string quarantine,
        string key,
        FileRow[] found,
        CancellationToken cancellationToken)
    {
        var bad = Array.FindAll(found, row => row.Reason is not null);
        Stored.Load(session, "stored", found.Where(row => row.Reason is null));
        Quarantined.Load(session, "bad", bad);
        var summary = new JsonObject { ["newFiles"] = found.Length - bad.Length, ["quarantined"] = bad.Length }
            .ToJsonString();
        context.Publish(
            context.Stage.Write(
                session, table, TableMode.Append,
                $"select key as {SqlName.Quote(key)}, * exclude (key) from stored", [key],
                cancellationToken: cancellationToken),
            summary);
        context.Publish(
            context.Stage.Write(
                session, quarantine, TableMode.Overwrite,
                $"select key as {SqlName.Quote(key)}, * exclude (key) from bad", [key],
                cancellationToken: cancellationToken),
            summary);
        foreach (var row in bad.Take(3))
        {
            context.Warn(
                $"{key} {row.Key}: {row.Reason} "
                + "It is left out until the whole file is there; the next run looks again.");
        }

        if (bad.Length > 0)
        {
            context.TryAgain();
        }
    }

    static async Task<FileRow> StoreAsync(
        ObjectBatch batch, string folder, long key, string file, CancellationToken cancellationToken)
    {
        var path = file.Contains('\0', StringComparison.Ordinal) ? "" : Path.GetFullPath(Path.Combine(folder, file));
        if (file.Length == 0 || !path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return Bad($"The file name '{file.Replace('\0', ' ')}' leads outside '{folder}'.");
        }

        if (!File.Exists(path))
        {
            return Bad($"'{path}' does not exist.");
        }

        var bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        if (JpegEnding.Fault(bytes) is { } fault)
        {
            return Bad($"'{path}' {fault}");
        }

        var hash = batch.Put(bytes);
        return new FileRow(key, file, ObjectUrl.Format(hash), bytes.Length, null);

        FileRow Bad(string reason) => new(key, file.Replace('\0', ' '), null, 0, reason);
    }

    sealed record FileRow(long Key, string FileName, string? Object, long SizeBytes, string? Reason);
}
