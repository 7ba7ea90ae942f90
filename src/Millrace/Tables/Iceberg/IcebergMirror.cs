using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Iceberg;

/// <summary>Writes Iceberg metadata over the files of a Delta table, so that engines which read Iceberg see the same
/// rows. Apache Iceberg table spec, version 2.</summary>
/// <remarks><code>
/// metadata/v{N}.metadata.json   N is the Delta version + 1: schema, partitions, snapshots
/// metadata/snap-{N}.avro        the manifest list of the snapshot: one manifest
/// metadata/manifest-{N}.avro    every live file
/// metadata/version-hint.text    N, written last
/// </code>
/// The Delta log stays the truth: nothing here is ever read back but the list of older snapshots. Paths are absolute,
/// as the spec asks, so that a workspace which moved serves its tables again after their next version.</remarks>
static class IcebergMirror
{
    /// <summary>The table's property that switches it on.</summary>
    public const string Property = "millrace.iceberg";

    const string Folder = "metadata";
    const string HintPath = Folder + "/version-hint.text";
    const int MaxSnapshots = 100;

    const string ListSchema =
        """
        {"type":"record","name":"manifest_file","fields":[
        {"name":"manifest_path","type":"string","field-id":500},{"name":"manifest_length","type":"long","field-id":501},
        {"name":"partition_spec_id","type":"int","field-id":502},{"name":"content","type":"int","field-id":517},
        {"name":"sequence_number","type":"long","field-id":515},
        {"name":"min_sequence_number","type":"long","field-id":516},
        {"name":"added_snapshot_id","type":"long","field-id":503},
        {"name":"added_files_count","type":"int","field-id":504},
        {"name":"existing_files_count","type":"int","field-id":505},
        {"name":"deleted_files_count","type":"int","field-id":506},
        {"name":"added_rows_count","type":"long","field-id":512},
        {"name":"existing_rows_count","type":"long","field-id":513},
        {"name":"deleted_rows_count","type":"long","field-id":514}]}
        """;

    static readonly Dictionary<string, string> PartitionTypes = new(StringComparer.Ordinal)
    {
        ["string"] = "\"string\"",
        ["long"] = "\"long\"",
        ["integer"] = "\"int\"",
        ["short"] = "\"int\"",
        ["byte"] = "\"int\"",
        ["boolean"] = "\"boolean\"",
        ["date"] = """{"type":"int","logicalType":"date"}""",
    };

    /// <exception cref="MillraceException"><c>iceberg-unsupported</c>: what the table has and Iceberg can't
    /// say.</exception>
    public static void Check(TableSnapshot table)
    {
        var obstacle = table.Files.Any(file => file.DeletionVector is not null) ? "has files with deleted rows in them"
            : table.Files.Any(file => DeltaPath.IsWhole(file.Path)
            || file.Path.StartsWith("../", StringComparison.Ordinal))
                ? "names files of another table"
            : table.PartitionColumns.FirstOrDefault(
                name => !PartitionTypes.ContainsKey(table.Schema.Find(name)!.Type)) is { } column
                ? $"is parted by '{column}', which is {table.Schema.Find(column)!.Type}" : null;
        if (obstacle is not null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "iceberg-unsupported",
                $"Table '{table.Name}' {obstacle}, which its Iceberg mirror can't say.",
                $"Run 'millrace table optimize {table.Name}', or switch the mirror off (property '{Property}').");
        }
    }

    /// <summary>The number of the newest mirrored version's metadata; null when there is none.</summary>
    public static long? Newest(ITableFiles files)
    {
        using var hint = files.Open(HintPath);
        if (hint is null)
        {
            return null;
        }

        using var reader = new StreamReader(hint, Encoding.ASCII);
        return long.TryParse(reader.ReadToEnd(), CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>Mirrors one version, unless a newer one is there.</summary>
    public static void Write(TableSnapshot table, DateTimeOffset now)
    {
        Check(table);
        var number = table.Version + 1;
        var files = table.Storage;
        if (Newest(files) is { } newest && newest >= number)
        {
            return;
        }

        var schema = new IcebergSchema(table);
        var schemaJson = schema.ToJson();
        var spec = Spec(table, schema);
        var manifest = $"{Folder}/manifest-{number}.avro";
        var bytes = Manifest(table, number, schemaJson, spec);
        files.Put(manifest, bytes);
        var rows = table.Files.Sum(file => file.RowCount);
        using var list = new AvroFile(ListSchema, new Dictionary<string, string>
        {
            ["snapshot-id"] = Text(number),
            ["sequence-number"] = Text(number),
            ["format-version"] = "2",
        });
        list.Text(files.Address(manifest)).Number(bytes.Length).Number(0).Number(0).Number(number).Number(number)
            .Number(number).Number(table.Files.Count).Number(0).Number(0).Number(rows).Number(0).Number(0).EndRecord();
        var listPath = $"{Folder}/snap-{number}.avro";
        files.Put(listPath, list.ToArray());
        var metadata = Metadata(
            table, number, now.ToUnixTimeMilliseconds(), schema, schemaJson, spec, files.Address(listPath));
        files.Put($"{Folder}/v{number}.metadata.json", Encoding.UTF8.GetBytes(metadata.ToJsonString()));
        files.Put(HintPath, Encoding.ASCII.GetBytes(Text(number)));
    }

    static JsonArray Spec(TableSnapshot table, IcebergSchema schema) => new([.. table.PartitionColumns.Select(
        (name, i) => (JsonNode)new JsonObject
        {
            ["name"] = name, ["transform"] = "identity", ["source-id"] = schema.Id(name), ["field-id"] = 1000 + i,
        })]);

    static byte[] Manifest(TableSnapshot table, long number, JsonObject schema, JsonArray spec)
    {
        List<TableColumn> partitions = [.. table.PartitionColumns.Select(name => table.Schema.Find(name)!)];
        var fields = string.Join(",", partitions.Select((column, i) =>
            $"{{\"name\":\"p{i}\",\"type\":[\"null\",{PartitionTypes[column.Type]}],"
            + $"\"default\":null,\"field-id\":{1000 + i}}}"));
        using var manifest = new AvroFile(
            """
            {"type":"record","name":"manifest_entry","fields":[{"name":"status","type":"int","field-id":0},
            {"name":"snapshot_id","type":["null","long"],"default":null,"field-id":1},
            {"name":"sequence_number","type":["null","long"],"default":null,"field-id":3},
            {"name":"file_sequence_number","type":["null","long"],"default":null,"field-id":4},
            {"name":"data_file","type":{"type":"record","name":"r2","fields":[
            {"name":"content","type":"int","field-id":134},
            {"name":"file_path","type":"string","field-id":100},{"name":"file_format","type":"string","field-id":101},
            {"name":"partition","type":{"type":"record","name":"r102","fields":[
            """ + fields + """
            ]},"field-id":102},{"name":"record_count","type":"long","field-id":103},
            {"name":"file_size_in_bytes","type":"long","field-id":104}]},"field-id":2}]}
            """,
            new Dictionary<string, string>
            {
                ["schema"] = schema.ToJsonString(),
                ["schema-id"] = "0",
                ["partition-spec"] = spec.ToJsonString(),
                ["partition-spec-id"] = "0",
                ["format-version"] = "2",
                ["content"] = "data",
            });
        var physical = new Edits.PhysicalColumns(table);
        foreach (var file in table.Files)
        {
            manifest.Number(1).Optional(true).Number(number).Optional(true).Number(number).Optional(true).Number(number)
                .Number(0).Text(table.Address(file.Path)).Text("PARQUET");
            foreach (var column in partitions)
            {
                Value(manifest, column, file.PartitionValues.GetValueOrDefault(physical.Name(column)));
            }

            manifest.Number(file.RowCount).Number(file.SizeBytes).EndRecord();
        }

        return manifest.ToArray();
    }

    static void Value(AvroFile manifest, TableColumn column, string? value)
    {
        manifest.Optional(!string.IsNullOrEmpty(value));
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        _ = column.Type switch
        {
            "string" => manifest.Text(value),
            "boolean" => manifest.Boolean(value == "true"),
            "date" => manifest.Number(
                DateOnly.Parse(value, CultureInfo.InvariantCulture).DayNumber - new DateOnly(1970, 1, 1).DayNumber),
            _ => manifest.Number(long.Parse(value, CultureInfo.InvariantCulture)),
        };
    }

    static JsonObject Metadata(
        TableSnapshot table, long number, long time, IcebergSchema schema, JsonObject schemaJson, JsonArray spec,
        string list)
    {
        var snapshots = Older(table.Storage);
        snapshots.Add((JsonNode)new JsonObject
        {
            ["snapshot-id"] = number,
            ["sequence-number"] = number,
            ["timestamp-ms"] = time,
            ["manifest-list"] = list,
            ["schema-id"] = 0,
            ["summary"] = new JsonObject { ["operation"] = "overwrite", ["delta-version"] = Text(table.Version) },
        });
        var isGuid = Guid.TryParse(table.TableId, out var id);
        return new JsonObject
        {
            ["format-version"] = 2,
            ["table-uuid"] = (isGuid ? id : Guid.Empty).ToString(),
            ["location"] = table.Location,
            ["last-sequence-number"] = number,
            ["last-updated-ms"] = time,
            ["last-column-id"] = schema.LastId,
            ["schemas"] = new JsonArray(schemaJson.DeepClone()),
            ["current-schema-id"] = 0,
            ["partition-specs"] = new JsonArray(new JsonObject { ["spec-id"] = 0, ["fields"] = spec.DeepClone() }),
            ["default-spec-id"] = 0,
            ["last-partition-id"] = 999 + Math.Max(1, spec.Count),
            ["sort-orders"] = new JsonArray(new JsonObject { ["order-id"] = 0, ["fields"] = new JsonArray() }),
            ["default-sort-order-id"] = 0,
            ["properties"] = new JsonObject { ["schema.name-mapping.default"] = schema.NameMapping().ToJsonString() },
            ["current-snapshot-id"] = number,
            ["snapshots"] = snapshots,
            ["refs"] = new JsonObject { ["main"] = new JsonObject { ["snapshot-id"] = number, ["type"] = "branch" } },
            ["snapshot-log"] = new JsonArray(),
            ["metadata-log"] = new JsonArray(),
        };
    }

    /// <summary>The snapshots that the metadata before knows and whose lists are there.</summary>
    static JsonArray Older(ITableFiles files)
    {
        if (Newest(files) is not { } number)
        {
            return [];
        }

        using var stream = files.Open($"{Folder}/v{number}.metadata.json");
        try
        {
            if (stream is null || JsonNode.Parse(stream)?["snapshots"] is not JsonArray known)
            {
                return [];
            }

            // The lists go with the whole mirror, when something is erased.
            var lists = (files.List(Folder) ?? []).Select(name => files.Address($"{Folder}/{name}"))
                .ToHashSet(StringComparer.Ordinal);
            return new JsonArray([.. known.OfType<JsonObject>().TakeLast(MaxSnapshots)
                .Where(snapshot => lists.Contains((string?)snapshot["manifest-list"] ?? ""))
                .Select(snapshot => snapshot.DeepClone())]);
        }
        catch (JsonException)
        {
            // Only the older snapshots are lost, and Delta has them.
            return [];
        }
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
