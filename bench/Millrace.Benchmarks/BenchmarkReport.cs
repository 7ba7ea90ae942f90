using System.Runtime.CompilerServices;

namespace Millrace.Benchmarks;

/// <summary>Runs the figures of one bench in turn, prints them, and writes <c>bench/results/NAME.md</c>.</summary>
/// <param name="name">The bench's name and its file's.</param>
/// <param name="title">The report's heading.</param>
/// <param name="data">What was worked on, in a sentence.</param>
/// <param name="rounds">How many times each figure is taken, after a warm-up.</param>
/// <param name="columns">What stands in the table after the times.</param>
sealed class BenchmarkReport(
    string name, string title, string data, int rounds, IReadOnlyList<ReportColumn> columns)
{
    readonly List<Measurement> _measurements = [];
    readonly List<(string Name, Measurement Ours, Measurement Limit)> _ratios = [];

    /// <param name="name">What is done.</param>
    /// <param name="amount">How much it is done to: bytes, tasks.</param>
    /// <param name="run">Does it; given the round, from 0, the warm-up, so that each can have a folder of its
    /// own.</param>
    /// <param name="prepare">Done before it, outside the time.</param>
    public Measurement Add(string name, long amount, Func<int, Task> run, Func<int, Task>? prepare = null)
    {
        var measurement = new Measurement(name, amount, run, prepare);
        _measurements.Add(measurement);
        return measurement;
    }

    public void Compare(string name, Measurement ours, Measurement limit) => _ratios.Add((name, ours, limit));

    public async Task RunAsync()
    {
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var measurement in _measurements)
                await measurement.RepeatAsync(round);
        }
        var text = Text();
        Console.Write(text);
        var path = Path.Join(ResultsFolder(), $"{name}.md");
        Directory.CreateDirectory(ResultsFolder());
        await File.WriteAllTextAsync(path, text);
        Console.WriteLine($"\nwritten to {path}");
    }

    static string ResultsFolder([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Join(Path.GetDirectoryName(source), "..", "results"));

    string Text() => $"""
        # {title}

        `dotnet run -c Release --project bench/Millrace.Benchmarks -- {name}`

        Machine: {Environment.ProcessorCount} cores, .NET {Environment.Version}. {data}
        Median of {rounds} runs after a warm-up; the operations alternate.

        | operation | median ms | least ms | most ms | {string.Join(" | ", columns.Select(column => column.Title))} |
        | --- | ---: | ---: | ---: | {string.Join(" | ", columns.Select(_ => "---:"))} |
        {string.Join('\n', _measurements.Select(Row))}

        | compared | time beside its limit |
        | --- | ---: |
        {string.Join('\n', _ratios.Select(Ratio))}

        """;

    string Row(Measurement measurement) =>
        $"| {measurement.Name} | {measurement.MedianSeconds * 1000:F1} | {measurement.LeastSeconds * 1000:F1} "
        + $"| {measurement.MostSeconds * 1000:F1} "
        + $"| {string.Join(" | ", columns.Select(column => column.Value(measurement)))} |";

    static string Ratio((string Name, Measurement Ours, Measurement Limit) ratio) =>
        $"| {ratio.Name} | {ratio.Ours.MedianSeconds / ratio.Limit.MedianSeconds:F2} × {ratio.Limit.Name} |";
}
