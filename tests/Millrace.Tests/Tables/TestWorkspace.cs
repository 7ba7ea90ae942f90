using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Pipelines;
using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tables.Queries;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom;

/// <summary>A workspace in a temporary folder, with the shortest ways to rows in tables and to tasks without a process.
///</summary>
sealed class TestWorkspace : IAsyncDisposable
{
    /// <summary>A query of 20 rows, one an hour.</summary>
    public const string HourlyRows =
        """
        select i::bigint as id, timestamptz '2026-01-01 00:00:00+00' + interval (i) hour as at, i / 3.0 as x
        from range(20) t(i)
        """;

    readonly ScratchFolder _scratch = new();

    TestWorkspace() => Folder = _scratch["workspace"];

    public string Folder { get; }

    /// <summary>Beside the workspace, for what comes from outside.</summary>
    public string Outside => _scratch.Path;

    public Workspace Open { get; private set; } = null!;

    public TableStore Tables => Open.Tables;

    public LineageGraph Lineage => Open.Lineage;

    public ICatalog Catalog => Open.Catalog;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<TestWorkspace> CreateAsync(SharedPostgres? postgres = null)
    {
        var workspace = new TestWorkspace();
        await WorkspaceCatalog.PlaceAsync(workspace.Folder, postgres);
        Workspace.Create(workspace.Folder);
        workspace.Open = await Workspace.OpenAsync(workspace.Folder, cancellationToken: Stop);
        return workspace;
    }

    /// <summary>Ends this process, as far as the workspace can tell, and opens it as another one.</summary>
    public async Task<Workspace> DieAndOpenAsync()
    {
        await Open.DisposeAsync();
        return Open = await Workspace.OpenAsync(Folder, cancellationToken: Stop);
    }

    public string TableFolder(string table) => Path.Combine(Tables.Folder, table);

    public StagedTable Stage(string table, TableMode mode, string query, params string[] key) =>
        Stage(table, mode, query, key, Guid.CreateVersion7().ToString("N"));

    public StagedTable Stage(string table, TableMode mode, string query, string[] key, string attemptId)
    {
        using var session = Tables.OpenSession();
        return new TableStage(Tables.Folder, attemptId).Write(session, table, mode, query, key);
    }

    /// <summary>A publication of a run that is recorded.</summary>
    public async Task<Publication> PublicationAsync(params StagedTable[] tables)
    {
        var attemptId = Guid.CreateVersion7().ToString("N");
        var runId = await StartRunAsync("command");
        return new Publication(
            attemptId, runId, [.. tables.Select(table => new PublishedTable(table.Name, table, "{}"))], [], [], []);
    }

    public async Task<string> StartRunAsync(string name)
    {
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "task", name, null, null, "code", "{}", RunOutcome.Running, null,
            TimeProvider.System.GetUtcNow(), null);
        await Catalog.WriteAsync(
            session =>
            {
                LineageLog.StartRun(session, run);
                return 0;
            },
            Stop);
        return run.Id;
    }

    public async Task<ThingVersion> PublishAsync(StagedTable table) =>
        (await Tables.PublishAsync(await PublicationAsync(table), Stop))[0];

    public Task<ThingVersion> AppendAsync(string table, string query, params string[] key) =>
        PublishAsync(Stage(table, TableMode.Append, query, key));

    public Task<ThingVersion> OverwriteAsync(string table, string query, params string[] key) =>
        PublishAsync(Stage(table, TableMode.Overwrite, query, key));

    /// <summary>The log as it is on disk, whatever the catalog knows.</summary>
    public TableSnapshot? Log(string table) => DeltaLog.Read(table, TableFolder(table));

    /// <summary>The rows of a query over all tables' newest versions, each as its values with bars between.</summary>
    public async Task<List<string>> RowsAsync(string query)
    {
        using var prepared = await Tables.Sql.PrepareAsync(query, new SqlQueryOptions { Threads = 1 }, Stop);
        return prepared.Session.Rows(prepared.Text, row => string.Join('|', Enumerable.Range(0, row.FieldCount).Select(
            i => row.IsDBNull(i) ? "null" : Convert.ToString(row.GetValue(i)))));
    }

    public Task<long> CountAsync(string sql) => Catalog.ReadAsync(session => session.Count(sql), Stop);

    public Task ExecuteAsync(string sql) => Catalog.WriteAsync(session => session.Execute(sql), Stop);

    /// <summary>Does a task of a pipeline in this process and publishes what it staged, as the scheduler would.
    ///</summary>
    public async Task<TaskOutcome> RunTaskAsync(Pipeline pipeline, string name)
    {
        var task = pipeline.Tasks.First(candidate => candidate.Name == name);
        var sources = task.Probe is null ? [] : await task.Probe(Stop);
        var inputs = new Dictionary<string, ThingVersion>();
        foreach (var input in task.Inputs)
            inputs[input.Name] = input.Kind == "object"
                ? await NewestObjectOfAsync(pipeline, input.Task)
                : (await Lineage.VersionsAsync(input.Kind, input.Name, Stop))[0];

        var order = new TaskOrder(
            Guid.CreateVersion7().ToString("N"), await StartRunAsync($"{pipeline.Name}/{name}"), 0, 1, inputs,
            await ReferencesAsync(task), await PreviousAsync(task), Open.Paths);
        var context = new TaskContext(task, order, Open.Objects, new(), (_, _, _) => { });
        await task.Body!(context, Stop);
        var result = context.Result();
        var versions = await Tables.PublishAsync(
            new Publication(
                order.AttemptId, order.RunId, result.Tables,
                [
                    .. order.Inputs.Select(input => new PublicationInput(input.Key, input.Value.Id, null)),
                    .. sources.Concat(result.Sources).Select(s => new PublicationInput(s.Kind, null, s)),
                ],
                result.Versions, result.Facts),
            Stop);
        return new TaskOutcome(order.RunId, sources, versions, result.Warnings);
    }

    public async ValueTask DisposeAsync()
    {
        await Open.DisposeAsync();
        _scratch.Dispose();
    }

    async Task<Dictionary<string, ThingVersion>> ReferencesAsync(TaskDefinition task)
    {
        var found = new Dictionary<string, ThingVersion>();
        foreach (var reference in task.References)
            if (await Lineage.RefAsync(reference.Kind, reference.Name, reference.Ref, Stop) is { } version)
                found[reference.Role] = version;
        return found;
    }

    async Task<Dictionary<string, ThingVersion>> PreviousAsync(TaskDefinition task)
    {
        var found = new Dictionary<string, ThingVersion>();
        foreach (var output in task.Outputs.Where(output => output.IsIncremental))
            if ((await Lineage.VersionsAsync(output.Kind, output.Name, Stop)).FirstOrDefault() is { } version)
                found[output.Name] = version;
        return found;
    }

    async Task<ThingVersion> NewestObjectOfAsync(Pipeline pipeline, string task) => await Catalog.ReadAsync(
        session => session.First(
            $"""
            {LineageGraph.VersionColumns} where version_id in (
                select e.version_id from lineage_edge e join run r on r.run_id = e.run_id
                where r.name = @name and e.is_output = 1 order by r.run_id desc limit 1)
            """,
            LineageGraph.ReadVersion, ("name", $"{pipeline.Name}/{task}"))!,
        Stop);
}
