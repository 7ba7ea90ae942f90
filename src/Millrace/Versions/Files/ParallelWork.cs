namespace Millrace.Versions.Files;

/// <summary>Work that finds more work, on every core. The newest is done first, so that a walk of folders keeps few
/// of them open.</summary>
sealed class ParallelWork(CancellationToken cancellationToken)
{
    readonly Stack<Action> _open = new();
    int _running;
    Exception? _failure;

    public void Add(Action work)
    {
        lock (_open)
        {
            _open.Push(work);
            Monitor.Pulse(_open);
        }
    }

    /// <summary>Returns when all is done; throws the first failure, after which the rest is left.</summary>
    public void Run()
    {
        var threads = new Thread[Math.Max(0, Environment.ProcessorCount - 1)];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(WorkOn) { IsBackground = true };
            threads[i].Start();
        }

        WorkOn();
        foreach (var thread in threads)
            thread.Join();
        if (_failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
    }

    void WorkOn()
    {
        while (Next() is { } work)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                work();
            }
            catch (Exception exception)
            {
                lock (_open)
                    _failure ??= exception;
            }
            finally
            {
                lock (_open)
                {
                    _running--;
                    if (_running == 0 || _failure is not null)
                        Monitor.PulseAll(_open);
                }
            }
        }
    }

    Action? Next()
    {
        lock (_open)
        {
            while (_open.Count == 0 && _running > 0 && _failure is null)
                Monitor.Wait(_open);
            if (_failure is not null || !_open.TryPop(out var work))
                return null;
            _running++;
            return work;
        }
    }
}
