using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>Reads actions from JSON. Delta protocol, "Actions"; what it does not know it leaves out, as the protocol
/// asks.</summary>
/// <param name="table">The table's name, for messages.</param>
/// <param name="place">The table's folder.</param>
/// <param name="isCheckpoint">In a checkpoint an action may be null, its statistics are not looked at, and an action
/// may come twice.</param>
sealed class ActionReader(string table, string place, bool isCheckpoint)
{
    readonly Dictionary<string, string?> _addedVectors = new(StringComparer.Ordinal);

    /// <summary>Reads one action.</summary>
    /// <exception cref="Exception">One of those of <see cref="IsDamage"/>.</exception>
    public void Read(JsonElement action, DeltaActions into)
    {
        foreach (var part in action.EnumerateObject())
        {
            if (part.Value.ValueKind == JsonValueKind.Null && isCheckpoint)
            {
                continue;
            }

            switch (part.Name)
            {
                case "add":
                    Add(part.Value, into);
                    break;
                case "remove":
                    into.Removed.Add(ReadRemove(part.Value));
                    break;
                case "cdc":
                    into.Changes.Add(new ChangeFile(
                        DeltaPath.Decode(Text(part.Value, "path"), place),
                        JsonMap.Read(part.Value, "partitionValues") ?? JsonMap.Empty,
                        Number(part.Value, "size") ?? 0));
                    break;
                case "metaData":
                    RefuseTwice(into.Metadata, "metaData");
                    into.Metadata = ReadMetadata(part.Value);
                    break;
                case "protocol":
                    RefuseTwice(into.Protocol, "protocol");
                    into.Protocol = ReadProtocol(part.Value);
                    break;
                case "txn":
                    into.Transactions.Add(new TransactionMark(
                        Text(part.Value, "appId"), Number(part.Value, "version") ?? 0,
                        Number(part.Value, "lastUpdated")));
                    break;
                case "domainMetadata":
                    into.Domains.Add(new DomainMetadata(
                        Text(part.Value, "domain"), OptionalText(part.Value, "configuration") ?? "",
                        Flag(part.Value, "removed") ?? false));
                    break;
                case "commitInfo":
                    into.Note = ReadNote(part.Value);
                    break;
                case "sidecar":
                    into.Sidecars.Add(Path.GetFileName(Uri.UnescapeDataString(Text(part.Value, "path"))));
                    break;
            }
        }
    }

    /// <summary>Whether an exception says that the bytes are not what the protocol asks for.</summary>
    public static bool IsDamage(Exception exception) => exception is JsonException or InvalidDataException
        or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException;

    void Add(JsonElement add, DeltaActions into)
    {
        var file = ReadAdd(add);
        if (!isCheckpoint && !_addedVectors.TryAdd(file.Path, file.DeletionVector?.UniqueId)
            && _addedVectors[file.Path] != file.DeletionVector?.UniqueId)
        {
            throw new InvalidDataException($"'{file.Path}' is added twice, with two deletion vectors");
        }

        into.Added.Add(file);
    }

    DataFile ReadAdd(JsonElement add)
    {
        var statistics = OptionalText(add, "stats") ?? "{}";
        if (!isCheckpoint)
        {
            // A checkpoint may hold very many; there a damaged one shows when it is asked.
            using var parsed = JsonDocument.Parse(statistics);
            _ = parsed.RootElement.TryGetProperty("numRecords", out var count) ? count.GetInt64() : 0;
        }

        var uri = Text(add, "path");
        var path = DeltaPath.Decode(uri, place);
        var tags = JsonMap.Read(add, "tags");
        return new DataFile(
            path, Number(add, "size") ?? throw new KeyNotFoundException("'size' is missing"),
            DataFile.UnknownRowCount, tags?.GetValueOrDefault("millrace.sha256") ?? "", statistics,
            tags?.GetValueOrDefault("millrace.objects"))
        {
            LogPath = DeltaPath.Kept(uri, path),
            PartitionValues = JsonMap.Read(add, "partitionValues") ?? JsonMap.Empty,
            DeletionVector = ReadVector(add),
            ModificationTime = Number(add, "modificationTime") ?? 0,
            IsDataChange = Flag(add, "dataChange"),
            Tags = JsonMap.WithoutNulls(tags),
            BaseRowId = Number(add, "baseRowId"),
            DefaultRowCommitVersion = Number(add, "defaultRowCommitVersion"),
            ClusteringProvider = OptionalText(add, "clusteringProvider"),
        };
    }

    RemovedFile ReadRemove(JsonElement remove)
    {
        var uri = Text(remove, "path");
        var path = DeltaPath.Decode(uri, place);
        return new RemovedFile(
            path, ReadVector(remove), Number(remove, "deletionTimestamp"),
            Flag(remove, "dataChange") ?? true)
        {
            LogPath = DeltaPath.Kept(uri, path),
            PartitionValues = JsonMap.Read(remove, "partitionValues"),
            SizeBytes = Number(remove, "size"),
            BaseRowId = Number(remove, "baseRowId"),
            DefaultRowCommitVersion = Number(remove, "defaultRowCommitVersion"),
        };
    }

    static DeletionVector? ReadVector(JsonElement file) =>
        file.TryGetProperty("deletionVector", out var vector) && vector.ValueKind == JsonValueKind.Object
            ? new DeletionVector(
                Text(vector, "storageType"), Text(vector, "pathOrInlineDv"), (int?)Number(vector, "offset"),
                checked((int)(Number(vector, "sizeInBytes") ?? 0)), Number(vector, "cardinality") ?? 0)
            : null;

    DeltaMetadata ReadMetadata(JsonElement metadata)
    {
        if (metadata.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.Object
            && OptionalText(format, "provider") is { } provider && provider != "parquet")
        {
            throw new MillraceException(
                ErrorKind.Invalid, "table-feature-unknown",
                $"Table '{table}' keeps its rows in files of the format '{provider}'; only 'parquet' can be read.",
                "Write a copy of the table in Parquet.");
        }

        var schema = DeltaSchema.Read(Text(metadata, "schemaString"), table);
        List<string> partitions = [.. metadata.GetProperty("partitionColumns").EnumerateArray()
            .Select(column => column.GetString() ?? throw new InvalidDataException("a partition column is null"))];
        if (partitions.FirstOrDefault(name => schema.Find(name) is null) is { } missing)
        {
            throw new InvalidDataException($"the partition column '{missing}' is not in the schema");
        }

        return new DeltaMetadata(
            Text(metadata, "id"), schema, partitions, JsonMap.WithoutNulls(JsonMap.Read(metadata, "configuration")))
        {
            Name = OptionalText(metadata, "name"),
            Description = OptionalText(metadata, "description"),
            CreatedTime = Number(metadata, "createdTime"),
        };
    }

    DeltaProtocol ReadProtocol(JsonElement element)
    {
        var protocol = new DeltaProtocol(
            element.GetProperty("minReaderVersion").GetInt32(), element.GetProperty("minWriterVersion").GetInt32(),
            Names(element, "readerFeatures"), Names(element, "writerFeatures"));
        protocol.CheckReadable(table);
        return protocol;
    }

    // Anything may stand in it, so what is not as expected counts as absent.
    static CommitNote? ReadNote(JsonElement note) => note.ValueKind != JsonValueKind.Object ? null : new CommitNote(
        LooseNumber(note, "timestamp"), LooseNumber(note, "inCommitTimestamp"), LooseText(note, "operation"),
        Raw(note, "operationParameters"), Raw(note, "operationMetrics"), LooseText(note, "engineInfo"),
        LooseText(note, "attemptId"), LooseText(note, "runId"));

    void RefuseTwice(object? before, string action)
    {
        if (before is not null && !isCheckpoint)
        {
            throw new InvalidDataException($"'{action}' stands twice in one version");
        }
    }

    static string Text(JsonElement element, string name) => !element.TryGetProperty(name, out var value)
        ? throw new InvalidDataException($"'{name}' is missing")
        : value.GetString() ?? throw new InvalidDataException($"'{name}' is null");

    static string? OptionalText(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    static long? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetInt64() : null;

    static bool? Flag(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean() : null;

    static List<string>? Names(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? [.. value.EnumerateArray().Select(
                item => item.GetString() ?? throw new InvalidDataException($"a name in '{name}' is null"))]
            : null;

    static long? LooseNumber(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number) ? number : null;

    static string? LooseText(JsonElement element, string name) => OptionalText(element, name);

    static string? Raw(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value.GetRawText() : null;
}
