using Millrace.App.Terminal;
using Millrace.Tables;

namespace Millrace.App.Tables;

/// <summary>Shows how far a long query is.</summary>
sealed class SqlProgress : IAsyncDisposable
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    readonly CancellationTokenSource _end = new();
    readonly MovingLine _line = new(First);
    readonly Task _shown;

    SqlProgress(SqlSession session, bool isQuiet) =>
        _shown = isQuiet || Console.IsErrorRedirected ? Task.CompletedTask : ShowAsync(session);

    /// <summary>Begins; to be disposed before the session is.</summary>
    public static SqlProgress Start(SqlSession session, bool isQuiet) => new(session, isQuiet);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _shown.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _line.End();
        _end.Dispose();
    }

    async Task ShowAsync(SqlSession session)
    {
        using var timer = new PeriodicTimer(Between);
        while (await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
        {
            var done = session.Progress;
            _line.Show(elapsed => done is null or 0
                ? $"running, {elapsed.TotalSeconds:0} s\u001b[K"
                : $"running, {done:0 %}, {elapsed.TotalSeconds:0} s\u001b[K");
        }
    }
}
