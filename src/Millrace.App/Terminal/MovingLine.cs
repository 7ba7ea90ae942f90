using System.Diagnostics;

namespace Millrace.App.Terminal;

/// <summary>A line on standard error that is written over while work goes on, on a terminal only. May be used by
/// several threads.</summary>
/// <param name="first">How long nothing is shown: what is done by then needs no line.</param>
sealed class MovingLine(TimeSpan first)
{
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    readonly Lock _lock = new();
    readonly long _start = Stopwatch.GetTimestamp();
    readonly bool _isShown = !Console.IsErrorRedirected;
    TimeSpan _last;

    /// <summary>Since it was made.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Writes over what is there, unless that is too new.</summary>
    /// <param name="text">Gives the line, with what wipes the rest of a longer one, from the time that has passed.
    /// </param>
    public void Show(Func<TimeSpan, string> text)
    {
        if (!_isShown)
            return;
        lock (_lock)
        {
            var elapsed = Elapsed;
            if (elapsed < first || elapsed - _last < Between)
                return;
            _last = elapsed;
            Console.Error.Write($"\r{text(elapsed)}");
        }
    }

    /// <summary>Ends the line; the second time nothing.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_last > TimeSpan.Zero)
                Console.Error.WriteLine();
            _last = TimeSpan.Zero;
        }
    }
}
