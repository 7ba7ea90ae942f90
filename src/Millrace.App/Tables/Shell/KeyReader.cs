namespace Millrace.App.Tables.Shell;

/// <summary>Keys of the terminal, and Ctrl-C among them as a key: it ends what is going on, and never the shell.
/// </summary>
/// <param name="time">Tells when to look again.</param>
sealed class KeyReader(TimeProvider time)
{
    const int MaxAhead = 4_096;

    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(30);

    readonly Queue<ConsoleKeyInfo> _ahead = [];

    /// <summary>Whether a key waits to be read.</summary>
    public bool IsReady => _ahead.Count > 0 || Console.KeyAvailable;

    /// <summary>Whether the terminal gives keys; else lines are read.</summary>
    public static bool HasKeys => !Console.IsInputRedirected && !Console.IsOutputRedirected
        && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>The next key.</summary>
    public async Task<ConsoleKeyInfo> ReadAsync(CancellationToken cancellationToken)
    {
        if (_ahead.TryDequeue(out var ahead))
        {
            return ahead;
        }

        // It waits without end, and can't be told to stop; so it is asked only when there is something.
        while (!Console.KeyAvailable)
        {
            await Task.Delay(Between, time, cancellationToken).ConfigureAwait(false);
        }

        return Console.ReadKey(intercept: true);
    }

    /// <summary>Does something that Ctrl-C ends. Other keys wait for their turn.</summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task WatchAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = stop.Token;
        var working = Task.Run(() => work(token), CancellationToken.None);
        while (!working.IsCompleted)
        {
            while (Console.KeyAvailable)
            {
                var key = Console.ReadKey(intercept: true);
                if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
                {
                    _ahead.Clear();
                    await stop.CancelAsync().ConfigureAwait(false);
                }
                else if (_ahead.Count < MaxAhead)
                {
                    _ahead.Enqueue(key);
                }
            }

            await Task.WhenAny(working, Task.Delay(Between, time, CancellationToken.None)).ConfigureAwait(false);
        }

        await working.ConfigureAwait(false);
    }
}
