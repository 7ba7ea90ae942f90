using System.Text.Json;
using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>Writes the JSON of one version of a Delta log: one action a line.</summary>
/// <remarks>Delta protocol, "Actions". The attempt's id stands in <c>commitInfo</c> and as a <c>txn</c>, by which a
/// publication that was cut off is found again.</remarks>
static class DeltaEntry
{
    const string InCommitTimes = "delta.enableInCommitTimestamps";

    static readonly IReadOnlyDictionary<string, string> NoProperties = new Dictionary<string, string>();

    public static byte[] Build(
        StagedTable table, TableSnapshot? before, string tableId, string attemptId, string runId, DateTimeOffset now)
    {
        var time = now.ToUnixTimeMilliseconds();
        var change = table.Change;
        var metadata = Metadata(table, before, tableId, time);
        var isDataChange = change?.IsDataChange ?? true;
        using var stream = new MemoryStream();
        var actions = new ActionWriter(stream);
        actions.Line("commitInfo", json =>
        {
            if ((metadata ?? before?.Metadata)?.Is(InCommitTimes) == true)
            {
                // It must come first, and be later than that of the version before.
                json.WriteNumber("inCommitTimestamp", Math.Max(time, (before?.Note?.InCommitTime ?? 0) + 1));
            }

            WriteNote(json, table, time, attemptId, runId);
        });
        foreach (var mark in (change?.Transactions ?? []).Prepend(new TransactionMark(attemptId, 1, time)))
        {
            actions.Transaction(mark);
        }

        if (change?.Protocol is { } protocol)
        {
            actions.Protocol(protocol);
        }
        else if (before is null)
        {
            actions.Protocol(DeltaProtocol.Basic);
        }

        if (metadata is not null)
        {
            actions.Metadata(metadata);
        }

        foreach (var domain in change?.Domains ?? [])
        {
            actions.Domain(domain);
        }

        foreach (var file in Gone(table, before))
        {
            actions.Remove(file, time, isDataChange);
        }

        foreach (var file in table.Files)
        {
            actions.Add(file, time, isDataChange);
        }

        foreach (var file in change?.Changes ?? [])
        {
            actions.Change(file);
        }

        return stream.ToArray();
    }

    /// <summary>The files of the version before that are not in this one.</summary>
    static IEnumerable<DataFile> Gone(StagedTable table, TableSnapshot? before)
    {
        if (table.Change is { } change)
        {
            return change.Removed;
        }

        if (table.Mode != TableMode.Overwrite || before is null)
        {
            return [];
        }

        var added = table.Files.Select(file => file.Key).ToHashSet(StringComparer.Ordinal);
        return before.Files.Where(file => !added.Contains(file.Key));
    }

    static DeltaMetadata? Metadata(StagedTable table, TableSnapshot? before, string tableId, long time)
    {
        if (table.Change is { } change)
        {
            return change.Metadata is null ? null : change.Metadata with
            {
                Id = before?.TableId ?? tableId,
                CreatedTime = change.Metadata.CreatedTime ?? time,
            };
        }

        if (before is { IsDropped: true })
        {
            // Nothing of what the table was said to be holds for the one that takes its name.
            return new DeltaMetadata(before.TableId, table.Schema, [], NoProperties) { CreatedTime = time };
        }

        return before is not null && before.Schema.Equals(table.Schema) ? null : new DeltaMetadata(
            before?.TableId ?? tableId, table.Schema, before?.PartitionColumns ?? [],
            before?.Metadata.Configuration ?? NoProperties)
        {
            Name = before?.Metadata.Name,
            Description = before?.Metadata.Description,
            CreatedTime = time,
        };
    }

    static void WriteNote(Utf8JsonWriter json, StagedTable table, long time, string attemptId, string runId)
    {
        json.WriteNumber("timestamp", time);
        json.WriteString("operation", table.Change?.Operation ?? "WRITE");
        json.WritePropertyName("operationParameters");
        if (table.Change is { } change)
        {
            json.WriteRawValue(change.Parameters);
            json.WriteNumber("readVersion", change.ReadVersion);
            json.WriteString("isolationLevel", "Serializable");
            json.WriteBoolean("isBlindAppend", change.ReadCondition is null && change.Removed.Count == 0);
            json.WritePropertyName("operationMetrics");
            json.WriteRawValue(change.Metrics);
        }
        else
        {
            json.WriteStartObject();
            json.WriteString("mode", table.Mode == TableMode.Append ? "Append" : "Overwrite");
            json.WriteEndObject();
        }

        json.WriteString("engineInfo", "Millrace/1");
        json.WriteString("attemptId", attemptId);
        json.WriteString("runId", runId);
    }
}
