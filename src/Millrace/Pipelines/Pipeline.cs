using System.Globalization;
using Millrace.Tables;
using Millrace.Tables.Checks;

namespace Millrace.Pipelines;

/// <summary>A graph of tasks, written as one C# file and run by <c>millrace run FILE.cs</c>.</summary>
/// <remarks>The file builds the graph each time it starts: once to describe it to the scheduler, and once in each
/// worker, which then finds its tasks by name. So the graph must depend on the parameters alone.</remarks>
public sealed class Pipeline
{
    readonly List<TaskDefinition> _tasks = [];
    readonly Dictionary<string, TaskDefinition> _tasksByName = new(StringComparer.Ordinal);
    readonly Dictionary<(string Kind, string Name), TaskDefinition> _writers = [];
    readonly Dictionary<string, string> _given;
    readonly SortedDictionary<string, string> _parameters = new(StringComparer.Ordinal);

    Pipeline(string name, Dictionary<string, string> given, string? folder)
    {
        Name = name;
        _given = given;
        IsWorker = folder is not null;
        Folder = folder ?? Environment.CurrentDirectory;
    }

    /// <summary>The first argument of a worker; the second is the folder of the pipeline's file. Both are put there by
    /// <c>millrace run</c>.</summary>
    public static string WorkerMark => "--millrace-worker";

    public string Name { get; }

    /// <summary>The folder of the pipeline's file, for files that stand beside it.</summary>
    public string Folder { get; }

    internal bool IsWorker { get; }

    internal IReadOnlyList<TaskDefinition> Tasks => _tasks;

    /// <param name="name">The pipeline's name in runs and lineage.</param>
    /// <param name="arguments">The program's: <c>--name value</c> pairs.</param>
    /// <exception cref="MillraceException"><c>parameter-syntax</c>.</exception>
    public static Pipeline Create(string name, string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var folder = arguments.Length > 1 && arguments[0] == WorkerMark ? arguments[1] : null;
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = folder is null ? 0 : 2; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (!argument.StartsWith("--", StringComparison.Ordinal) || (equals < 0 && i + 1 == arguments.Length))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "parameter-syntax", $"'{argument}' is not a parameter of pipeline '{name}'.",
                    "Write parameters as '--name value', such as '--date 2026-03-15'.");
            }

            if (equals > 0)
            {
                given[argument[2..equals]] = argument[(equals + 1)..];
            }
            else
            {
                given[argument[2..]] = arguments[++i];
            }
        }

        return new Pipeline(name, given, folder);
    }

    /// <summary>A parameter that is a day; without a default it must be given.</summary>
    /// <exception cref="MillraceException"><c>parameter-missing</c>, <c>parameter-value</c>.</exception>
    public DateOnly Date(string name, DateOnly? fallback = null)
    {
        var text = Parameter(name, fallback?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "2026-03-15");
        return DateOnly.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date : throw Wrong(name, text, "a day, such as 2026-03-15");
    }

    /// <summary>A parameter that is a text; without a default it must be given.</summary>
    /// <exception cref="MillraceException"><c>parameter-missing</c>.</exception>
    public string Text(string name, string? fallback = null) => Parameter(name, fallback, "TEXT");

    /// <summary>A parameter that is a whole number; without a default it must be given.</summary>
    /// <exception cref="MillraceException"><c>parameter-missing</c>, <c>parameter-value</c>.</exception>
    public long Number(string name, long? fallback = null)
    {
        var text = Parameter(name, fallback?.ToString(CultureInfo.InvariantCulture), "1");
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number : throw Wrong(name, text, "a whole number");
    }

    /// <summary>A parameter that is true or false.</summary>
    /// <exception cref="MillraceException"><c>parameter-value</c>.</exception>
    public bool Flag(string name, bool fallback = false)
    {
        var text = Parameter(name, fallback ? "true" : "false", "true");
        return bool.TryParse(text, out var flag) ? flag : throw Wrong(name, text, "true or false");
    }

    /// <summary>A table that is the result of a query, written anew by each run.</summary>
    /// <param name="table">Its name; also the task's.</param>
    /// <param name="sql">The query; tables in it are the task's inputs.</param>
    /// <param name="key">The columns that tell the rows apart, by which they are ordered.</param>
    /// <param name="title">For people.</param>
    /// <param name="checks">What must hold before the table is published; null for nothing.</param>
    public TaskOutput Sql(
        string table, SqlText sql, IReadOnlyList<string> key, string title = "",
        IReadOnlyList<CheckRule>? checks = null)
    {
        ArgumentNullException.ThrowIfNull(sql);
        return Add(new TaskDefinition
        {
            Name = table,
            Title = title,
            Version = "sql/1",
            Inputs = sql.Inputs,
            Outputs = [new OutputDefinition("table", SqlName.CheckTable(table), key) { Checks = checks }],
            Sql = sql.ToString(),
        })[0];
    }

    /// <summary>Adds a task.</summary>
    /// <returns>Its outputs, in the order of their definition.</returns>
    /// <exception cref="MillraceException"><c>task-twice</c>, <c>output-twice</c>, <c>input-twice</c>,
    /// <c>input-unknown</c>.</exception>
    public IReadOnlyList<TaskOutput> Add(TaskDefinition task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (_tasksByName.ContainsKey(task.Name))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "task-twice", $"Pipeline '{Name}' has two tasks called '{task.Name}'.",
                "Give one of them another name.");
        }

        foreach (var output in task.Outputs)
        {
            var isTwice = task.Outputs.Count(o => o.Kind == output.Kind && o.Name == output.Name) > 1;
            var other = isTwice ? task : _writers.GetValueOrDefault((output.Kind, output.Name));
            if (other is not null)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "output-twice",
                    $"The tasks '{other.Name}' and '{task.Name}' both write {output.Kind} '{output.Name}'.",
                    "Let one task write it, or give the outputs different names.");
            }
        }

        if (task.Outputs.Count(output => output.Kind == "object") > 1)
        {
            throw new ArgumentException(
                $"Task '{task.Name}' makes several objects, which could not be told apart.", nameof(task));
        }

        CheckInputs(task);
        foreach (var output in task.Outputs)
        {
            _writers[(output.Kind, output.Name)] = task;
        }

        _tasksByName[task.Name] = task;
        _tasks.Add(task);
        return [.. task.Outputs.Select(
            output => new TaskOutput(task.Name, output.Kind, output.Name, output.KeyColumns ?? []))];
    }

    /// <summary>Hands the graph to <c>millrace run</c>, and does the tasks that it asks for until it is done.</summary>
    /// <returns>The exit code of the program.</returns>
    /// <exception cref="MillraceException"><c>parameter-unknown</c>; <c>not-under-millrace</c> when the file was
    /// started by hand.</exception>
    public async Task<int> RunAsync()
    {
        if (!IsWorker)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "not-under-millrace", $"Pipeline '{Name}' was started by itself.",
                "Start it with 'millrace run FILE.cs', which schedules its tasks.");
        }

        await PipelineWorker.ServeAsync(this).ConfigureAwait(false);
        return 0;
    }

    /// <summary>Tells the scheduler of a failure that happened before the pipeline could listen, such as a wrong
    /// parameter.</summary>
    public static Task FailAsync(Exception exception) => PipelineWorker.FailAsync(exception);

    internal TaskDefinition Find(string name) => _tasksByName[name];

    internal GraphDescription Describe()
    {
        var unknown = _given.Keys.FirstOrDefault(name => !_parameters.ContainsKey(name));
        if (unknown is not null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "parameter-unknown", $"Pipeline '{Name}' has no parameter '--{unknown}'.",
                $"Its parameters are {string.Join(", ", _parameters.Keys.Select(name => "--" + name))}.");
        }

        return new GraphDescription(Name, _parameters, [.. _tasks.Select(task => new TaskDescription(
            task.Name, task.Title, task.Version, task.Parameters, task.Inputs, task.References, task.Outputs, task.Sql,
            task.Probe is not null, task.ShardCount))]);
    }

    // An input is made by an earlier task, so a graph can have no cycle; a body finds it by its name.
    void CheckInputs(TaskDefinition task)
    {
        foreach (var input in task.Inputs)
        {
            if (task.Inputs.Count(other => other.Name == input.Name) > 1)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "input-twice", $"Task '{task.Name}' has two inputs called '{input.Name}'.",
                    "Give one of the outputs another name, so that the task can tell them apart.");
            }

            if (!_writers.TryGetValue((input.Kind, input.Name), out var writer) || writer.Name != input.Task)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "input-unknown",
                    $"Task '{task.Name}' needs {input.Kind} '{input.Name}' of task '{input.Task}', which pipeline "
                    + $"'{Name}' does not have.",
                    "Use what Add and the other methods of this pipeline return.");
            }
        }
    }

    string Parameter(string name, string? fallback, string example)
    {
        var value = _given.GetValueOrDefault(name, fallback!) ?? throw new MillraceException(
            ErrorKind.Invalid, "parameter-missing", $"Pipeline '{Name}' needs the parameter '--{name}'.",
            $"Add it, such as '--{name} {example}'.");
        _parameters[name] = value;
        return value;
    }

    MillraceException Wrong(string name, string text, string expected) => new(
        ErrorKind.Invalid, "parameter-value", $"The parameter '--{name}' of pipeline '{Name}' is '{text}'.",
        $"It must be {expected}.");
}
