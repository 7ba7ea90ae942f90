using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Pipelines;

/// <summary>The lines that an attempt prints, in a file of its own that exists only when there are any.</summary>
sealed class AttemptLog(string folder, string runId, string task) : IDisposable
{
    const long MaxBytes = 16L << 20;

    readonly Lock _lock = new();
    SafeFileHandle? _file;
    long _written;

    /// <summary>Where the lines are; null when nothing was printed.</summary>
    public string? Path { get; private set; }

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_written > MaxBytes)
            {
                return;
            }

            try
            {
                _file ??= Open();
                _written += line.Length + 1;
                var text = _written > MaxBytes ? $"… cut off after {MaxBytes >> 20} MiB" : line;
                RandomAccess.Write(_file, Encoding.UTF8.GetBytes(text + "\n"), RandomAccess.GetLength(_file));
            }
            catch (IOException)
            {
                // A full disk: the lines are lost, and the attempt's own failure tells why. The reader of a worker's
                // output must go on, or the worker would wait for it.
                _written = long.MaxValue;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    SafeFileHandle Open()
    {
        var runFolder = System.IO.Path.Combine(folder, runId);
        Directory.CreateDirectory(runFolder);
        Path = System.IO.Path.Combine(runFolder, task.Replace('/', '_') + ".log");
        return File.OpenHandle(Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
    }
}
