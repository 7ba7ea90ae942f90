using System.Collections.Concurrent;
using System.Text.Json;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tables.Frames;
using Millrace.Tables.Places;

namespace Millrace.Pipelines;

/// <summary>What a task's body sees: its inputs at their versions, a place to stage outputs, and a way to tell how far
/// it is. Nothing that it stages is visible before the whole task has succeeded.</summary>
public sealed class TaskContext : IDisposable
{
    readonly TaskDefinition _task;
    readonly TaskOrder _order;
    readonly Action<long, long, string> _report;
    readonly ConcurrentDictionary<string, Lazy<object>> _shared;
    readonly ITablePlace _place;
    readonly List<PublishedTable> _tables = [];
    readonly List<StagedVersion> _versions = [];
    readonly List<ExternalVersion> _sources = [];
    readonly List<CatalogFact> _facts = [];
    readonly List<string> _warnings = [];
    bool _isProvisional;

    internal TaskContext(
        TaskDefinition task,
        TaskOrder order,
        ObjectStore objects,
        ConcurrentDictionary<string, Lazy<object>> shared,
        Action<long, long, string> report)
    {
        _task = task;
        _order = order;
        _shared = shared;
        _report = report;
        Objects = objects;
        _place = TablePlace.Open(order.Paths.Tables, order.Paths.TableSettings, TimeProvider.System);
        Stage = new TableStage(_place, order.AttemptId);
    }

    public string TaskName => _task.Name;

    /// <summary>The run that the outputs will be explained by.</summary>
    public string RunId => _order.RunId;

    /// <summary>From 0; below <see cref="ShardCount"/>.</summary>
    public int ShardIndex => _order.ShardIndex;

    /// <summary>1 for a task that is not mapped.</summary>
    public int ShardCount => _order.ShardCount;

    public ObjectStore Objects { get; }

    /// <summary>Where tables' files are staged.</summary>
    public TableStage Stage { get; }

    public WorkspacePaths Paths => _order.Paths;

    /// <summary>The version of an input.</summary>
    /// <param name="name">The name of the thing.</param>
    public ThingVersion Input(string name) => _order.Inputs.GetValueOrDefault(name) ?? throw new ArgumentException(
        $"Task '{TaskName}' has no input '{name}'; it has {string.Join(", ", _order.Inputs.Keys)}.", nameof(name));

    /// <summary>The version that a reference pointed to when the task began, or null when there was none.</summary>
    public ThingVersion? Reference(string role) => _order.References.GetValueOrDefault(role);

    /// <summary>The files of an input that is a table.</summary>
    public TableSnapshot Table(string name) => Open(Input(name));

    /// <summary>The rows of an input that is a table, as a frame; <see cref="Tables.Frames.Frame.StageAsync"/> writes
    /// one to <see cref="Stage"/>.</summary>
    public Frame Frame(string name) => Frames.Table(Table(name));

    /// <summary>Makes frames of files and records, on one thread.</summary>
    public FrameEngine Frames => new(Paths.Temporary, new FrameOptions { Threads = 1 });

    /// <summary>The version before this task's own of an incremental output, or null for the first.</summary>
    public TableSnapshot? Previous(string table) =>
        _order.Previous.GetValueOrDefault(table) is { } version ? Open(version) : null;

    /// <summary>The files of a table at a version of its log.</summary>
    public TableSnapshot TableAt(string name, long number) =>
        DeltaLog.Read(name, _place.Of(name), number) ?? throw new MillraceException(
            ErrorKind.Corrupt, "table-missing", $"Table '{name}' has no log in '{_place.Of(name).Place}'.",
            "Restore the folder from a copy; 'millrace fsck' lists everything that is missing.");

    /// <summary>The bytes of an object that a table's cell names.</summary>
    /// <exception cref="MillraceException"><c>object-url</c>, <c>object-missing</c>, <c>object-damaged</c>.</exception>
    public Task<byte[]> ReadObjectAsync(string url, CancellationToken cancellationToken = default) =>
        ObjectUrl.TryParse(url, out var hash)
            ? Objects.ReadAsync(hash, cancellationToken)
            : throw new MillraceException(
                ErrorKind.Invalid, "object-url", $"'{url}' is not the URL of an object.",
                "An object's URL is 'object:' and 64 hex digits.");

    /// <summary>A private SQL engine with a view on each input table; the previous version of an incremental output is
    /// called <c>NAME$previous</c>, and is absent when there is none.</summary>
    public SqlSession OpenSql()
    {
        var session = new SqlSession(Paths.Temporary);
        try
        {
            foreach (var (name, version) in _order.Inputs.Where(input => input.Value.Kind == "table"))
            {
                session.Attach(name, Open(version));
            }

            foreach (var (name, version) in _order.Previous.Where(previous => previous.Value.Kind == "table"))
            {
                session.Attach(name + "$previous", Open(version));
            }

            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Something costly, such as a loaded model, that the tasks of one worker share.</summary>
    public T Shared<T>(string key, Func<T> make)
        where T : class =>
        (T)_shared.GetOrAdd(key, _ => new Lazy<object>(make)).Value;

    /// <summary>Publishes staged rows when the task succeeds.</summary>
    /// <param name="table">What <see cref="Stage"/> gave.</param>
    /// <param name="summary">JSON object for people, added to the version's figures.</param>
    public void Publish(StagedTable table, string summary = "{}")
    {
        ArgumentNullException.ThrowIfNull(table);
        CheckOutput("table", table.Name);
        CheckOnce(table.Name, _tables.Any(other => other.Role == table.Name));
        var checks = _task.Outputs.First(output => output.Kind == "table" && output.Name == table.Name).Checks;
        _tables.Add(new PublishedTable(
            table.Name, checks is null ? table : table with { Checks = [.. table.Checks ?? [], .. checks] }, summary));
    }

    /// <summary>Publishes a version of something else when the task succeeds.</summary>
    public void Publish(StagedVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        CheckOutput(version.Kind, version.Role);
        CheckOnce(version.Role, _versions.Any(other => other.Kind == version.Kind && other.Role == version.Role));
        _versions.Add(version);
    }

    /// <summary>Puts into lineage what was read from outside.</summary>
    public void ReadFrom(ExternalVersion source) => _sources.Add(source);

    /// <summary>Writes a higher room's fact in the publishing transaction.</summary>
    public void Fact(string kind, JsonElement body) => _facts.Add(new CatalogFact(kind, body));

    /// <summary>A sentence for the person who watches; the task goes on.</summary>
    public void Warn(string sentence) => _warnings.Add(sentence);

    /// <summary>Publishes what is there, and lets the next run do the task again: for what was missing and may come.
    /// </summary>
    public void TryAgain() => _isProvisional = true;

    /// <summary>How far the task is.</summary>
    public void Report(long done, long total, string unit) => _report(done, total, unit);

    /// <inheritdoc/>
    public void Dispose() => _place.Dispose();

    internal StagedResult Result() => new(_tables, _versions, _sources, _facts, _warnings, _isProvisional);

    TableSnapshot Open(ThingVersion version)
    {
        var snapshot = TableAt(version.Name, version.Number);
        return snapshot.IsDropped ? throw TableStore.Dropped(snapshot) : snapshot;
    }

    // Only one of the two would be found by whoever uses the output.
    void CheckOnce(string name, bool isPublished)
    {
        if (isPublished)
        {
            throw new ArgumentException($"Task '{TaskName}' publishes '{name}' twice.", nameof(name));
        }
    }

    void CheckOutput(string kind, string name)
    {
        if (!_task.Outputs.Any(output => output.Kind == kind && output.Name == name))
        {
            throw new ArgumentException(
                $"Task '{TaskName}' does not declare the output {kind} '{name}', so it can't publish it.",
                nameof(name));
        }
    }
}
