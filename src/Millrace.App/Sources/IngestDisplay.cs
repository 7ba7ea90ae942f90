using System.Diagnostics;
using Millrace.Sources;

namespace Millrace.App.Sources;

/// <summary>How far an ingest or export is: a line on standard error that is written over, on a terminal only, once it
/// takes more than a second.</summary>
sealed class IngestDisplay : IProgress<IngestProgress>, IDisposable
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    readonly Lock _lock = new();
    readonly long _start = Stopwatch.GetTimestamp();
    readonly bool _isShown = !Console.IsErrorRedirected;
    TimeSpan _last;

    public void Report(IngestProgress value)
    {
        if (!_isShown)
        {
            return;
        }

        lock (_lock)
        {
            var elapsed = Stopwatch.GetElapsedTime(_start);
            if (elapsed < First || elapsed - _last < Between)
            {
                return;
            }

            _last = elapsed;
            Console.Error.Write($"\r{Line(value, elapsed)}\u001b[K");
        }
    }

    public void Dispose()
    {
        if (_last > TimeSpan.Zero)
        {
            Console.Error.WriteLine();
        }
    }

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
