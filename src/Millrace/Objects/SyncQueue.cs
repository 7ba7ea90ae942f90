using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Millrace.Catalog;

namespace Millrace.Objects;

/// <summary>Syncs files from several threads while more are being written. A file system gathers the fsyncs that wait
/// at the same moment into one journal commit, so many at once cost little more than one.</summary>
/// <remarks>Each file keeps the handle that wrote it until it is synced, and the queue's limit bounds how many are
/// open. Real threads, because each one spends its life waiting in the kernel.</remarks>
sealed class SyncQueue : IDisposable
{
    const int ThreadsMax = 16;
    const int QueuedMax = 64;

    readonly BlockingCollection<AsideFile> _files = new(QueuedMax);
    readonly List<Thread> _threads = [];
    volatile ExceptionDispatchInfo? _failure;
    volatile bool _isAbandoned;

    /// <summary>Takes a written file; waits when the disk does not keep up. The queue closes it.</summary>
    /// <exception cref="MillraceException">An earlier file failed.</exception>
    public void Add(AsideFile file)
    {
        _failure?.Throw();
        lock (_threads)
        {
            if (_threads.Count < ThreadsMax)
            {
                var thread = new Thread(Work) { IsBackground = true, Name = "object sync" };
                _threads.Add(thread);
                thread.Start();
            }
        }
        _files.Add(file);
    }

    /// <summary>Returns when every file is durable; none can be added after.</summary>
    public void Complete()
    {
        Drain();
        _failure?.Throw();
    }

    /// <summary>Closes files that still wait, without syncing them.</summary>
    public void Dispose()
    {
        _isAbandoned = true;
        Drain();
        _files.Dispose();
    }

    void Work()
    {
        foreach (var file in _files.GetConsumingEnumerable())
        {
            try
            {
                if (!_isAbandoned && _failure is null)
                    file.Sync();
            }
            catch (MillraceException exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
            }
            file.Close();
        }
    }

    void Drain()
    {
        _files.CompleteAdding();
        foreach (var thread in _threads)
            thread.Join();
    }
}
