using System.Diagnostics;
using Millrace.Versions.Files;

namespace Millrace.App.Versions;

/// <summary>How far a long walk is: a line on standard error that is written over, on a terminal only.</summary>
sealed class ScanDisplay(string verb) : IProgress<ScanProgress>, IDisposable
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    readonly Lock _lock = new();
    readonly long _start = Stopwatch.GetTimestamp();
    readonly bool _isShown = !Console.IsErrorRedirected;
    TimeSpan _last;
    long _files;
    long _bytes;

    public void Report(ScanProgress value)
    {
        lock (_lock)
        {
            _files += value.FileCount;
            _bytes += value.SizeBytes;
            var elapsed = Stopwatch.GetElapsedTime(_start);
            if (!_isShown || elapsed < First || elapsed - _last < Between)
                return;
            _last = elapsed;
            Console.Error.Write($"\r{verb} {_files:N0} files" + (_bytes > 0 ? $", {_bytes / 1e6:N1} MB" : "") + "  ");
        }
    }

    public void Dispose()
    {
        if (_last > TimeSpan.Zero)
            Console.Error.WriteLine();
    }
}
