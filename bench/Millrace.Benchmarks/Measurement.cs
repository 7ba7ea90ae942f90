using System.Diagnostics;

namespace Millrace.Benchmarks;

/// <summary>One figure of a report: how long an operation over known bytes took, several times in a row.</summary>
/// <remarks>For operations of milliseconds and more that wait for a disk; BenchmarkDotNet is for those of the
/// processor. Figures of one report alternate, so that a disk that is slow for a while is slow for all of
/// them.</remarks>
sealed class Measurement(string name, long sizeBytes, Func<int, Task> run)
{
    const double BytesPerMegabyte = 1_000_000;

    readonly List<double> _seconds = [];

    public string Name => name;

    public double MedianSeconds => _seconds.Order().ElementAt(_seconds.Count / 2);

    public string Row =>
        $"| {name} | {MedianSeconds * 1000:F1} | {_seconds.Min() * 1000:F1} | {_seconds.Max() * 1000:F1} "
        + $"| {sizeBytes / BytesPerMegabyte / MedianSeconds:F0} |";

    public async Task RepeatAsync(int round)
    {
        var start = Stopwatch.GetTimestamp();
        await run(round);
        _seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
