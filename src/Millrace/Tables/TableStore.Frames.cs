using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Millrace.Lineage;
using Millrace.Tables.Frames;
using Millrace.Tables.Queries;

namespace Millrace.Tables;

/// <summary>Tables as frames.</summary>
public sealed partial class TableStore
{
    /// <summary>Makes frames that can be written to tables.</summary>
    public FrameEngine Frames => new(_process.Path, new FrameOptions(), this);

    /// <summary>The rows of a version of a table.</summary>
    public Frame Frame(TableSnapshot snapshot) => Frames.Table(snapshot);

    /// <summary>The rows of a table at the version that it has now, or at one that is named: <c>photos</c>,
    /// <c>photos@v3</c>, <c>photos@2026-03-01</c>.</summary>
    /// <exception cref="MillraceException"><c>thing-unknown</c>, <c>version-unknown</c>, <c>table-log-damaged</c>.
    /// </exception>
    public async Task<Frame> FrameAsync(string name, CancellationToken cancellationToken = default)
    {
        var thing = ThingName.Parse(name);
        var version = await _lineage.ResolveAsync(thing with { Kind = "table" }, cancellationToken)
            .ConfigureAwait(false);
        return Frames.Table(Open(version));
    }

    /// <summary>The rows of a query over tables, each under its name as it is now; <c>photos@v3</c> is another
    /// version. It is SQL, so no text from outside may be put into it.</summary>
    /// <param name="sql">One query of DuckDB.</param>
    /// <param name="frames">Frames that the query names as tables.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Frame> SqlFrameAsync(
        string sql, IReadOnlyList<(string Name, Frame Frame)>? frames = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        var text = VersionedNames.Quote(sql);
        var sources = new List<(string, FrameSource)>();
        var entries = await ListAsync(cancellationToken).ConfigureAwait(false);
        foreach (var name in NamesIn(text).Where(name => frames?.Any(frame => frame.Name == name) != true))
        {
            // What is no table is a file, or DuckDB tells that there is none.
            if (entries.Find(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } entry)
            {
                sources.Add((name, new TableFrameSource(Open(entry.Newest))));
            }
            else if (name.LastIndexOf('@') is > 0 and var at && SqlName.IsTable(name[..at]))
            {
                var version = await _lineage.ResolveAsync(
                    ThingName.Parse(name) with { Kind = "table" }, cancellationToken).ConfigureAwait(false);
                sources.Add((name, new TableFrameSource(Open(version))));
            }
        }

        return Frames.Sql(text, sources, frames ?? []);
    }

    /// <summary>Writes rows to a table as its next version, with a run that says where they come from. Nothing is
    /// visible before all is.</summary>
    /// <param name="kind">What makes the rows: <c>frame</c> or <c>sql</c>; stands in the run's name.</param>
    /// <param name="table">The table; made when it is not there.</param>
    /// <param name="sql">What gives the rows, for the run.</param>
    /// <param name="inputs">What they come from.</param>
    /// <param name="engines">Other engines that compute some of them, and what they are asked.</param>
    /// <param name="stage">Writes them.</param>
    /// <param name="cancellationToken">Interrupts the writing; once the rows are written they are published.</param>
    internal async Task<ThingVersion> WriteRowsAsync(
        string kind, string table, string sql, IReadOnlyList<PublicationInput> inputs,
        IReadOnlyList<(string Engine, string Sql)> engines,
        Func<TableStage, Task<StagedTable>> stage, CancellationToken cancellationToken)
    {
        SqlName.CheckTable(table);
        var attemptId = Guid.CreateVersion7().ToString("N");
        var run = await StartRunAsync($"{kind}/{table}", sql, engines, cancellationToken).ConfigureAwait(false);
        StagedTable? staged = null;
        try
        {
            staged = await stage(new TableStage(Folder, attemptId)).ConfigureAwait(false);
            var versions = await PublishAsync(
                new Publication(attemptId, run, [new PublishedTable(table, staged, "{}")], inputs, [], []),
                CancellationToken.None).ConfigureAwait(false);
            return versions[0];
        }
        // What has begun to be published is completed by the next process that opens the workspace.
        catch (Exception exception) when (exception is not MillraceException { Code: TablePublisher.UnfinishedCode })
        {
            await FailRunAsync(run, staged, exception).ConfigureAwait(false);
            throw;
        }
    }

    async Task<string> StartRunAsync(
        string name, string sql, IReadOnlyList<(string Engine, string Sql)> engines,
        CancellationToken cancellationToken)
    {
        var code = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\n', engines.Select(engine => engine.Sql).Prepend(sql)))));
        var parameters = new JsonObject { ["sql"] = sql };
        if (engines.Count > 0)
        {
            parameters["engines"] = new JsonArray([.. engines.Select(engine => (JsonNode)new JsonObject
            {
                ["engine"] = engine.Engine, ["sql"] = engine.Sql,
            })]);
        }

        var id = Guid.CreateVersion7().ToString("N");
        await _catalog.WriteAsync(
            session =>
            {
                LineageLog.StartRun(session, new Run(
                    id, "command", name, null, null, code, parameters.ToJsonString(), RunOutcome.Running, null,
                    Catalog.CatalogTime.FromMicroseconds(session.Now), null));
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        return id;
    }

    /// <summary>Records why rows were not written, and deletes what was staged.</summary>
    Task FailRunAsync(string run, StagedTable? staged, Exception exception)
    {
        foreach (var file in staged?.Files ?? [])
        {
            var folder = Path.Combine(Folder, staged!.Name);
            File.Delete(Path.Combine(folder, file.Path));
            if (file.ObjectList is not null)
                File.Delete(Path.Combine(folder, file.ObjectList));
        }

        var outcome = exception is OperationCanceledException ? RunOutcome.Cancelled : RunOutcome.Failed;
        return _catalog.WriteAsync(
            session =>
            {
                LineageLog.EndRun(session, run, outcome, exception.Message);
                return 0;
            },
            CancellationToken.None);
    }

    List<string> NamesIn(string sql)
    {
        using var session = OpenSession();
        return [.. SqlReader.Read(session, sql).Tables.Where(relation => relation.Schema.Length == 0)
            .Select(relation => relation.Name)];
    }
}
