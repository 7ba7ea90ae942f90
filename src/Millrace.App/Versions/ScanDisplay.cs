using Millrace.App.Terminal;
using Millrace.Versions.Files;

namespace Millrace.App.Versions;

/// <summary>How far a long walk is.</summary>
sealed class ScanDisplay(string verb) : IProgress<ScanProgress>, IDisposable
{
    readonly MovingLine _line = new(TimeSpan.FromSeconds(1));
    long _files;
    long _bytes;

    public void Report(ScanProgress value)
    {
        var files = Interlocked.Add(ref _files, value.FileCount);
        var bytes = Interlocked.Add(ref _bytes, value.SizeBytes);
        _line.Show(_ => $"{verb} {files:N0} files" + (bytes > 0 ? $", {bytes / 1e6:N1} MB" : "") + "  ");
    }

    public void Dispose() => _line.End();
}
