using Millrace.Tables.Frames;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Engines;

/// <summary>A ClickHouse server that computes frames and queries over the workspace's tables. A newer one reads the
/// tables in place; to an older one they are loaded.</summary>
/// <remarks>May be used from several threads. Answers are whole or an error: a node that is down, a limit that cuts off
/// and an answer that stops are errors.</remarks>
public sealed class ClickHouseEngine : IDisposable
{
    readonly EngineSettings _settings;
    readonly TableStore _tables;
    readonly ClickHouseConnection _connection;
    readonly LoadedTables _loaded;
    readonly TableReach _reach;
    readonly SemaphoreSlim _asking = new(1);
    ServerVersion? _version;

    /// <param name="settings">Where the server is.</param>
    /// <param name="tables">What it computes over.</param>
    /// <exception cref="MillraceException"><c>engine-settings</c>.</exception>
    public ClickHouseEngine(EngineSettings settings, TableStore tables)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(tables);
        _settings = settings;
        _tables = tables;
        _reach = new TableReach(settings);
        _connection = new ClickHouseConnection(settings, settings.Url);
        _loaded = new LoadedTables(settings, _connection, tables);
    }

    /// <summary>What it is called in <c>millrace.yaml</c>.</summary>
    public string Name => _settings.Name;

    /// <summary>The rows of a frame, computed there when rows are asked for.</summary>
    /// <param name="frame">Over tables of the workspace only.</param>
    /// <exception cref="MillraceException">When rows are asked for: <c>engine-feature</c>, <c>engine-unreachable</c>,
    /// <c>engine-login</c>, <c>engine-query</c>, <c>engine-node-down</c>, <c>engine-timeout</c>, <c>engine-answer</c>,
    /// <c>memory-limit</c>.</exception>
    public Frame Run(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return _tables.Frames.With(frame.Engine.Options).FromSource(new EngineFrameSource(
            this, frame.Schema(), [.. frame.Query().Sources.Select(source => source.Source)],
            cancellationToken => PrepareAsync(frame, cancellationToken), frame.Explain()));
    }

    /// <summary>The rows of a query in ClickHouse's own SQL, in which tables of the workspace stand under their names;
    /// <c>"photos@v3"</c> is another version.</summary>
    /// <exception cref="MillraceException"><c>engine-statement</c>: it does more than read; and as for
    /// <see cref="Run"/>.</exception>
    public async Task<Frame> SqlAsync(string sql, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        var script = ClickHouseScript.Read(sql);
        var version = await VersionAsync(cancellationToken).ConfigureAwait(false);
        if (version < ServerVersion.ReadsTables)
            script.CheckFor(version);
        var found = new Dictionary<string, TableSnapshot>(StringComparer.Ordinal);
        foreach (var name in script.Tables)
        {
            if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } snapshot)
                found[name] = snapshot;
        }

        var query = await WriteAsync(
            snapshots => script.Write(name => found.TryGetValue(name, out var snapshot) ? snapshots(snapshot) : null),
            [.. found.Values], version, cancellationToken).ConfigureAwait(false);
        var columns = await new AnswerColumns(_connection, version).DescribeAsync(query.Sql, cancellationToken)
            .ConfigureAwait(false);
        query = query with
        {
            Sql = AnswerColumns.Given(query.Sql, columns),
            Columns = [.. columns.Select(column => column.Column)],
        };
        return _tables.Frames.FromSource(new EngineFrameSource(
            this, query.Columns, [.. found.Values.Select(snapshot => new TableFrameSource(snapshot))],
            _ => Task.FromResult(query), "a query of its own"));
    }

    /// <summary>Runs a query as <see cref="SqlAsync"/> does, and gives its rows as those of a query of here.</summary>
    /// <param name="sql">One query.</param>
    /// <param name="options">How its rows are read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>engine-parameters</c>, and as for <see cref="SqlAsync"/>.</exception>
    public async Task<SqlQuery> PrepareAsync(
        string sql, SqlQueryOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Parameters.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "engine-parameters", "A query for an engine can't have parameters.",
                "Write the values into the query, or run it without '--engine'.");
        }

        var frame = await SqlAsync(sql, cancellationToken).ConfigureAwait(false);
        var query = frame.Query();
        var session = options.Session ?? _tables.Sql.OpenSession(options);
        try
        {
            foreach (var (source, view) in query.Sources)
                await source.AttachAsync(session, view, cancellationToken).ConfigureAwait(false);
            return new SqlQuery(
                _tables, session, options.Session is null, query.Sql,
                new SqlResolver(_tables.Sql, _tables, session, options))
            {
                Engines = await frame.EnginesAsync(cancellationToken).ConfigureAwait(false),
                ReadElsewhere = stop => frame.InputsAsync(_tables, stop),
            };
        }
        catch
        {
            if (options.Session is null)
                session.Dispose();
            throw;
        }
    }

    /// <summary>A frame as the server would get it, without keys.</summary>
    public async Task<string> ToSqlAsync(Frame frame, CancellationToken cancellationToken = default) =>
        (await PrepareAsync(frame, cancellationToken).ConfigureAwait(false)).Shown;

    /// <summary>The server's version, such as <c>26.7</c>; it is asked once.</summary>
    public async Task<string> ServerAsync(CancellationToken cancellationToken = default) =>
        (await VersionAsync(cancellationToken).ConfigureAwait(false)).ToString();

    /// <summary>Drops every table that was loaded to an older server.</summary>
    /// <returns>How many.</returns>
    public Task<int> DropLoadedAsync(CancellationToken cancellationToken = default) =>
        _loaded.DropAsync(_ => true, cancellationToken);

    public void Dispose()
    {
        _loaded.Dispose();
        _connection.Dispose();
        _asking.Dispose();
    }

    /// <summary>Runs a query and shows its rows as a view.</summary>
    internal async Task TakeAsync(
        EngineQuery query, SqlSession session, string view, CancellationToken cancellationToken)
    {
        var version = await VersionAsync(cancellationToken).ConfigureAwait(false);
        var isParquet = version >= ServerVersion.ReadsTables;
        var file = Path.Combine(_tables.Frames.TemporaryFolder, $"engine-{Guid.CreateVersion7():N}");
        session.Own(file);
        await _connection.ReadAsync(
            isParquet ? query.Sql : $"{query.Sql}\nformat CSV", ServerSettings.Of(_settings, version),
            async (response, stop) =>
            {
                if (isParquet)
                    await AnswerFile.TakeAsync(Name, response, file, stop).ConfigureAwait(false);
                else
                    await AnswerFile.TakeTextAsync(response, file, stop).ConfigureAwait(false);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        session.Execute(
            $"create or replace temp view {SqlName.Quote(view)} as "
            + AnswerColumns.Read(file, query.Columns, isParquet),
            cancellationToken);
    }

    async Task<ServerVersion> VersionAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _version ??= await _connection.VersionAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _asking.Release();
        }
    }

    async Task<EngineQuery> PrepareAsync(Frame frame, CancellationToken cancellationToken)
    {
        var version = await VersionAsync(cancellationToken).ConfigureAwait(false);
        var block = frame.Compile();
        var sources = new List<TableSnapshot>();
        // Once for what is refused, before anything is loaded.
        var trial = Write(snapshot =>
        {
            sources.Add(snapshot);
            return "t";
        });
        if (version < ServerVersion.ReadsTables)
            OlderServer.Check(trial, version);
        var query = await WriteAsync(Write, sources, version, cancellationToken).ConfigureAwait(false);
        return query with { Columns = frame.Schema() };

        string Write(Func<TableSnapshot, string> table)
        {
            using var session = _tables.OpenSession();
            return new ClickHouseDialect(new ExpressionTypes(session), version).Select(
                block, source => source is TableFrameSource of ? table(of.Snapshot) : throw EngineFault.Feature(
                    $"rows that come from elsewhere ({source.Label.Split('\n')[0]})",
                    "Write them to a table first: an engine reads the workspace's tables."));
        }
    }

    async Task<EngineQuery> WriteAsync(
        Func<Func<TableSnapshot, string>, string> write, IReadOnlyList<TableSnapshot> snapshots, ServerVersion version,
        CancellationToken cancellationToken)
    {
        if (version >= ServerVersion.ReadsTables)
        {
            return new EngineQuery(
                write(snapshot => _reach.Sql(snapshot, true)), write(snapshot => _reach.Sql(snapshot, false)), []);
        }

        var names = new Dictionary<TableSnapshot, string>(ReferenceEqualityComparer.Instance);
        foreach (var snapshot in snapshots)
        {
            if (!names.ContainsKey(snapshot))
                names[snapshot] = await _loaded.EnsureAsync(snapshot, version, cancellationToken).ConfigureAwait(false);
        }

        var sql = write(snapshot => ClickHouseText.Name(names[snapshot]));
        return new EngineQuery(sql, sql, []);
    }

    async Task<TableSnapshot?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Contains('@', StringComparison.Ordinal))
        {
            var version = await _tables.Lineage.ResolveAsync(
                Lineage.ThingName.Parse(name) with { Kind = "table" }, cancellationToken).ConfigureAwait(false);
            return _tables.Open(version);
        }

        return SqlName.IsTable(name)
            && await _tables.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } entry
                ? _tables.Open(entry.Newest) : null;
    }
}
