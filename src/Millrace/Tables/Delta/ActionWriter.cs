using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>Writes actions as JSON, one a line. Delta protocol, "Actions".</summary>
sealed class ActionWriter(Stream stream)
{
    public void Protocol(DeltaProtocol protocol) => Line("protocol", json =>
    {
        json.WriteNumber("minReaderVersion", protocol.MinReaderVersion);
        json.WriteNumber("minWriterVersion", protocol.MinWriterVersion);
        Names(json, "readerFeatures", protocol.ReaderFeatures);
        Names(json, "writerFeatures", protocol.WriterFeatures);
    });

    public void Metadata(DeltaMetadata metadata) => Line("metaData", json =>
    {
        json.WriteString("id", metadata.Id);
        Optional(json, "name", metadata.Name);
        Optional(json, "description", metadata.Description);
        json.WriteStartObject("format");
        json.WriteString("provider", "parquet");
        json.WriteStartObject("options");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("schemaString", metadata.Schema.ToDelta());
        Names(json, "partitionColumns", metadata.PartitionColumns);
        json.WriteStartObject("configuration");
        foreach (var (key, value) in metadata.Configuration.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        if (metadata.CreatedTime is { } created)
        {
            json.WriteNumber("createdTime", created);
        }
    });

    public void Transaction(TransactionMark mark) => Line("txn", json =>
    {
        json.WriteString("appId", mark.AppId);
        json.WriteNumber("version", mark.Version);
        Optional(json, "lastUpdated", mark.LastUpdated);
    });

    public void Domain(DomainMetadata domain) => Line("domainMetadata", json =>
    {
        json.WriteString("domain", domain.Domain);
        json.WriteString("configuration", domain.Configuration);
        json.WriteBoolean("removed", domain.IsRemoved);
    });

    public void Add(DataFile file, long modificationTime, bool isDataChange) => Line("add", json =>
    {
        json.WriteString("path", file.LogPath ?? DeltaPath.Encode(file.Path));
        Map(json, "partitionValues", file.PartitionValues);
        json.WriteNumber("size", file.SizeBytes);
        json.WriteNumber("modificationTime", modificationTime);
        json.WriteBoolean("dataChange", isDataChange);
        if (file.Statistics is not ("" or "{}"))
        {
            json.WriteString("stats", file.Statistics);
        }

        var tags = Tags(file).ToList();
        if (tags.Count > 0)
        {
            json.WriteStartObject("tags");
            tags.ForEach(tag => json.WriteString(tag.Key, tag.Value));
            json.WriteEndObject();
        }

        Vector(json, file.DeletionVector);
        Optional(json, "baseRowId", file.BaseRowId);
        Optional(json, "defaultRowCommitVersion", file.DefaultRowCommitVersion);
        Optional(json, "clusteringProvider", file.ClusteringProvider);
    });

    public void Remove(DataFile file, long time, bool isDataChange) => Line("remove", json =>
    {
        json.WriteString("path", file.LogPath ?? DeltaPath.Encode(file.Path));
        json.WriteNumber("deletionTimestamp", time);
        json.WriteBoolean("dataChange", isDataChange);
        if (file.PartitionValues.Count > 0)
        {
            json.WriteBoolean("extendedFileMetadata", true);
            Map(json, "partitionValues", file.PartitionValues);
        }

        json.WriteNumber("size", file.SizeBytes);
        Vector(json, file.DeletionVector);
        Optional(json, "baseRowId", file.BaseRowId);
        Optional(json, "defaultRowCommitVersion", file.DefaultRowCommitVersion);
    });

    /// <summary>A file that was removed before, for a checkpoint.</summary>
    public void Removed(RemovedFile file) => Line("remove", json =>
    {
        json.WriteString("path", file.LogPath ?? DeltaPath.Encode(file.Path));
        Optional(json, "deletionTimestamp", file.DeletionTime);
        json.WriteBoolean("dataChange", false);
        if (file.PartitionValues is not null && file.SizeBytes is not null)
        {
            json.WriteBoolean("extendedFileMetadata", true);
            Map(json, "partitionValues", file.PartitionValues);
            Optional(json, "size", file.SizeBytes);
        }

        Vector(json, file.DeletionVector);
        Optional(json, "baseRowId", file.BaseRowId);
        Optional(json, "defaultRowCommitVersion", file.DefaultRowCommitVersion);
    });

    public void Change(ChangeFile file) => Line("cdc", json =>
    {
        json.WriteString("path", DeltaPath.Encode(file.Path));
        Map(json, "partitionValues", file.PartitionValues);
        json.WriteNumber("size", file.SizeBytes);
        json.WriteBoolean("dataChange", false);
    });

    /// <summary>One action.</summary>
    public void Line(string action, Action<Utf8JsonWriter> body)
    {
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject(action);
            body(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        stream.Write("\n"u8);
    }

    static IEnumerable<KeyValuePair<string, string>> Tags(DataFile file)
    {
        if (file.Hash.Length > 0)
        {
            yield return new("millrace.sha256", file.Hash);
        }

        if (file.ObjectList is not null)
        {
            yield return new("millrace.objects", file.ObjectList);
        }

        foreach (var tag in file.Tags.Where(tag => tag.Key is not ("millrace.sha256" or "millrace.objects")))
        {
            yield return tag;
        }
    }

    static void Vector(Utf8JsonWriter json, DeletionVector? vector)
    {
        if (vector is null)
        {
            return;
        }

        json.WriteStartObject("deletionVector");
        json.WriteString("storageType", vector.StorageType);
        json.WriteString("pathOrInlineDv", vector.PathOrInline);
        Optional(json, "offset", vector.Offset);
        json.WriteNumber("sizeInBytes", vector.SizeBytes);
        json.WriteNumber("cardinality", vector.Cardinality);
        json.WriteEndObject();
    }

    static void Map(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string?> map)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    static void Names(Utf8JsonWriter json, string name, IReadOnlyList<string>? names)
    {
        if (names is null)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in names)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    static void Optional(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
