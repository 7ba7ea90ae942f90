using System.Text.Json;
using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>Writes the JSON of one version of a Delta log: one action a line.</summary>
/// <remarks>Delta protocol, "Actions". The attempt's id stands in <c>commitInfo</c> and as a <c>txn</c>, by which a
/// publication that was cut off is found again.</remarks>
static class DeltaEntry
{
    public static byte[] Build(
        StagedTable table, TableSnapshot? before, string tableId, string attemptId, string runId, DateTimeOffset now)
    {
        var time = now.ToUnixTimeMilliseconds();
        using var stream = new MemoryStream();
        Line(stream, json =>
        {
            json.WriteStartObject("commitInfo");
            json.WriteNumber("timestamp", time);
            json.WriteString("operation", "WRITE");
            json.WriteStartObject("operationParameters");
            json.WriteString("mode", table.Mode == TableMode.Append ? "Append" : "Overwrite");
            json.WriteEndObject();
            json.WriteString("engineInfo", "Millrace/1");
            json.WriteString("attemptId", attemptId);
            json.WriteString("runId", runId);
            json.WriteEndObject();
        });
        Line(stream, json =>
        {
            json.WriteStartObject("txn");
            json.WriteString("appId", attemptId);
            json.WriteNumber("version", 1);
            json.WriteNumber("lastUpdated", time);
            json.WriteEndObject();
        });
        if (before is null)
        {
            Line(stream, json =>
            {
                json.WriteStartObject("protocol");
                json.WriteNumber("minReaderVersion", 1);
                json.WriteNumber("minWriterVersion", 2);
                json.WriteEndObject();
            });
        }

        if (before is null || !before.Schema.Equals(table.Schema))
        {
            Line(stream, json => MetaData(json, table, before?.TableId ?? tableId, time));
        }

        var added = table.Files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        if (table.Mode == TableMode.Overwrite && before is not null)
        {
            foreach (var file in before.Files.Where(file => !added.ContainsKey(file.Path)))
            {
                Line(stream, json => Remove(json, file, time));
            }
        }

        foreach (var file in table.Files)
        {
            Line(stream, json => Add(json, file, time));
        }

        return stream.ToArray();
    }

    static void MetaData(Utf8JsonWriter json, StagedTable table, string tableId, long time)
    {
        json.WriteStartObject("metaData");
        json.WriteString("id", tableId);
        json.WriteStartObject("format");
        json.WriteString("provider", "parquet");
        json.WriteStartObject("options");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("schemaString", table.Schema.ToDelta());
        json.WriteStartArray("partitionColumns");
        json.WriteEndArray();
        json.WriteStartObject("configuration");
        json.WriteEndObject();
        json.WriteNumber("createdTime", time);
        json.WriteEndObject();
    }

    static void Remove(Utf8JsonWriter json, DataFile file, long time)
    {
        json.WriteStartObject("remove");
        json.WriteString("path", file.LogPath ?? DeltaPath.Encode(file.Path));
        json.WriteNumber("deletionTimestamp", time);
        json.WriteBoolean("dataChange", true);
        json.WriteNumber("size", file.SizeBytes);
        json.WriteEndObject();
    }

    static void Add(Utf8JsonWriter json, DataFile file, long time)
    {
        json.WriteStartObject("add");
        json.WriteString("path", file.LogPath ?? DeltaPath.Encode(file.Path));
        json.WriteStartObject("partitionValues");
        json.WriteEndObject();
        json.WriteNumber("size", file.SizeBytes);
        json.WriteNumber("modificationTime", time);
        json.WriteBoolean("dataChange", true);
        json.WriteString("stats", file.Statistics);
        json.WriteStartObject("tags");
        json.WriteString("millrace.sha256", file.Hash);
        if (file.ObjectList is not null)
        {
            json.WriteString("millrace.objects", file.ObjectList);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void Line(MemoryStream stream, Action<Utf8JsonWriter> body)
    {
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        stream.Write("\n"u8);
    }
}
