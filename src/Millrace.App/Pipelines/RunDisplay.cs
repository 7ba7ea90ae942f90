using System.Diagnostics;
using Millrace.App.Terminal;
using Millrace.Pipelines;
using Spectre.Console;

namespace Millrace.App.Pipelines;

/// <summary>Shows on standard error what a run does: in a terminal one line that changes, above it what ended;
/// elsewhere a line for each task that ended.</summary>
sealed class RunDisplay : IProgress<TaskEvent>, IDisposable
{
    static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    readonly Lock _lock = new();
    readonly Dictionary<string, (TaskEvent Event, long Started)> _running = new(StringComparer.Ordinal);
    readonly IAnsiConsole _console = TerminalConsole.Error;
    readonly bool _isLive = !Console.IsErrorRedirected;
    readonly Timer? _timer;
    int _statusLength;

    public RunDisplay()
    {
        if (_isLive)
        {
            _timer = new Timer(_ => ShowStatus(), null, Refresh, Refresh);
        }
    }

    public void Report(TaskEvent value)
    {
        lock (_lock)
        {
            switch (value.State)
            {
                case TaskState.Running or TaskState.Waiting:
                    var started = _running.TryGetValue(value.Task, out var known)
                        ? known.Started
                        : Stopwatch.GetTimestamp();
                    _running[value.Task] = (value, started);
                    if (value.Message is not null)
                    {
                        Line($"[yellow]![/] {Markup.Escape(value.Task),-24} {Markup.Escape(value.Message)}");
                    }

                    break;
                default:
                    var took = _running.Remove(value.Task, out var ended)
                        ? Stopwatch.GetElapsedTime(ended.Started) : TimeSpan.Zero;
                    Line(Ended(value, took));
                    break;
            }
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            Clear();
        }
    }

    static string Ended(TaskEvent value, TimeSpan took)
    {
        var mark = value.State switch
        {
            TaskState.Cached => "[grey]=[/]",
            TaskState.Succeeded => "[green]✓[/]",
            TaskState.Failed => "[red]✗[/]",
            _ => "[grey]-[/]",
        };
        var detail = value.State switch
        {
            TaskState.Cached when value.Message is not null => $"[yellow]{Markup.Escape(value.Message)}[/]",
            TaskState.Cached => "[grey]nothing to do: same code, parameters and inputs[/]",
            TaskState.Succeeded => $"{Markup.Escape(value.Title)} [grey]{took.TotalSeconds:F1} s[/]",
            TaskState.Failed => $"[red]{Markup.Escape(value.Message ?? "failed")}[/]",
            TaskState.Skipped => $"[grey]skipped: {Markup.Escape(value.Message ?? "")}[/]",
            TaskState.WouldRun => "would run",
            _ => "[grey]cancelled[/]",
        };
        return $"{mark} {Markup.Escape(value.Task),-24} {detail}";
    }

    void Line(string markup)
    {
        Clear();
        _console.MarkupLine(markup);
    }

    void ShowStatus()
    {
        lock (_lock)
        {
            if (_running.Count == 0)
            {
                return;
            }

            var parts = _running.Values.Select(entry => entry.Event.Total > 0
                ? $"{entry.Event.Task} {entry.Event.Done}/{entry.Event.Total} {entry.Event.Unit}"
                : $"{entry.Event.Task} {Stopwatch.GetElapsedTime(entry.Started).TotalSeconds:F0} s");
            var text = "… " + string.Join("   ", parts);
            var width = Math.Max(20, _console.Profile.Width - 1);
            text = text.Length > width ? text[..width] : text;
            Clear();
            Console.Error.Write(text);
            _statusLength = text.Length;
        }
    }

    void Clear()
    {
        if (_statusLength > 0)
        {
            Console.Error.Write("\r\u001b[2K");
            _statusLength = 0;
        }
    }
}
