using System.Text.Json.Nodes;
using Millrace.Lineage;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>A run that adds to tables and to their quarantines while nobody else does: it is recorded, holds the leases
/// of all, and ends with a publication or without.</summary>
/// <param name="places">Where the tables are.</param>
/// <param name="tables">The tables, at least one.</param>
/// <param name="parameters">JSON object of what was asked for.</param>
/// <param name="progress">Told of whom it waits for.</param>
sealed class TableLease(
    IngestPlaces places, IReadOnlyList<string> tables, string parameters, IProgress<IngestProgress>? progress)
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    // In one order, so that two runs never wait for each other.
    readonly string[] _leases = [.. tables.SelectMany(table => new[] { $"table:{table}", $"table:{table}$quarantine" })
        .Order(StringComparer.Ordinal)];

    Run _run = null!;

    public TableLease(IngestPlaces places, IngestSettings settings, IProgress<IngestProgress>? progress)
        : this(places, [settings.Table], Parameters(settings), progress)
    {
    }

    /// <summary>Names the files and the publication of this run.</summary>
    public string AttemptId { get; } = Guid.CreateVersion7().ToString("N");

    /// <summary>Does the work under the lease; what it throws ends the run.</summary>
    public async Task<T> HoldAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        _run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", $"ingest/{tables[0]}", null, null, "ingest/1",
            parameters, RunOutcome.Running, null, places.Time.GetUtcNow(), null);
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == TablePublisher.UnfinishedCode)
        {
            // The publication stands: the lease is kept until this process ends, and the next one completes it.
            throw;
        }
        catch (Exception exception)
        {
            var outcome = exception is OperationCanceledException ? RunOutcome.Cancelled : RunOutcome.Failed;
            await places.Ledger.EndAsync(_run.Id, AttemptId, outcome, exception.Message, null).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes what was staged visible, and ends the run.</summary>
    /// <param name="staged">What is published.</param>
    /// <param name="inputs">What was read from outside.</param>
    /// <param name="before">The tables whose rows stay.</param>
    /// <param name="cancellationToken">Ends it before it began.</param>
    public Task<IReadOnlyList<ThingVersion>> PublishAsync(
        IReadOnlyList<PublishedTable> staged,
        IEnumerable<ExternalVersion> inputs,
        IEnumerable<TableEntry> before,
        CancellationToken cancellationToken)
    {
        var read = inputs.Select(input => new PublicationInput(input.Kind, null, input)).Concat(before.Select(
            entry => new PublicationInput(LineageNode.PreviousRole, entry.Newest.Id, null)));
        var done = TaskLedger.Fact(new TaskResultFact(
            $"ingest:{AttemptId}", "ingest", tables[0], AttemptId, _leases, IsProvisional: true));
        return places.Tables.PublishAsync(
            new Publication(AttemptId, _run.Id, staged, [.. read], [], [done]), cancellationToken);
    }

    /// <summary>Ends a run that has nothing to publish.</summary>
    public Task EndAsync() =>
        places.Ledger.EndAsync(_run.Id, AttemptId, RunOutcome.Succeeded, "nothing to add", null);

    async Task BeginAsync(CancellationToken cancellationToken)
    {
        LeaseHolder? told = null;
        while (true)
        {
            var start = await places.Ledger.BeginAsync(
                _run, AttemptId, _leases, isForced: true, cancellationToken).ConfigureAwait(false);
            if (start.Holder is not { } holder)
            {
                return;
            }

            if (!await places.Ledger.IsAliveAsync(holder, cancellationToken).ConfigureAwait(false))
            {
                await places.Tables.RecoverAsync(cancellationToken).ConfigureAwait(false);
                await places.Ledger.RecoverAsync(cancellationToken).ConfigureAwait(false);
            }

            if (told != holder)
            {
                told = holder;
                progress?.Report(new IngestProgress($"waiting for process {holder.Pid} on {holder.Machine}", 0, 0, 0));
            }

            await Task.Delay(Poll, places.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    static string Parameters(IngestSettings settings) => new JsonObject
    {
        ["sources"] = string.Join(' ', settings.Sources),
        ["mode"] = settings.Mode == TableMode.Append ? "append" : "overwrite",
    }.ToJsonString();
}
