using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Features;

/// <summary>Puts a table's rows online, one per entity, and proves that what is served is what the table
/// says.</summary>
public static class Materialization
{
    const int CheckedRowCount = 200;
    const int CheckSeed = 1;

    /// <summary>A task that writes a table into the online store and, before it is published, reads back
    /// 200 sampled rows through the reader that serves, and compares each value exactly.</summary>
    /// <param name="pipeline">Where the task is added.</param>
    /// <param name="view">The feature view's name.</param>
    /// <param name="table">One row per entity; its key columns are the entity's, the others its features.</param>
    /// <param name="asOf">The time that the values are of. Values of an earlier time never replace later ones online,
    /// so that an old night can be run again.</param>
    public static TaskOutput Materialize(
        this Pipeline pipeline, string view, TaskOutput table, DateTimeOffset asOf)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(table);
        return pipeline.Add(new TaskDefinition
        {
            Name = $"{view}_online",
            Title = $"put {view} online and compare",
            Version = "materialize/1",
            Parameters = new Dictionary<string, string> { ["asOf"] = asOf.UtcDateTime.ToString("O") },
            Inputs = [table],
            References =
                [new ReferenceDefinition(OnlineStore.OnlineRef, "feature", view, OnlineStore.OnlineRef)],
            Outputs = [new OutputDefinition("feature", view)],
            Body = (context, cancellationToken) =>
            {
                Write(context, view, table, asOf, cancellationToken);
                return Task.CompletedTask;
            },
        })[0];
    }

    static void Write(
        TaskContext context, string view, TaskOutput table, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var snapshot = context.Table(table.Name);
        var schema = Schema(snapshot.Schema, table);
        var folder = Path.Combine(context.Paths.Online, view);
        DurableFile.CreateFolder(folder);
        var aside = Path.Combine(folder, $"{context.RunId}.seg");
        using var session = context.OpenSql();
        var columns = SqlName.QuoteAll(schema.Keys.Concat(schema.Features).Select(column => column.Name));
        var writer = new OnlineSegmentWriter(aside, schema);
        var query = $"select {columns} from {SqlName.Quote(table.Name)}";
        session.Query(
            query, [],
            reader =>
            {
                while (reader.Read())
                {
                    var (key, values) = Split(Values(reader, schema), schema);
                    writer.Add(key, values);
                }

                return 0;
            },
            cancellationToken);
        var hash = writer.Complete();
        var path = OnlineStore.SegmentPath(context.Paths.Online, view, hash);
        DurableFile.Publish(aside, path);
        var checkedRows = Check(session, query, schema, path, view);
        var online = context.Reference(OnlineStore.OnlineRef);
        var isNewest = online is null || AsOf(online) is not { } time || time <= asOf;
        if (!isNewest)
        {
            context.Warn($"{online!.Label} stays online: its values are of a later time than {asOf:yyyy-MM-dd HH:mm}.");
        }

        context.Publish(new StagedVersion(
            view, "feature", view, hash,
            new JsonObject
            {
                ["asOf"] = asOf.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
                ["entities"] = writer.Count,
                ["features"] = schema.Features.Count,
                ["checkedRows"] = checkedRows,
                ["equalRows"] = checkedRows,
            }.ToJsonString(),
            [],
            isNewest ? [new RefMove(OnlineStore.OnlineRef, true, online?.Id)] : []));
    }

    static DateTimeOffset? AsOf(ThingVersion version) =>
        JsonNode.Parse(version.Summary)?["asOf"] is { } time ? DateTimeOffset.Parse((string)time!) : null;

    /// <summary>Compares sampled rows of the table with what the served segment answers.</summary>
    /// <exception cref="MillraceException"><c>online-differs</c>: the entity and column, with both values.</exception>
    internal static int Check(SqlSession session, string query, FeatureSchema schema, string path, string view)
    {
        using var segment = OnlineSegment.Open(path);
        var order = string.Join(", ", schema.Keys.Select(key => SqlName.Quote(key.Name)));
        var sample = session.Rows(
            $"select * from ({query}) "
            + $"using sample reservoir({CheckedRowCount} rows) repeatable ({CheckSeed}) order by {order}",
            reader => Values(reader, schema));
        foreach (var row in sample)
        {
            var (key, offline) = Split(row, schema);
            var isThere = segment.TryGet(key, out var values);
            var online = isThere ? values.ToArray() : new object?[offline.Length];
            for (var i = 0; i < offline.Length; i++)
            {
                if (!isThere || !AreEqual(offline[i], online[i]))
                {
                    throw new MillraceException(
                        ErrorKind.Corrupt, "online-differs",
                        $"Feature '{schema.Features[i].Name}' of {view} {string.Join(", ", key)} is "
                        + $"{online[i] ?? "absent"} online and {offline[i] ?? "absent"} in the table.",
                        "The old values stay online. Run the task again with --force; report it if it stays.");
                }
            }
        }

        return sample.Count;
    }

    static bool AreEqual(object? offline, object? online) => (offline, online) switch
    {
        (null, null) => true,
        (double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b),
        (float a, float b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b),
        (float[] a, float[] b) => MemoryMarshal.Cast<float, int>(a).SequenceEqual(MemoryMarshal.Cast<float, int>(b)),
        (not null, not null) => offline.Equals(online),
        _ => false,
    };

    static FeatureSchema Schema(TableSchema schema, TaskOutput table)
    {
        if (table.KeyColumns.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "key-missing", $"Table '{table.Name}' has no key, so its rows can't be looked up.",
                "Name the key columns where the table is made.");
        }

        return new FeatureSchema(
            table.KeyColumns.Select(key => Column(schema.Find(key)!)),
            schema.Columns.Where(column => !table.KeyColumns.Contains(column.Name)).Select(Column));
    }

    static FeatureColumn Column(TableColumn column) => new(column.Name, column.Type switch
    {
        "long" or "integer" or "short" or "byte" => FeatureType.Int64,
        "double" => FeatureType.Double,
        "float" => FeatureType.Float,
        "string" => FeatureType.Text,
        "boolean" => FeatureType.Boolean,
        "timestamp" => FeatureType.Timestamp,
        "array<float>" => FeatureType.FloatArray,
        _ => throw new MillraceException(
            ErrorKind.Invalid, "type-unsupported",
            $"Column '{column.Name}' has type {column.Type}, which can't be online.",
            "Leave the column out, or cast it to a number, text or array of float."),
    });

    static object?[] Values(DuckDBDataReader reader, FeatureSchema schema)
    {
        var columns = schema.Keys.Concat(schema.Features);
        return [.. columns.Select((column, i) => reader.IsDBNull(i) ? null : column.Type switch
        {
            FeatureType.Int64 => Convert.ToInt64(reader.GetValue(i)),
            FeatureType.Double => reader.GetDouble(i),
            FeatureType.Float => reader.GetFloat(i),
            FeatureType.Text => reader.GetString(i),
            FeatureType.Boolean => reader.GetBoolean(i),
            FeatureType.Timestamp => CatalogTime.ToMicroseconds(
                new DateTimeOffset(DateTime.SpecifyKind(reader.GetDateTime(i), DateTimeKind.Utc))),
            _ => (object)reader.GetFieldValue<List<float>>(i).ToArray(),
        })];
    }

    static (object?[] Key, object?[] Values) Split(object?[] row, FeatureSchema schema) =>
        (row[..schema.Keys.Count], row[schema.Keys.Count..]);
}
