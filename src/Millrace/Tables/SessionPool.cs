using DuckDB.NET.Data;

namespace Millrace.Tables;

/// <summary>Keeps the DuckDB of a session that ended for the next one of the same limits: a new one has no memory of
/// its own yet, and nothing of the files that were just read. Thread-safe.</summary>
/// <remarks>A session still has its DuckDB to itself: what it made is temporary and goes with its connection.</remarks>
sealed class SessionPool(string temporaryFolder, TimeProvider time) : IDisposable
{
    const int MostKept = 2;

    static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    readonly List<((int Threads, int MemoryLimitMiB) Limits, DuckDBConnection Database)> _idle = [];
    ITimer? _timer;
    bool _isDisposed;

    /// <summary>A session that gives its DuckDB back when it is disposed.</summary>
    public SqlSession Open(int threads, int memoryLimitMiB)
    {
        var limits = (threads, memoryLimitMiB);
        var database = Take(limits) ?? SqlSession.OpenDatabase(temporaryFolder, threads, memoryLimitMiB);
        try
        {
            return new SqlSession(database, () => Keep(limits, database));
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }

        DropIdle();
    }

    DuckDBConnection? Take((int Threads, int MemoryLimitMiB) limits)
    {
        lock (_gate)
        {
            var index = _idle.FindLastIndex(kept => kept.Limits == limits);
            if (index < 0)
                return null;
            var database = _idle[index].Database;
            _idle.RemoveAt(index);
            return database;
        }
    }

    void Keep((int Threads, int MemoryLimitMiB) limits, DuckDBConnection database)
    {
        DuckDBConnection? dropped = null;
        lock (_gate)
        {
            if (_isDisposed)
            {
                dropped = database;
            }
            else
            {
                if (_idle.Count == MostKept)
                {
                    dropped = _idle[0].Database;
                    _idle.RemoveAt(0);
                }

                _idle.Add((limits, database));
                _timer ??= time.CreateTimer(
                    _ => DropIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(KeptFor, Timeout.InfiniteTimeSpan);
            }
        }

        dropped?.Dispose();
    }

    void DropIdle()
    {
        DuckDBConnection[] dropped;
        lock (_gate)
        {
            dropped = [.. _idle.Select(kept => kept.Database)];
            _idle.Clear();
        }

        foreach (var database in dropped)
            database.Dispose();
    }
}
