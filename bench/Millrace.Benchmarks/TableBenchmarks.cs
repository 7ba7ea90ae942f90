using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Millrace.Lineage;
using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Benchmarks;

/// <summary>What a version of a table costs: appends, log entries, opening a long log, skipping files. Each figure
/// stands beside its limit.</summary>
static class TableBenchmarks
{
    const int Appends = 200;
    const int Entries = 500;
    const int Commits = 10_000;
    const int FilesPerCommit = 10;
    const int SkippedFiles = 1_000;

    static readonly List<(string Name, string Value, string Limit)> Rows = [];

    public static async Task RunAsync()
    {
        var folder = Path.Join(Environment.CurrentDirectory, $"bench-tables-{Environment.ProcessId}");
        try
        {
            Workspace.Create(folder);
            await using var workspace = await Workspace.OpenAsync(folder);
            await AppendAsync(workspace);
            Log(folder);
            Open(folder);
            await SkipAsync(workspace);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        var text = $"""
            # Tables: what a version costs

            `dotnet run -c Release --project bench/Millrace.Benchmarks -- tables`

            Machine: {Environment.ProcessorCount} cores, .NET {Environment.Version}.

            | measure | found | limit |
            | --- | ---: | ---: |
            {string.Join('\n', Rows.Select(row => $"| {row.Name} | {row.Value} | {row.Limit} |"))}

            """;
        Console.Write(text);
        await File.WriteAllTextAsync(Path.Join(ResultsFolder(), "tables.md"), text);
    }

    /// <summary>A row as a Parquet file with statistics and its entry, all synced; and the same with its run, lineage
    /// and catalog.</summary>
    static async Task AppendAsync(Workspace workspace)
    {
        using var session = workspace.Tables.OpenSession();
        var staged = new List<double>();
        var whole = new List<double>();
        for (var i = 0; i < Appends; i++)
        {
            var attemptId = Guid.CreateVersion7().ToString("N");
            var start = Stopwatch.GetTimestamp();
            var table = new TableStage(workspace.Tables.Folder, attemptId).Write(
                session, "one", TableMode.Append, $"select {i} as id, 'text {i}' as text, {i}.5::double as x", []);
            staged.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await PublishAsync(workspace, attemptId, table);
            whole.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        var log = Path.Join(workspace.Folder, "log");
        new LocalTableFiles(log).Create();
        var entries = new List<double>();
        for (var i = 0; i < Appends; i++)
        {
            var start = Stopwatch.GetTimestamp();
            DeltaLog.TryPut(new LocalTableFiles(log), i, Encoding.UTF8.GetBytes(Entry(i, 1)));
            entries.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Rows.Add((
            "append of one row: Parquet file, statistics, log entry, durable",
            $"{Median(staged) + Median(entries):F1} ms", "8 ms"));
        Rows.Add(("the same with its run, lineage and the catalog", $"{Median(whole):F1} ms", ""));
    }

    static async Task PublishAsync(Workspace workspace, string attemptId, StagedTable table)
    {
        await workspace.Catalog.WriteAsync(catalog =>
        {
            LineageLog.StartRun(catalog, new Run(
                attemptId, "command", "append", null, null, "bench", "{}", RunOutcome.Running, null,
                TimeProvider.System.GetUtcNow(), null));
            return 0;
        });
        await workspace.Tables.PublishAsync(
            new Publication(attemptId, attemptId, [new PublishedTable(table.Name, table, "{}")], [], [], []));
    }

    static void Log(string folder)
    {
        var log = Path.Join(folder, "entries");
        new LocalTableFiles(log).Create();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Entries; i++)
        {
            DeltaLog.TryPut(new LocalTableFiles(log), i, Encoding.UTF8.GetBytes(Entry(i, 1)));
        }

        Rows.Add((
            "log entries alone, each durable", $"{Entries / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} /s",
                "300 /s"));
    }

    static void Open(string folder)
    {
        var table = Path.Join(folder, "long");
        var log = Path.Combine(table, LogListing.Folder);
        Directory.CreateDirectory(log);
        for (var i = 0; i < Commits; i++)
        {
            File.WriteAllText(Path.Join(log, $"{i:D20}.json"), Entry(i, FilesPerCommit));
        }

        using var session = new SqlSession(folder);
        var start = Stopwatch.GetTimestamp();
        CheckpointWriter.Write(
            DeltaLog.Read("long", new LocalTableFiles(table), withRemoved: true)!, session,
                TimeProvider.System.GetUtcNow());
        var written = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var opened = Enumerable.Range(0, 5).Select(_ =>
        {
            var begin = Stopwatch.GetTimestamp();
            var count = DeltaLog.Read("long", table)!.Files.Count;
            return count == Commits * FilesPerCommit
                ? Stopwatch.GetElapsedTime(begin).TotalMilliseconds
                : throw new InvalidOperationException($"{count} files");
        }).ToList();
        Rows.Add((
            $"open {Commits:N0} commits and {Commits * FilesPerCommit:N0} files after a checkpoint",
            $"{Median(opened):N0} ms", "1,000 ms"));
        Rows.Add(("write that checkpoint, reading the whole log first", $"{written:F1} s", ""));
    }

    static async Task SkipAsync(Workspace workspace)
    {
        await workspace.Tables.Editor.WriteAsync(
            "parts", $"select i as id, i // 100 as part, 'row ' || i as text from range({SkippedFiles * 100}) t(i)",
            new TableWrite { PartitionColumns = ["part"] });
        var table = workspace.Tables.OpenNewest("parts");
        var files = table.Prune(new TablePredicate(new ColumnCondition("id", ConditionKind.Equal, 54_321L))).Count;
        Rows.Add(($"files that a point query over {table.Files.Count:N0} reads", $"{files}", "3"));
    }

    static string Entry(int version, int files)
    {
        var lines = new StringBuilder();
        if (version == 0)
        {
            lines.Append(
                """
                {"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
                {"metaData":{"id":"long","format":{"provider":"parquet","options":{}},
                "schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",
                \"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{}}}
                """.Replace(",\n", ",", StringComparison.Ordinal)).Append('\n');
        }

        for (var i = 0; i < files; i++)
        {
            lines.Append(
                $"{{\"add\":{{\"path\":\"part-{version:D5}-{i}.parquet\",\"partitionValues\":{{}},\"size\":1000,")
                .Append($"\"modificationTime\":{version},\"dataChange\":true,\"stats\":\"{{\\\"numRecords\\\":10,")
                .Append($"\\\"minValues\\\":{{\\\"id\\\":{version}}},\\\"maxValues\\\":{{\\\"id\\\":{version + 9}}},")
                .Append("\\\"nullCount\\\":{\\\"id\\\":0}}\"}}\n");
        }

        return lines.ToString();
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    static string ResultsFolder([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Join(Path.GetDirectoryName(source), "..", "results"));
}
