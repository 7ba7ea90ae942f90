using Millrace.App.Terminal;

namespace Millrace.App.Versions;

/// <summary>How many bytes were read or written.</summary>
/// <param name="verb">What is done.</param>
/// <param name="counts">Whether each report is a file.</param>
sealed class ByteDisplay(string verb, bool counts = false) : IProgress<long>, IDisposable
{
    readonly MovingLine _line = new(TimeSpan.FromSeconds(1));
    long _bytes;
    long _files;

    public void Report(long value)
    {
        var bytes = Interlocked.Add(ref _bytes, value) / 1e6;
        var files = Interlocked.Increment(ref _files);
        _line.Show(elapsed =>
            $"{verb} {(counts ? $"{files:N0} files, " : "")}{bytes:N1} MB ({bytes / elapsed.TotalSeconds:N1} MB/s)  ");
    }

    /// <summary>Ends the line; the second time nothing.</summary>
    public void Dispose() => _line.End();
}
