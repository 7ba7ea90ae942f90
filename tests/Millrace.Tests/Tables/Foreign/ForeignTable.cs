using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;

namespace Millrace.Tests.TablesRoom.Foreign;

/// <summary>A Delta table written by hand, as another engine would: it shares no code with what reads it.</summary>
public sealed class ForeignTable : IDisposable
{
    const string ActionTypes = """
        {"protocol": {"minReaderVersion": "INTEGER", "minWriterVersion": "INTEGER", "readerFeatures": ["VARCHAR"],
        "writerFeatures": ["VARCHAR"]}, "metaData": {"id": "VARCHAR", "name": "VARCHAR", "format": {"provider":
        "VARCHAR", "options": "MAP(VARCHAR, VARCHAR)"}, "schemaString": "VARCHAR", "partitionColumns": ["VARCHAR"],
        "createdTime": "BIGINT",
        "configuration": "MAP(VARCHAR, VARCHAR)"}, "txn": {"appId": "VARCHAR", "version": "BIGINT", "lastUpdated":
        "BIGINT"}, "domainMetadata": {"domain": "VARCHAR", "configuration": "VARCHAR", "removed": "BOOLEAN"}, "add":
        {"path": "VARCHAR", "partitionValues": "MAP(VARCHAR, VARCHAR)", "size": "BIGINT", "modificationTime":
        "BIGINT", "dataChange": "BOOLEAN", "stats": "VARCHAR", "tags": "MAP(VARCHAR, VARCHAR)", "deletionVector":
        {"storageType": "VARCHAR", "pathOrInlineDv": "VARCHAR", "offset": "INTEGER", "sizeInBytes": "INTEGER",
        "cardinality": "BIGINT"}}, "remove": {"path": "VARCHAR", "deletionTimestamp": "BIGINT", "dataChange":
        "BOOLEAN"}, "sidecar": {"path": "VARCHAR", "sizeInBytes": "BIGINT", "modificationTime": "BIGINT"},
        "checkpointMetadata": {"version": "BIGINT"}}
        """;

    readonly DuckDBConnection _connection = new("Data Source=:memory:");

    public ForeignTable(string folder)
    {
        Folder = folder;
        Directory.CreateDirectory(Log);
        _connection.Open();
        Run("set timezone = 'UTC'");
    }

    public string Folder { get; }

    public string Log => Path.Join(Folder, "_delta_log");

    public static string Basic => """{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}""";

    public static string Protocol(params string[] features)
    {
        var list = JsonSerializer.Serialize(features);
        return "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"
            + $"\"readerFeatures\":{list},\"writerFeatures\":{list}}}}}";
    }

    /// <param name="fields">Of the schema, as JSON.</param>
    /// <param name="partitions">Names of columns.</param>
    /// <param name="configuration">As JSON.</param>
    public static string Metadata(string fields, string[]? partitions = null, string configuration = "{}") =>
        new JsonObject
        {
            ["metaData"] = new JsonObject
            {
                ["id"] = "8a3c1f0e-0000-4000-8000-000000000001",
                ["format"] = new JsonObject { ["provider"] = "parquet", ["options"] = new JsonObject() },
                ["schemaString"] = $$"""{"type":"struct","fields":[{{fields}}]}""",
                ["partitionColumns"] = new JsonArray([.. (partitions ?? []).Select(name => (JsonNode)name)]),
                ["configuration"] = JsonNode.Parse(configuration),
                ["createdTime"] = 1,
            },
        }.ToJsonString();

    public static string Field(string name, string type, string metadata = "{}") =>
        $$$"""
        {"name":"{{{name}}}","type":{{{(type[0] is '{' ? type : $"\"{type}\"")}}},"nullable":true,
        "metadata":{{{metadata}}}}
        """.ReplaceLineEndings("");

    public static string Mapped(string name, string type, int id, string physical) => Field(
        name, type,
        $$"""{"delta.columnMapping.id":{{id}},"delta.columnMapping.physicalName":"{{physical}}"}""");

    /// <summary>Writes rows, and gives the action that adds them.</summary>
    public string Add(
        string path, string query, string partitionValues = "{}", string? stats = null, string? vector = null,
        string options = "", string? logPath = null)
    {
        var file = Path.Join(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Run($"copy ({query}) to '{file.Replace("'", "''")}' (format parquet{options})");
        stats ??= $$"""{"numRecords":{{Count(query)}}}""";
        return Again(logPath ?? path, new FileInfo(file).Length, partitionValues, stats, vector);
    }

    public static string Again(string path, long size, string partitionValues, string stats, string? vector) =>
        $$$"""
        {"add":{"path":{{{JsonSerializer.Serialize(path)}}},"partitionValues":{{{partitionValues}}},"size":{{{size}}},
        "modificationTime":1,"dataChange":true,"stats":{{{JsonSerializer.Serialize(stats)}}}
        {{{(vector is null ? "" : $",\"deletionVector\":{vector}")}}}}}
        """.ReplaceLineEndings("");

    public static string Remove(string path, string? vector = null) =>
        $$$"""
        {"remove":{"path":{{{JsonSerializer.Serialize(path)}}},"deletionTimestamp":1,"dataChange":true
        {{{(vector is null ? "" : $",\"deletionVector\":{vector}")}}}}}
        """.ReplaceLineEndings("");

    public void Entry(long version, params string[] lines) =>
        File.WriteAllText(Path.Join(Log, $"{version:D20}.json"), string.Concat(lines.Select(line => line + "\n")));

    public void DeleteEntries(params long[] versions)
    {
        foreach (var version in versions) File.Delete(Path.Join(Log, $"{version:D20}.json"));
    }

    /// <summary>Writes actions in columns, as checkpoints have them.</summary>
    public void Checkpoint(string name, params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(Log, name))!);
        var values = string.Join(", ", lines.Select(line => $"('{line.Replace("'", "''")}')"));
        var types = ActionTypes.ReplaceLineEndings(" ").Replace("'", "''");
        Run($"copy (select unnest(from_json(line, '{types}')) from (values {values}) t(line)) "
            + $"to '{Path.Join(Log, name)}' (format parquet)");
    }

    /// <summary>Writes a checkpoint of one's own making.</summary>
    public void Parquet(string path, string query) =>
        Run($"copy ({query}) to '{Path.Join(Folder, path)}' (format parquet)");

    /// <summary>A deletion vector in the log.</summary>
    public static string Inline(params uint[] places)
    {
        var bytes = Bitmap(places);
        return $$"""
            {"storageType":"i","pathOrInlineDv":{{JsonSerializer.Serialize(Text(bytes))}},
            "sizeInBytes":{{bytes.Length}},"cardinality":{{places.Length}}}
            """.ReplaceLineEndings("");
    }

    /// <summary>A deletion vector in a file of its own, after another one.</summary>
    public string InFile(byte[] bitmap, long cardinality, bool isWholePath = false)
    {
        var id = Guid.Parse("d2c639aa-8816-431a-aaf6-d3fe2512ff61");
        using var stream = new MemoryStream();
        stream.WriteByte(1);
        Vector(stream, Bitmap([0]));
        var offset = stream.Length;
        Vector(stream, bitmap);
        var path = Path.Join(Folder, $"deletion_vector_{id}.bin");
        File.WriteAllBytes(path, stream.ToArray());
        return new JsonObject
        {
            ["storageType"] = isWholePath ? "p" : "u",
            ["pathOrInlineDv"] = isWholePath ? "file:" + path : Text(id.ToByteArray(bigEndian: true)),
            ["offset"] = offset,
            ["sizeInBytes"] = bitmap.Length,
            ["cardinality"] = cardinality,
        }.ToJsonString();
    }

    /// <summary>Rising places of less than 65,536, as a list or as bits.</summary>
    public static byte[] Bitmap(IReadOnlyList<uint> places)
    {
        using var stream = Head();
        Int32(stream, 12346);
        Int32(stream, 1);
        UInt16(stream, 0);
        UInt16(stream, places.Count - 1);
        Int32(stream, 16);
        if (places.Count <= 4096)
        {
            foreach (var place in places) UInt16(stream, (int)place);
            while (stream.Length % 4 != 0) stream.WriteByte(0);
            return stream.ToArray();
        }

        var bits = new byte[8192];
        foreach (var place in places) bits[place / 8] |= (byte)(1 << (int)(place % 8));
        stream.Write(bits);
        return stream.ToArray();
    }

    /// <summary>Places from one to another, as one run of a bitmap that has runs.</summary>
    public static byte[] Run(int first, int last)
    {
        using var stream = Head();
        Int32(stream, 12347);
        stream.WriteByte(1);
        UInt16(stream, 0);
        UInt16(stream, last - first);
        UInt16(stream, 1);
        UInt16(stream, first);
        UInt16(stream, last - first);
        return stream.ToArray();
    }

    public void Dispose() => _connection.Dispose();

    static MemoryStream Head()
    {
        var stream = new MemoryStream();
        Int32(stream, 1681511377);
        Int32(stream, 1);
        Int32(stream, 0);
        Int32(stream, 0);
        return stream;
    }

    static void Vector(MemoryStream stream, byte[] bitmap)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, bitmap.Length);
        stream.Write(number);
        stream.Write(bitmap);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(bitmap));
        stream.Write(number);
    }

    static uint Checksum(byte[] bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
        }

        return ~crc;
    }

    static string Text(byte[] bytes)
    {
        const string Digits =
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
        var text = new StringBuilder();
        for (var i = 0; i < bytes.Length; i += 4)
        {
            var value = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(i));
            for (uint unit = 85 * 85 * 85 * 85; unit > 0; unit /= 85) text.Append(Digits[(int)(value / unit % 85)]);
        }

        return text.ToString();
    }

    static void Int32(MemoryStream stream, int value)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(number, value);
        stream.Write(number);
    }

    static void UInt16(MemoryStream stream, int value)
    {
        stream.WriteByte((byte)value);
        stream.WriteByte((byte)(value >> 8));
    }

    long Count(string query)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"select count(*) from ({query})";
        return (long)command.ExecuteScalar()!;
    }

    void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
