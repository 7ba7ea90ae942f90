using System.Text;
using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom;

public sealed class DeltaLogTests : IDisposable
{
    const string Protocol = """{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}""";

    const string MetaData =
        """
        {"metaData":{"id":"id-1","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",
        \"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],
        "configuration":{},"createdTime":1}}
        """;

    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_folder_without_a_log_is_no_table()
    {
        Assert.Null(DeltaLog.Read("t", _scratch.Path));
        new LocalTableFiles(_scratch.Path).Create();
        Assert.Null(DeltaLog.Read("t", _scratch.Path));
    }

    [Fact]
    public void A_version_is_put_by_one_only()
    {
        new LocalTableFiles(_scratch.Path).Create();

        Assert.True(DeltaLog.TryPut(new LocalTableFiles(_scratch.Path), 0, "a"u8));
        Assert.False(DeltaLog.TryPut(new LocalTableFiles(_scratch.Path), 0, "b"u8));

        Assert.Equal("a", File.ReadAllText(EntryPath(0)));
    }

    [Fact]
    public void Files_are_added_and_removed_in_the_order_of_the_versions()
    {
        Put(0, Protocol, MetaData, Add("a"), Add("b"));
        Put(1, Remove("a"), Add("c"));
        Put(2, Add("a"));

        Assert.Equal(["a", "b"], Paths(0));
        Assert.Equal(["b", "c"], Paths(1));
        Assert.Equal(["b", "c", "a"], Paths(2));
        Assert.Equal(["b", "c", "a"], Paths(null));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void A_version_that_is_not_there_is_unknown(long version)
    {
        Put(0, Protocol, MetaData);
        Put(1, Add("a"));

        Assert.Contains("newest is v1", Fails("version-unknown", version).Hint);
    }

    [Theory]
    [InlineData("""{"add":{"path":"a","siz""", "Line 3")]
    [InlineData("not json", "Line 3")]
    [InlineData("[1]", "Line 3")]
    [InlineData("17", "Line 3")]
    [InlineData("""{"add":null}""", "Line 3")]
    [InlineData("""{"add":{"path":"a","size":"big"}}""", "Line 3")]
    [InlineData("""{"add":{"path":"a","size":1,"stats":"{"}}""", "Line 3")]
    [InlineData("""{"protocol":{}}""", "Line 3")]
    public void A_line_that_is_no_action_is_damage_named_by_file_and_line(string line, string place)
    {
        Put(0, Protocol, MetaData, line);

        var failure = Fails("table-log-damaged");

        Assert.Contains(place, failure.Message);
        Assert.Contains("00000000000000000000.json", failure.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0000\u0000\u0000\u0000")]
    public void An_empty_or_zeroed_entry_is_damage(string text)
    {
        Put(0, Protocol, MetaData);
        File.WriteAllText(EntryPath(1), text);

        Fails("table-log-damaged");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_damage()
    {
        Put(0, Protocol, MetaData);
        File.WriteAllBytes(EntryPath(1), [.. """{"add":{"path":" """u8, 0xff, 0xfe, .. "\"}}"u8]);

        Fails("table-log-damaged");
    }

    [Fact]
    public void An_entry_cut_at_any_byte_is_damage_or_reads_as_fewer_whole_lines()
    {
        var whole = Encoding.UTF8.GetBytes(string.Join('\n', Protocol, OneLine(MetaData), Add("a"), Add("b")) + "\n");
        new LocalTableFiles(_scratch.Path).Create();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(EntryPath(0), whole[..length]);
            try
            {
                Assert.True(DeltaLog.Read("t", _scratch.Path)!.Files.Count <= 2);
            }
            catch (MillraceException exception)
            {
                Assert.Equal("table-log-damaged", exception.Code);
            }
        }
    }

    [Fact]
    public void A_value_of_any_other_kind_is_refused_and_never_crashes_the_reader()
    {
        JsonNode?[] others = [null, 7, "text", true, new JsonArray(), new JsonObject(), -1.5];
        var lines = new[]
        {
            Protocol, OneLine(MetaData), Add("a"), Remove("a"), """{"txn":{"appId":"x","version":1}}""",
        };
        for (var line = 0; line < lines.Length; line++)
        {
            foreach (var path in Places(JsonNode.Parse(lines[line])!))
            {
                foreach (var other in others)
                {
                    var changed = JsonNode.Parse(lines[line])!;
                    Set(changed, path, other?.DeepClone());
                    Put(0, [.. lines[..line], changed.ToJsonString(), .. lines[(line + 1)..]]);
                    try
                    {
                        DeltaLog.Read("t", _scratch.Path);
                    }
                    catch (MillraceException exception)
                    {
                        Assert.Contains(
                            exception.Code, new[] { "table-log-damaged", "table-feature-unknown", "type-unsupported" });
                    }
                }
            }
        }
    }

    [Fact]
    public void A_missing_version_is_named()
    {
        Put(0, Protocol, MetaData);
        Put(1, Add("a"));
        Put(2, Add("b"));
        File.Delete(EntryPath(1));

        Assert.Contains("no entry for version 1", Fails("table-log-damaged").Message);
    }

    [Fact]
    public void A_log_without_its_first_versions_is_refused()
    {
        Put(3, Protocol, MetaData);

        Assert.Contains("no entry for version 0", Fails("table-log-damaged").Message);
    }

    [Fact]
    public void A_log_that_has_only_a_checkpoint_is_refused_rather_than_begun_anew()
    {
        new LocalTableFiles(_scratch.Path).Create();
        File.WriteAllBytes(
            Path.Join(_scratch.Path, "_delta_log", "00000000000000000010.checkpoint.parquet"), [1]);

        Fails("table-log-damaged");
    }

    [Fact]
    public void A_file_with_a_number_that_is_too_large_is_damage()
    {
        Put(0, Protocol, MetaData);
        File.WriteAllText(Path.Join(_scratch.Path, "_delta_log", "99999999999999999999.json"), Protocol);

        Fails("table-log-damaged");
    }

    [Fact]
    public void Files_of_other_kinds_in_the_log_folder_are_left_alone()
    {
        Put(0, Protocol, MetaData);
        foreach (var name in new[] { "00000000000000000001.crc", ".tmp-x", "_last_checkpoint", "1.json", "x.json" })
            File.WriteAllText(Path.Join(_scratch.Path, "_delta_log", name), "?");

        Assert.Equal(0, DeltaLog.Read("t", _scratch.Path)!.Version);
    }

    [Fact]
    public void The_same_entry_copied_to_the_next_version_changes_nothing()
    {
        Put(0, Protocol, MetaData, Add("a"));
        Put(1, Protocol, MetaData, Add("a"));

        Assert.Equal(["a"], Paths(null));
    }

    [Fact]
    public void A_log_without_metadata_is_damage()
    {
        Put(0, Protocol, Add("a"));

        Assert.Contains("no metadata", Fails("table-log-damaged").Message);
    }

    [Theory]
    [InlineData("""{"protocol":{"minReaderVersion":4,"minWriterVersion":7}}""", "reader version 4")]
    [InlineData("""{"protocol":{"minReaderVersion":0,"minWriterVersion":2}}""", "reader version 0")]
    [InlineData(
        """
        {"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors","variantType"],
        "writerFeatures":["deletionVectors","variantType"]}}
        """,
        "variantType")]
    public void A_feature_that_is_not_known_to_the_reader_is_refused_by_name(string line, string name)
    {
        Put(0, Protocol, MetaData);
        Put(1, line);

        var failure = Fails("table-feature-unknown");

        Assert.Contains(name, failure.Message);
        Assert.DoesNotContain("deletionVectors", failure.Message);
    }

    [Theory]
    [InlineData("""{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}""")]
    [InlineData("""{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking"]}}""")]
    [InlineData(
        """
        {"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors","columnMapping",
        "timestampNtz","typeWidening","typeWidening-preview","v2Checkpoint","vacuumProtocolCheck"],
        "writerFeatures":["deletionVectors","somethingNew"]}}
        """)]
    public void What_only_a_writer_must_know_does_not_keep_a_reader_out(string line)
    {
        Put(0, Protocol, MetaData, Add("a"));
        Put(1, line);

        Assert.Equal(["a"], Paths(null));
    }

    [Theory]
    [InlineData("""{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}""", null)]
    [InlineData("""{"protocol":{"minReaderVersion":2,"minWriterVersion":6}}""", null)]
    [InlineData("""{"protocol":{"minReaderVersion":1,"minWriterVersion":8}}""", "writer version 8")]
    [InlineData(
        """{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["appendOnly","rowTracking"]}}""",
        "rowTracking")]
    public void A_writer_is_told_which_feature_keeps_it_out(string line, string? reason)
    {
        Put(0, line, MetaData, Add("a"));

        var obstacle = WriteGate.Obstacle(DeltaLog.Read("t", _scratch.Path)!, takesRows: false);

        Assert.Equal(reason is null, obstacle is null);
        Assert.Contains(reason ?? "", obstacle ?? "");
    }

    [Fact]
    public void A_rule_that_the_table_uses_keeps_a_writer_out()
    {
        Put(
            0, """{"protocol":{"minReaderVersion":1,"minWriterVersion":4}}""",
            MetaData.Replace("\"configuration\":{}", "\"configuration\":{\"delta.appendOnly\":\"true\"}"));
        Put(1, MetaData.Replace(
            "\"configuration\":{}", "\"configuration\":{\"delta.constraints.positive\":\"id > 0\"}"));

        var appendOnly = DeltaLog.Read("t", _scratch.Path, 0)!;
        var constrained = DeltaLog.Read("t", _scratch.Path, 1)!;

        Assert.Null(WriteGate.Obstacle(appendOnly, takesRows: false));
        Assert.Contains("appendOnly", WriteGate.Obstacle(appendOnly, takesRows: true));
        Assert.Null(WriteGate.Obstacle(constrained, takesRows: false));
    }

    [Fact]
    public void A_partition_column_must_be_in_the_schema()
    {
        Put(0, Protocol, MetaData.Replace("\"partitionColumns\":[]", "\"partitionColumns\":[\"day\"]"));

        Assert.Contains("day", Fails("table-log-damaged").Message);
    }

    [Theory]
    [InlineData("{\\\"type\\\":\\\"variant\\\"}")]
    [InlineData("\\\"variant\\\"")]
    [InlineData("\\\"decimal(39,1)\\\"")]
    [InlineData("\\\"decimal(3,1)) as x, (select 1\\\"")]
    [InlineData("\\\"array<\\\"")]
    [InlineData("\\\"array<long>\\\"")]
    public void A_type_that_is_not_known_is_refused(string type)
    {
        Put(0, Protocol, MetaData.Replace("\\\"long\\\"", type));

        Fails("type-unsupported");
    }

    [Theory]
    [InlineData("../other/secret.parquet")]
    [InlineData("%2e%2e%2fother%2fsecret.parquet")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../x")]
    [InlineData("%00")]
    public void A_path_that_leads_outside_the_folder_is_refused(string path)
    {
        Put(0, Protocol, MetaData, Add(path));
        var snapshot = DeltaLog.Read("t", _scratch.Path)!;

        var failure = Assert.Throws<MillraceException>(() => snapshot.FullPath(snapshot.Files[0]));

        Assert.Equal("table-path-outside", failure.Code);
    }

    [Fact]
    public void A_path_is_decoded()
    {
        Put(0, Protocol, MetaData, Add("sub/part%20one%25.parquet"));
        Put(1, Remove("sub%2Fpart%20one%25.parquet"), Add("b"));
        var first = DeltaLog.Read("t", _scratch.Path, 0)!;

        Assert.Equal(Path.Join(_scratch.Path, "sub", "part one%.parquet"), first.FullPath(first.Files[0]));
        Assert.Equal(["b"], Paths(1));
    }

    static string OneLine(string text) => text.Replace("\n", "");

    static string Add(string path) =>
        $$$"""{"add":{"path":"{{{path}}}","partitionValues":{},"size":1,"dataChange":true,"stats":"{}"}}""";

    static string Remove(string path) => $$$"""{"remove":{"path":"{{{path}}}","dataChange":true}}""";

    static IEnumerable<string[]> Places(JsonNode node) => node is JsonObject fields
        ? fields.SelectMany(field => new[] { new[] { field.Key } }.Concat(
            field.Value is null ? [] : Places(field.Value).Select(rest => (string[])[field.Key, .. rest])))
        : [];

    static void Set(JsonNode node, string[] path, JsonNode? value)
    {
        foreach (var name in path[..^1]) node = node[name]!;
        node[path[^1]] = value;
    }

    string EntryPath(long version) => Path.Join(_scratch.Path, "_delta_log", $"{version:D20}.json");

    void Put(long version, params string[] lines)
    {
        new LocalTableFiles(_scratch.Path).Create();
        File.WriteAllText(EntryPath(version), string.Concat(lines.Select(line => OneLine(line) + "\n")));
    }

    string[] Paths(long? version) =>
        [.. DeltaLog.Read("t", _scratch.Path, version)!.Files.Select(file => file.Path)];

    MillraceException Fails(string code, long? version = null)
    {
        var failure = Assert.Throws<MillraceException>(() => DeltaLog.Read("t", _scratch.Path, version));
        Assert.Equal(code, failure.Code);
        return failure;
    }
}
