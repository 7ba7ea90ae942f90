using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Millrace.Lineage;
using Millrace.Tables.Frames;

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

    /// <summary>The rows of a query over tables, each under its name as it is now; <c>"photos@v3"</c>, in double
    /// quotes, is another version. It is SQL, so no text from outside may be put into it.</summary>
    /// <param name="sql">One query of DuckDB.</param>
    /// <param name="frames">Frames that the query names as tables.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Frame> SqlFrameAsync(
        string sql, IReadOnlyList<(string Name, Frame Frame)>? frames = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        var sources = new List<(string, FrameSource)>();
        foreach (var entry in await ListAsync(cancellationToken).ConfigureAwait(false))
        {
            // A name that the text does not hold can't be meant; the others may be.
            if (sql.Contains(entry.Name, StringComparison.OrdinalIgnoreCase))
                sources.Add((entry.Name, new TableFrameSource(Open(entry.Newest))));
        }

        foreach (var name in VersionName().Matches(sql).Select(match => match.Groups[1].Value).Distinct())
        {
            var version = await _lineage.ResolveAsync(
                ThingName.Parse(name) with { Kind = "table" }, cancellationToken).ConfigureAwait(false);
            sources.Add((name, new TableFrameSource(Open(version))));
        }

        return Frames.Sql(sql, sources, frames ?? []);
    }

    /// <summary>Writes files of an attempt.</summary>
    internal TableStage StageOf(string attemptId) => new(Place, attemptId);

    /// <summary>Records that a frame is being written.</summary>
    internal async Task<string> StartFrameRunAsync(string table, string sql, CancellationToken cancellationToken)
    {
        var code = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
        var id = Guid.CreateVersion7().ToString("N");
        await _catalog.WriteAsync(
            session =>
            {
                LineageLog.StartRun(session, new Run(
                    id, "command", $"frame/{table}", null, null, code,
                    new JsonObject { ["sql"] = sql }.ToJsonString(), RunOutcome.Running, null,
                    Catalog.CatalogTime.FromMicroseconds(session.Now), null));
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        return id;
    }

    /// <summary>Records why a frame was not written, and deletes what it staged.</summary>
    internal Task FailFrameRunAsync(string run, StagedTable? staged, Exception exception)
    {
        if (staged is not null)
            StageOf("").Drop(staged.Name, staged.Files);

        var outcome = exception is OperationCanceledException ? RunOutcome.Cancelled : RunOutcome.Failed;
        return _catalog.WriteAsync(
            session =>
            {
                LineageLog.EndRun(session, run, outcome, exception.Message);
                return 0;
            },
            CancellationToken.None);
    }

    [GeneratedRegex("\"([A-Za-z_][A-Za-z0-9_$]*@[^\"]+)\"")]
    private static partial Regex VersionName();
}
