using System.Diagnostics;
using System.Text;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A running binary in a session of its own, so that all processes which it starts can be found, also when it
/// is dead.</summary>
public sealed class RunningCli : IAsyncDisposable
{
    // Nothing here takes minutes; what does hangs, and is ended so that the test can say so.
    static readonly TimeSpan MostTime = TimeSpan.FromMinutes(5);

    readonly Process _process;
    readonly string _command;
    readonly StringBuilder _output = new();
    readonly StringBuilder _error = new();
    readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    public RunningCli(
        string program,
        string folder,
        IReadOnlyDictionary<string, string?> environment,
        IReadOnlyList<string> arguments)
    {
        _command = $"millrace {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo("setsid", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Of the binary itself: setsid becomes it without a process between them.</summary>
    public int Id => _process.Id;

    /// <summary>What it has written to standard error so far.</summary>
    public string Error => Text(_error);

    public async Task<CliResult> EndAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(MostTime);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            KillAll();
            Assert.Fail(
                $"'{_command}' did not end within {MostTime.TotalMinutes} minutes.\n{Text(_output)}\n{Text(_error)}");
        }

        return new CliResult(_command, _process.ExitCode, Text(_output), Text(_error));
    }

    /// <summary>Waits until a line on standard error holds the text, or the process has ended.</summary>
    public async Task UntilItSaysAsync(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_error)
        {
            _awaited.Add((text, seen));
            if (_error.ToString().Contains(text, StringComparison.Ordinal))
            {
                seen.TrySetResult();
            }
        }

        await Task.WhenAny(seen.Task, EndAsync());
    }

    /// <summary>Kills the main process alone at that moment of its life.</summary>
    /// <returns>False when it had ended by itself.</returns>
    public async Task<bool> KillAtAsync(TimeSpan moment)
    {
        using var reached = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        reached.CancelAfter(moment);
        try
        {
            await _process.WaitForExitAsync(reached.Token);
            return false;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            _ = Libc.Send(Id, Libc.Kill);
        }

        var result = await EndAsync();
        return result.ExitCode == 128 + Libc.Kill;
    }

    /// <summary>Kills one of the processes that this one started.</summary>
    public void KillOneWorker() => _ = Libc.Send(Living().First(process => process.Id != Id).Id, Libc.Kill);

    /// <summary>What Ctrl-C in a terminal does: the signal goes to every process of the group.</summary>
    public void Interrupt() => _ = Libc.Send(-Id, Libc.Interrupt);

    /// <summary>Waits until no process that this one started is left.</summary>
    public async Task UntilNobodyIsLeftAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Living() is { Count: > 0 } living)
        {
            try
            {
                await poll.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"'{_command}' left processes behind: {string.Join(", ", living)}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        KillAll();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    void KillAll()
    {
        if (!_process.HasExited || Living().Count > 0)
        {
            _ = Libc.Send(-Id, Libc.Kill);
        }
    }

    /// <summary>The processes of the session. A dead one that nobody has collected yet does not count.</summary>
    List<(int Id, string Words)> Living()
    {
        var living = new List<(int, string)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id))
            {
                continue;
            }

            try
            {
                // After the name, which stands in parentheses: state, parent, group, session.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (fields[0] is not ("Z" or "X") && int.Parse(fields[3]) == Id)
                {
                    var words = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                    living.Add((id, words));
                }
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return living;
    }

    void Append(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_error)
        {
            text.Append(line).Append('\n');
            if (ReferenceEquals(text, _error))
            {
                foreach (var (awaited, seen) in _awaited)
                {
                    if (line.Contains(awaited, StringComparison.Ordinal))
                    {
                        seen.TrySetResult();
                    }
                }
            }
        }
    }

    string Text(StringBuilder text)
    {
        lock (_error)
        {
            return text.ToString();
        }
    }
}
