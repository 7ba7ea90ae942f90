using System.Diagnostics;
using System.Globalization;
using System.Text;
using Millrace.Sources;
using Millrace.Tables;

namespace Millrace.Benchmarks;

/// <summary>CSV and JSON lines of nine columns (the shape of db-benchmark) into a committed table, beside DuckDB's own
/// COPY of the same file into Parquet.</summary>
static class IngestBenchmarks
{
    const int RowsDefault = 10_000_000;

    /// <param name="rows">How many rows; null is 10 million.</param>
    public static async Task RunAsync(string? rows)
    {
        var count = rows is null ? RowsDefault : int.Parse(rows, CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("millrace-ingest-").FullName;
        try
        {
            Console.WriteLine(
                $"| input ({count:N0} rows x 9) | MB | DuckDB COPY s | CPU s | M rows/s | millrace s | CPU s "
                + "| M rows/s | time, ratio | CPU, ratio |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (var format in new[] { "csv", "jsonl" })
            {
                var path = Path.Combine(folder, "rows." + format);
                Write(path, format, count);
                var size = new FileInfo(path).Length / 1e6;
                // The first run of each pays for code that is compiled and pages that are read.
                for (var round = 0; round < 2; round++)
                {
                    await CompareAsync(folder, path, format, count, size, round).ConfigureAwait(false);
                }

                File.Delete(path);
            }

            using var process = Process.GetCurrentProcess();
            Console.WriteLine($"Peak resident memory of this process: {process.PeakWorkingSet64 >> 20} MiB.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task CompareAsync(
        string folder, string path, string format, int count, double size, int round)
    {
        var before = Environment.CpuUsage.TotalTime;
        var duck = Duck(path, Path.Combine(folder, "duck.parquet"), format, folder);
        var between = Environment.CpuUsage.TotalTime;
        var ours = await MillraceAsync(path, Path.Combine(folder, $"workspace-{format}-{round}")).ConfigureAwait(false);
        var (duckCpu, ourCpu) = (between - before, Environment.CpuUsage.TotalTime - between);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {format} | {size:N0} | {duck:N2} | {duckCpu.TotalSeconds:N2} | {count / duck / 1e6:N2} | {ours:N2} | "
            + $"{ourCpu.TotalSeconds:N2} | {count / ours / 1e6:N2} | {duck / ours:N2} | {duckCpu / ourCpu:N2} |"));
    }

    static double Duck(string path, string target, string format, string temporary)
    {
        var started = Stopwatch.GetTimestamp();
        using var session = new SqlSession(temporary, Environment.ProcessorCount);
        var read = format == "csv" ? $"read_csv('{path}')" : $"read_json('{path}', format = 'newline_delimited')";
        session.Execute($"copy (select * from {read}) to '{target}' (format parquet, compression zstd)");
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    static async Task<double> MillraceAsync(string path, string folder)
    {
        Workspace.Create(folder);
        var workspace = await Workspace.OpenAsync(folder).ConfigureAwait(false);
        await using (workspace.ConfigureAwait(false))
        {
            var report = await workspace.Sources.IngestAsync(
                new IngestSettings { Table = "rows", Sources = [path] }).ConfigureAwait(false);
            return report.Duration.TotalSeconds;
        }
    }

    static void Write(string path, string format, int count)
    {
        var random = new Random(1);
        using var writer = new StreamWriter(path, false, new UTF8Encoding(false), 1 << 20);
        if (format == "csv")
        {
            writer.WriteLine("id1,id2,id3,id4,id5,id6,v1,v2,v3");
        }

        for (var i = 0; i < count; i++)
        {
            int a = random.Next(1, 101), b = random.Next(1, 101), c = random.Next(1, 100_001);
            int d = random.Next(1, 101), e = random.Next(1, 101), f = random.Next(1, 100_001);
            int v1 = random.Next(1, 6), v2 = random.Next(1, 16);
            var v3 = Math.Round(random.NextDouble() * 100, 6);
            writer.WriteLine(format == "csv"
                ? string.Create(CultureInfo.InvariantCulture, $"id{a:D3},id{b:D3},id{c:D10},{d},{e},{f},{v1},{v2},{v3}")
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"id1\":\"id{a:D3}\",\"id2\":\"id{b:D3}\",\"id3\":\"id{c:D10}\",\"id4\":{d},\"id5\":{e},"
                    + $"\"id6\":{f},\"v1\":{v1},\"v2\":{v2},\"v3\":{v3}}}"));
        }
    }
}
