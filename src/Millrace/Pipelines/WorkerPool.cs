using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Millrace.Pipelines;

/// <summary>Worker processes of one compiled pipeline; each is started when it is first needed, and used
/// again.</summary>
sealed class WorkerPool(WorkerCommand command) : IDisposable
{
    readonly ConcurrentBag<Worker> _idle = [];
    readonly ConcurrentBag<Worker> _all = [];

    /// <summary>Sends one request and waits for its answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="log">Gets the lines that the worker prints meanwhile.</param>
    /// <param name="progress">Gets the progress lines.</param>
    /// <param name="cancellationToken">Kills the worker.</param>
    /// <exception cref="MillraceException">What the worker reported, or <c>worker-died</c>.</exception>
    public async Task<WorkerReply> AskAsync(
        WorkerRequest request,
        Action<string> log,
        Action<WorkerReply>? progress,
        CancellationToken cancellationToken)
    {
        if (!_idle.TryTake(out var worker))
        {
            worker = new Worker(command);
            _all.Add(worker);
        }

        using var registration = cancellationToken.Register(worker.Kill);
        try
        {
            var reply = await worker.AskAsync(request, log, progress).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            _idle.Add(worker);
            return reply.Error is { } error
                ? throw new MillraceException(error.Kind, error.Code, error.Message, error.Hint)
                : reply;
        }
        catch (Exception exception) when (exception is IOException or EndOfStreamException or JsonException)
        {
            worker.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            throw new MillraceException(
                ErrorKind.Unavailable, "worker-died",
                $"The worker process {worker.Id} ended while it did '{request.Task}' ({worker.Ending()}).",
                "Run the same command again: what was done is kept. If it dies again, look at the attempt's log and at "
                + "the machine's memory.", exception);
        }
    }

    public void Dispose()
    {
        foreach (var worker in _all)
        {
            worker.Dispose();
        }
    }

    sealed class Worker : IDisposable
    {
        readonly Process _process;
        readonly StreamWriter _requests;
        readonly StreamReader _answers;
        readonly Task _logging;
        Action<string>? _log;

        public Worker(WorkerCommand command)
        {
            var start = new ProcessStartInfo(command.Program, command.Arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(false),
                StandardOutputEncoding = new UTF8Encoding(false),
                UseShellExecute = false,
            };
            // Two workers share two cores: one heap and one compiler thread each is what they need.
            start.Environment["DOTNET_gcServer"] = "0";
            start.Environment["DOTNET_TieredPGO"] = "0";
            _process = Process.Start(start)!;
            Id = _process.Id;
            _requests = _process.StandardInput;
            _answers = _process.StandardOutput;
            _logging = Task.Run(ReadLogAsync);
        }

        public int Id { get; }

        public async Task<WorkerReply> AskAsync(
            WorkerRequest request, Action<string> log, Action<WorkerReply>? progress)
        {
            _log = log;
            var line = JsonSerializer.Serialize(request, PipelinesJson.Default.WorkerRequest);
            await _requests.WriteLineAsync(line).ConfigureAwait(false);
            await _requests.FlushAsync().ConfigureAwait(false);
            while (true)
            {
                var answer = await _answers.ReadLineAsync().ConfigureAwait(false)
                    ?? throw new EndOfStreamException("The worker closed its output.");
                var mark = answer.IndexOf(PipelineWorker.AnswerMark, StringComparison.Ordinal);
                if (mark != 0)
                {
                    log(mark < 0 ? answer : answer[..mark]);
                }

                if (mark < 0)
                {
                    continue;
                }

                var reply = JsonSerializer.Deserialize(
                    answer.AsSpan(mark + PipelineWorker.AnswerMark.Length), PipelinesJson.Default.WorkerReply)!;
                if (reply.Kind != "progress")
                {
                    return reply;
                }

                progress?.Invoke(reply);
            }
        }

        public void Kill()
        {
            try
            {
                _process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has ended by itself.
            }
        }

        public string Ending()
        {
            _process.WaitForExit(TimeSpan.FromSeconds(5));
            return _process.HasExited ? $"exit code {_process.ExitCode}" : "it does not end";
        }

        public void Dispose()
        {
            Kill();
            _process.WaitForExit(TimeSpan.FromSeconds(5));
            _logging.Wait(TimeSpan.FromSeconds(5));
            _process.Dispose();
        }

        async Task ReadLogAsync()
        {
            while (await _process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                _log?.Invoke(line);
            }
        }
    }
}
