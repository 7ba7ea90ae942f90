namespace Millrace.Pipelines;

/// <summary>The lines that an attempt prints, in a file of its own that exists only when there are any.</summary>
sealed class AttemptLog(string folder, string runId, string task) : IDisposable
{
    const long MaxBytes = 16L << 20;

    readonly Lock _lock = new();
    StreamWriter? _writer;
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

            if (_writer is null)
            {
                var runFolder = System.IO.Path.Combine(folder, runId);
                Directory.CreateDirectory(runFolder);
                Path = System.IO.Path.Combine(runFolder, task.Replace('/', '_') + ".log");
                _writer = new StreamWriter(Path, append: true) { AutoFlush = true };
            }

            _written += line.Length + 1;
            _writer.WriteLine(_written > MaxBytes ? $"… cut off after {MaxBytes >> 20} MiB" : line);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }
}
