using System.Runtime.CompilerServices;

namespace Millrace.Benchmarks;

/// <summary>Runs the figures of one bench in turn, prints them, and writes <c>bench/results/NAME.md</c>.</summary>
/// <param name="name">The bench's name and its file's.</param>
/// <param name="title">The report's heading.</param>
/// <param name="data">What was worked on, in a sentence.</param>
sealed class BenchmarkReport(string name, string title, string data)
{
    const int Rounds = 5;

    readonly List<Measurement> _measurements = [];
    readonly List<(string Name, Measurement Ours, Measurement Limit)> _ratios = [];

    /// <param name="name">What is done.</param>
    /// <param name="sizeBytes">The bytes it is done to.</param>
    /// <param name="run">Does it; given the round, from 0, the warm-up, so that each can have a folder of its
    /// own.</param>
    public Measurement Add(string name, long sizeBytes, Func<int, Task> run)
    {
        var measurement = new Measurement(name, sizeBytes, run);
        _measurements.Add(measurement);
        return measurement;
    }

    public void Compare(string name, Measurement ours, Measurement limit) => _ratios.Add((name, ours, limit));

    public async Task RunAsync()
    {
        for (var round = 0; round <= Rounds; round++)
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
        Median of {Rounds} runs after a warm-up; the operations alternate.

        | operation | median ms | least ms | most ms | MB/s |
        | --- | ---: | ---: | ---: | ---: |
        {string.Join('\n', _measurements.Select(measurement => measurement.Row))}

        | compared | time beside its limit |
        | --- | ---: |
        {string.Join('\n', _ratios.Select(Ratio))}

        """;

    static string Ratio((string Name, Measurement Ours, Measurement Limit) ratio) =>
        $"| {ratio.Name} | {ratio.Ours.MedianSeconds / ratio.Limit.MedianSeconds:F2} × {ratio.Limit.Name} |";
}
