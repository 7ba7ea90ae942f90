namespace Millrace.Benchmarks;

/// <summary>A column that not every report has.</summary>
sealed record ReportColumn(string Title, Func<Measurement, string> Value)
{
    const double BytesPerMegabyte = 1_000_000;

    public static ReportColumn Throughput { get; } = new(
        "MB/s", measurement => $"{measurement.Amount / BytesPerMegabyte / measurement.MedianSeconds:F0}");

    public static ReportColumn Cpu { get; } = new("CPU s", measurement => $"{measurement.MedianCpuSeconds:F2}");

    public static ReportColumn PerSecond { get; } = new(
        "1/s", measurement => $"{measurement.Amount / measurement.MedianSeconds:F0}");

    public static ReportColumn PerTask { get; } = new(
        "ms/task", measurement => $"{measurement.MedianSeconds * 1000 / measurement.Amount:F3}");
}
