using Millrace.App.Terminal;
using Millrace.Sources;

namespace Millrace.App.Sources;

/// <summary>How far an ingest or export is.</summary>
sealed class IngestDisplay : IProgress<IngestProgress>, IDisposable
{
    readonly MovingLine _line = new(TimeSpan.FromSeconds(1));

    public void Report(IngestProgress value) => _line.Show(elapsed => $"{Line(value, elapsed)}\u001b[K");

    public void Dispose() => _line.End();

    static string Line(IngestProgress value, TimeSpan elapsed)
    {
        var seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        var bytes = value.TotalBytes > 0
            ? $"{value.Bytes / 1e6:N1} of {value.TotalBytes / 1e6:N1} MB"
            : $"{value.Bytes / 1e6:N1} MB";
        return value.Rows == 0
            ? $"{value.Step} {bytes}"
            : $"{value.Step} {bytes}, {value.Rows:N0} rows, {value.Rows / seconds:N0} rows/s, "
                + $"{value.Bytes / 1e6 / seconds:N1} MB/s";
    }
}
