using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Pipelines;

/// <summary>The worker's side: reads requests from standard input, does them, and answers on what was standard output.
///</summary>
/// <remarks>One line of JSON a message. Whatever the pipeline's code prints, also from native libraries, goes to
/// standard error, which is the attempt's log. When standard input ends, the scheduler is gone and the worker ends at
/// once, in the middle of a task too: nothing it staged is visible.</remarks>
static class PipelineWorker
{
    const int StandardOutput = 1;
    const int StandardError = 2;
    const int GoneExitCode = 75;

    /// <summary>Stands before each answer, since a pipeline may print before the worker takes its output away. JSON
    /// escapes the control character, so it can't be in an answer.</summary>
    public const string AnswerMark = "\u001emillrace ";

    public static async Task ServeAsync(Pipeline pipeline)
    {
        using var answers = new FileStream(
            new SafeFileHandle(Libc.Dup(StandardOutput), ownsHandle: true), FileAccess.Write, bufferSize: 1);
        _ = Libc.Dup2(StandardError, StandardOutput);
        // Whoever has used the console before holds a duplicate of what was standard output.
        Console.SetOut(new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true });
        using var writer = new StreamWriter(answers, new UTF8Encoding(false)) { AutoFlush = true };
        // A terminal sends Ctrl-C to the whole group; the scheduler decides what it means.
        Console.CancelKeyPress += (_, arguments) => arguments.Cancel = true;
        var requests = Channel.CreateBounded<WorkerRequest>(4);
        _ = Task.Factory.StartNew(
            () => Listen(requests.Writer),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var shared = new ConcurrentDictionary<string, Lazy<object>>(StringComparer.Ordinal);
        var stores = new Dictionary<string, ObjectStore>(StringComparer.Ordinal);
        await foreach (var request in requests.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            var reply = await AnswerAsync(pipeline, request, shared, stores, Send).ConfigureAwait(false);
            Send(reply);
        }

        foreach (var store in stores.Values)
        {
            (store as IDisposable)?.Dispose();
        }

        void Send(WorkerReply reply)
        {
            var line = JsonSerializer.Serialize(reply, PipelinesJson.Default.WorkerReply);
            lock (writer)
            {
                writer.WriteLine(AnswerMark + line);
            }
        }
    }

    /// <summary>A failure as data; what is not a <see cref="MillraceException"/> comes from the pipeline's own code.
    ///</summary>
    public static WorkerError Describe(Exception exception, string task) => exception switch
    {
        MillraceException failure => new WorkerError(failure.Kind, failure.Code, failure.Message, failure.Hint, null),
        IOException { InnerException: MillraceException failure } =>
            new WorkerError(failure.Kind, failure.Code, failure.Message, failure.Hint, null),
        _ => new WorkerError(
            ErrorKind.Invalid, "task-failed",
            $"{exception.GetType().Name}: {exception.Message}{Place(exception)}",
            $"Correct the code of task '{task}'; the attempt's log has the whole trace.", exception.ToString()),
    };

    /// <summary>Answers the first request with a failure.</summary>
    public static async Task FailAsync(Exception exception)
    {
        var error = Describe(exception, "the pipeline's graph");
        await Console.Error.WriteLineAsync(error.Trace ?? error.Message).ConfigureAwait(false);
        await Console.Out.WriteLineAsync(AnswerMark + JsonSerializer.Serialize(
            new WorkerReply("error", Error: error), PipelinesJson.Default.WorkerReply)).ConfigureAwait(false);
    }

    static void Listen(ChannelWriter<WorkerRequest> requests)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        while (input.ReadLine() is { } line)
        {
            var request = JsonSerializer.Deserialize(line, PipelinesJson.Default.WorkerRequest)!;
            requests.WriteAsync(request).AsTask().GetAwaiter().GetResult();
        }

        Environment.Exit(GoneExitCode);
    }

    static async Task<WorkerReply> AnswerAsync(
        Pipeline pipeline,
        WorkerRequest request,
        ConcurrentDictionary<string, Lazy<object>> shared,
        Dictionary<string, ObjectStore> stores,
        Action<WorkerReply> send)
    {
        try
        {
            if (request.Kind == "describe")
            {
                return new WorkerReply("graph", Graph: pipeline.Describe());
            }

            var task = pipeline.Find(request.Task);
            if (request.Kind == "probe")
            {
                return new WorkerReply(
                    "sources", Sources: await task.Probe!(CancellationToken.None).ConfigureAwait(false));
            }

            var order = request.Order!;
            if (!stores.TryGetValue(order.Paths.Objects, out var store))
            {
                stores[order.Paths.Objects] = store = ObjectStore.Open(
                    order.Paths.Objects, order.Paths.ObjectSettings, TimeProvider.System);
            }

            using var context = new TaskContext(
                task, order, store, shared,
                (done, total, unit) => send(new WorkerReply("progress", Done: done, Total: total, Unit: unit)));
            await task.Body!(context, CancellationToken.None).ConfigureAwait(false);
            return new WorkerReply("result", Result: context.Result());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The rim of the worker: the scheduler decides what a failure means.
            var error = Describe(exception, request.Task);
            await Console.Error.WriteLineAsync(error.Trace ?? error.Message).ConfigureAwait(false);
            return new WorkerReply("error", Error: error);
        }
    }

    // The first line of the trace that has a file is where the pipeline's author looks.
    static string Place(Exception exception)
    {
        var line = exception.StackTrace?.Split('\n').FirstOrDefault(
            frame => frame.Contains(".cs:line ", StringComparison.Ordinal));
        if (line is null)
        {
            return "";
        }

        var place = line[(line.LastIndexOf('/') + 1)..].Trim();
        return $" ({place.Replace(":line ", ", line ", StringComparison.Ordinal)})";
    }
}
