using DuckDB.NET.Data;
using Millrace.Tables.Profiles;

namespace Millrace.Benchmarks;

/// <summary>A profile of a table in the shape of db-benchmark, beside DuckDB's SUMMARIZE of the same Parquet, which has
/// fewer figures: no shapes, common values, correlations, and nothing that looks wrong.</summary>
/// <remarks>The processor is the limit. First numbers come from the table's log, so their limit is how long it takes to
/// open it.</remarks>
static class ProfileBenchmarks
{
    public const long DefaultRows = 10_000_000;

    const int Rounds = 3;

    public static async Task RunAsync(long rows)
    {
        var folder = Path.Join(Environment.CurrentDirectory, $"bench-profile-{Environment.ProcessId}");
        Workspace.Create(folder);
        try
        {
            await using var workspace = await Workspace.OpenAsync(folder);
            await workspace.Tables.Frames.Sql(FrameBenchmarks.Rows(rows)).WriteAsync("x");
            await MeasureAsync(workspace, rows);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task MeasureAsync(Workspace workspace, long rows)
    {
        var snapshot = workspace.Tables.OpenAt("x", 0);
        using var direct = new DuckDBConnection("Data Source=:memory:");
        direct.Open();
        await Execute(
            direct,
            $"set threads = {Environment.ProcessorCount}; create view x as select * from read_parquet(["
            + $"{string.Join(", ", snapshot.Files.Select(file => $"'{snapshot.FullPath(file)}'"))}])");
        var report = new BenchmarkReport(
            "profile", "Profiles of tables",
            $"{rows:N0} rows x 9 columns, K = 100, one Delta table of {snapshot.SizeBytes / 1e6:N0} MB in "
            + $"{snapshot.Files.Count} files. Each profile opens the table and its own session.",
            Rounds, [ReportColumn.Cpu]);
        report.Add(
            "first numbers (limit 100 ms)", rows,
            _ => ProfileAsync(workspace, new ProfileOptions { IsFirstOnly = true }));
        var whole = report.Add(
            "whole profile (limit 3,000 ms)", rows, _ => ProfileAsync(workspace, new ProfileOptions()));
        var summarize = report.Add("DuckDB SUMMARIZE", rows, _ => Execute(direct, "summarize x"));
        report.Compare("whole profile", whole, summarize);
        await report.RunAsync();
    }

    static async Task ProfileAsync(Workspace workspace, ProfileOptions options) =>
        await workspace.Tables.Profiler(options).ProfileAsync(workspace.Tables.OpenNewest("x"));

    static Task Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            // To the last row.
        }

        return Task.CompletedTask;
    }
}
