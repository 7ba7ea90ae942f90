using System.Diagnostics;

namespace Millrace.App.Versions;

/// <summary>How many bytes were read or written: a line on standard error that is written over, on a terminal only.
/// </summary>
/// <param name="verb">What is done.</param>
/// <param name="counts">Whether each report is a file.</param>
sealed class ByteDisplay(string verb, bool counts = false) : IProgress<long>, IDisposable
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    readonly Lock _lock = new();
    readonly long _start = Stopwatch.GetTimestamp();
    readonly bool _isShown = !Console.IsErrorRedirected;
    TimeSpan _last;
    long _bytes;
    long _files;

    public void Report(long value)
    {
        lock (_lock)
        {
            _bytes += value;
            _files++;
            var elapsed = Stopwatch.GetElapsedTime(_start);
            if (!_isShown || elapsed < First || elapsed - _last < Between)
                return;
            _last = elapsed;
            Console.Error.Write(
                $"\r{verb} {(counts ? $"{_files:N0} files, " : "")}{_bytes / 1e6:N1} MB "
                + $"({_bytes / 1e6 / elapsed.TotalSeconds:N1} MB/s)  ");
        }
    }

    /// <summary>Ends the line; the second time nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_last > TimeSpan.Zero)
                Console.Error.WriteLine();
            _last = TimeSpan.Zero;
        }
    }
}
