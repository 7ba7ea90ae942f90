using DuckDB.NET.Data;
using Millrace.Tables.Frames;

namespace Millrace.Benchmarks;

/// <summary>The ten group-by questions of db-benchmark through frames over a Delta table, beside DuckDB called directly
/// over the same Parquet; and all rows out to C#.</summary>
/// <remarks>The data has the shape of db-benchmark's <c>groupby-datagen.R</c> with K = 100 and no missing values. The
/// processor is the limit: both sides run the same kernels, so what a frame costs is its SQL, its session and its
/// batches. Results are read to their last row as Arrow on both sides.</remarks>
static class FrameBenchmarks
{
    public const long DefaultRows = 10_000_000;

    const int Groups = 100;
    const int Rounds = 3;
    const int SmallMemoryMiB = 512;

    public static async Task RunAsync(long rows)
    {
        var folder = Path.Join(Environment.CurrentDirectory, $"bench-frame-{Environment.ProcessId}");
        Workspace.Create(folder);
        try
        {
            await using var workspace = await Workspace.OpenAsync(folder);
            await workspace.Tables.Frames.Sql(Rows(rows)).WriteAsync("x");
            await MeasureAsync(workspace, rows);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task MeasureAsync(Workspace workspace, long rows)
    {
        var x = await workspace.Tables.FrameAsync("x");
        var snapshot = workspace.Tables.OpenAt("x", 0);
        var files = snapshot.Files.Select(snapshot.FullPath).ToList();
        using var direct = Connect(files, workspace.Folder, 2048);
        using var small = Connect(files, workspace.Folder, SmallMemoryMiB);
        var report = new BenchmarkReport(
            "frame", "Frames: the group-by questions of db-benchmark",
            $"{rows:N0} rows x 9 columns, K = {Groups}, no missing values, one Delta table of "
            + $"{snapshot.SizeBytes / 1e6:N0} MB. Each frame opens its own session.",
            Rounds, [ReportColumn.Cpu, ReportColumn.PerSecond]);
        foreach (var question in FrameQuestion.All)
        {
            Compare(
                report, question.Name, question.Name, rows, () => ReadAsync(question.Frame(x)),
                () => ReadAsync(direct, question.Sql));
        }


        Compare(
            report, "all ten", "all ten", rows,
            async () =>
            {
                foreach (var question in FrameQuestion.All)
                    await ReadAsync(question.Frame(x));
            },
            async () =>
            {
                foreach (var question in FrameQuestion.All)
                    await ReadAsync(direct, question.Sql);
            });
        var limited = x.WithOptions(x.Engine.Options with { MemoryLimitMiB = SmallMemoryMiB });
        var last = FrameQuestion.All[^1];
        Compare(
            report, $"{last.Name}, {SmallMemoryMiB} MiB", "under a memory limit", rows,
            () => ReadAsync(last.Frame(limited)), () => ReadAsync(small, last.Sql));
        var arrow = report.Add("all rows out as Arrow, frame", rows, _ => ReadAsync(x));
        var reader = report.Add("all rows out through DataReader, DuckDB", rows, _ => ReadRows(direct));
        report.Compare("all rows out", arrow, reader);
        await report.RunAsync();
    }

    static void Compare(
        BenchmarkReport report, string name, string compared, long rows, Func<Task> frame, Func<Task> duckDb)
    {
        var ours = report.Add($"{name}, frame", rows, _ => frame());
        var limit = report.Add($"{name}, DuckDB", rows, _ => duckDb());
        report.Compare(compared, ours, limit);
    }

    static async Task ReadAsync(Frame frame)
    {
        await foreach (var batch in frame.BatchesAsync())
            batch.Dispose();
    }

    static async Task ReadAsync(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        await foreach (var batch in command.ExecuteArrowBatchesAsync())
            batch.Dispose();
    }

    static Task ReadRows(DuckDBConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "select * from x";
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        var sum = 0.0;
        while (reader.Read())
        {
            sum += reader.GetString(0).Length + reader.GetString(1).Length + reader.GetString(2).Length
                + reader.GetInt64(3) + reader.GetInt64(4) + reader.GetInt64(5) + reader.GetInt64(6)
                + reader.GetInt64(7) + reader.GetDouble(8);
        }

        GC.KeepAlive(sum);
        return Task.CompletedTask;
    }

    static DuckDBConnection Connect(List<string> files, string folder, int memoryMiB)
    {
        var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            $"set threads = {Environment.ProcessorCount}; set memory_limit = '{memoryMiB}MiB'; "
            + $"set temp_directory = '{Path.Join(folder, $"spill-{memoryMiB}")}'; "
            + $"create view x as select * from read_parquet([{string.Join(", ", files.Select(file => $"'{file}'"))}])";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>The columns of <c>groupby-datagen.R</c>.</summary>
    internal static string Rows(long rows) => $"""
        select 'id' || lpad((1 + floor(random() * {Groups}))::bigint::varchar, 3, '0') as id1,
          'id' || lpad((1 + floor(random() * {Groups}))::bigint::varchar, 3, '0') as id2,
          'id' || lpad((1 + floor(random() * {rows / Groups}))::bigint::varchar, 10, '0') as id3,
          (1 + floor(random() * {Groups}))::bigint as id4, (1 + floor(random() * {Groups}))::bigint as id5,
          (1 + floor(random() * {rows / Groups}))::bigint as id6, (1 + floor(random() * 5))::bigint as v1,
          (1 + floor(random() * 15))::bigint as v2, round(random() * 100, 6) as v3
        from range({rows})
        """;
}
