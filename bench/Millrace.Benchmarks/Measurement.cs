using System.Diagnostics;
using System.Globalization;

namespace Millrace.Benchmarks;

/// <summary>One figure of a report: how long an operation over a known amount took, several times in a row.</summary>
/// <remarks>For operations of milliseconds and more that wait for a disk; BenchmarkDotNet is for those of the
/// processor. Figures of one report alternate, so that a disk that is slow for a while is slow for all of
/// them.</remarks>
/// <param name="name">What is done.</param>
/// <param name="amount">How much it is done to, in the report's unit: bytes, tasks.</param>
/// <param name="run">Does it.</param>
/// <param name="prepare">Done before it, outside the time; null for nothing.</param>
sealed class Measurement(string name, long amount, Func<int, Task> run, Func<int, Task>? prepare)
{
    const double TicksPerSecond = 100;

    readonly List<double> _seconds = [];
    readonly List<double> _cpuSeconds = [];

    public string Name => name;

    public long Amount => amount;

    public double MedianSeconds => Median(_seconds);

    public double LeastSeconds => _seconds.Min();

    public double MostSeconds => _seconds.Max();

    /// <summary>Of this process and the children that ended meanwhile, to 10 ms.</summary>
    public double MedianCpuSeconds => Median(_cpuSeconds);

    /// <param name="round">From 0, the warm-up, which is not kept.</param>
    public async Task RepeatAsync(int round)
    {
        if (prepare is not null)
            await prepare(round);
        var startCpu = CpuSeconds();
        var start = Stopwatch.GetTimestamp();
        await run(round);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (round == 0)
            return;
        _seconds.Add(seconds);
        _cpuSeconds.Add(CpuSeconds() - startCpu);
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    // proc(5): utime, stime, cutime and cstime are fields 14 to 17, in ticks; the name in field 2 may hold blanks.
    static double CpuSeconds()
    {
        var text = File.ReadAllText("/proc/self/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
