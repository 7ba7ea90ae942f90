using System.Text.Json.Nodes;
using Millrace.Lineage;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>A run that adds to a table and to its quarantine while nobody else does: it is recorded, holds the leases
/// of both, and ends with a publication or without.</summary>
sealed class TableLease(IngestPlaces places, IngestSettings settings, IProgress<IngestProgress>? progress)
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    readonly string[] _leases = [$"table:{settings.Table}", $"table:{settings.Table}$quarantine"];
    Run _run = null!;

    /// <summary>Names the files and the publication of this run.</summary>
    public string AttemptId { get; } = Guid.CreateVersion7().ToString("N");

    /// <summary>Does the work under the lease; what it throws ends the run.</summary>
    public async Task<T> HoldAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        _run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", $"ingest/{settings.Table}", null, null, "ingest/1",
            Parameters(), RunOutcome.Running, null, places.Time.GetUtcNow(), null);
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
    public Task<IReadOnlyList<ThingVersion>> PublishAsync(
        IReadOnlyList<PublishedTable> tables,
        IEnumerable<ExternalVersion> inputs,
        TableEntry? before,
        CancellationToken cancellationToken)
    {
        var read = inputs.Select(input => new PublicationInput("file", null, input));
        if (before is not null && settings.Mode == TableMode.Append)
        {
            read = read.Append(new PublicationInput(LineageNode.PreviousRole, before.Newest.Id, null));
        }

        var done = TaskLedger.Fact(new TaskResultFact(
            $"ingest:{AttemptId}", "ingest", settings.Table, AttemptId, _leases, IsProvisional: true));
        return places.Tables.PublishAsync(
            new Publication(AttemptId, _run.Id, tables, [.. read], [], [done]), cancellationToken);
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

    string Parameters() => new JsonObject
    {
        ["sources"] = string.Join(' ', settings.Sources),
        ["mode"] = settings.Mode == TableMode.Append ? "append" : "overwrite",
    }.ToJsonString();
}
