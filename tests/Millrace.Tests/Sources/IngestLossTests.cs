using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Inputs that other readers lose something of.</summary>
public sealed class IngestLossTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_first_seen_after_row_20480_is_not_lost() // duckdb 25826
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var text = new StringBuilder();
        for (var i = 0; i < 60_000; i++)
        {
            text.Append(i < 30_000 ? $"{{\"id\":{i}}}\n" : $"{{\"id\":{i},\"late\":{i}}}\n");
        }

        workspace.WriteFile("late.jsonl", text.ToString());

        var report = await workspace.IngestAsync("t", "late.jsonl");

        Assert.Equal(60_000, report.Rows);
        Assert.Equal(
            ["60000|30000|1349985000"],
            await workspace.RowsAsync("select count(*), count(late), sum(late)::bigint from t"));
    }

    [Fact]
    public async Task A_fraction_stays_a_fraction_and_true_is_not_1() // duckdb 25786
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var text = new StringBuilder();
        for (var i = 0; i < 30_000; i++)
        {
            text.Append($"{{\"a\":{i},\"b\":{i}}}\n");
        }

        workspace.WriteFile("late.jsonl", text + "{\"a\":1.5,\"b\":true}\n{\"a\":2,\"b\":\"1\"}\n");

        await workspace.IngestAsync("t", "late.jsonl");

        Assert.Equal(["1.5"], await workspace.RowsAsync("select a::varchar from t where a <> floor(a)"));
        Assert.Equal(
            ["\"1\"|1", "1|1", "true|1"],
            await workspace.RowsAsync(
                "select b, count(*) from t where b in ('1', '\"1\"', 'true') group by b order by b"));
    }

    [Fact]
    public async Task A_log_with_ten_levels_and_mixed_types_comes_back_as_it_was()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var lines = Enumerable.Range(0, 1000).Select(i =>
        {
            var deep = i % 3 == 0 ? $"{i}" : i % 3 == 1 ? "\"x\"" : "[1,\"a\",{\"b\":null}]";
            for (var level = 0; level < 10; level++)
            {
                deep = $"{{\"l{level}\":{deep}}}";
            }

            return $"{{\"id\":{i},\"deep\":{deep},\"mixed\":{(i % 2 == 0 ? "1" : "\"1\"")}}}";
        }).ToList();
        workspace.WriteFile("deep.jsonl", string.Join('\n', lines));

        await workspace.IngestAsync("t", "deep.jsonl");

        var rows = await workspace.RowsAsync("select deep, mixed from t order by id");
        Assert.Equal(
            lines.Select(line => JsonNode.Parse(line)!.AsObject()).Select(
                json => $"{json["deep"]!.ToJsonString()}|{json["mixed"]!.ToJsonString()}"),
            rows);
    }

    [Theory]
    [InlineData("a,b\r\n1,x\r\n2,y\r\n", 2)]
    [InlineData("\ufeffa,b\n1,x\n2,y", 2)]
    [InlineData("a,b\n\n1,x\n\n\n2,y\n\n", 2)]
    [InlineData("a;b\n1;x,y\n2;z\n", 2)]
    [InlineData("a\tb\n1\tx\n2\ty\n", 2)]
    [InlineData("a|b\n1|x\n2|y\n", 2)]
    [InlineData("a,b\n\"1\",\"x\"\r\n\"2\",\"y\"", 2)]
    public async Task The_usual_dialects_are_found_out(string text, int rows)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", text);

        var report = await workspace.IngestAsync("t", "a.csv");

        Assert.Equal(rows, report.Rows);
        Assert.Equal(["a long", "b string"], report.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal(["3"], await workspace.RowsAsync("select sum(a)::bigint from t where b <> ''"));
    }

    [Fact]
    public async Task Ragged_rows_and_open_quotes_cost_themselves_alone()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(
            "bad.csv",
            [.. "a,b\n1,x\n2\n3,y,z\n\"4,open\n5,v\n6,\"w\"w\n7,"u8, 0xff,
                .. "\n8,nul\0nul\n\"9\",\"q\n\nq\"\n10,end\n"u8]);

        var report = await workspace.IngestAsync("t", "bad.csv");

        Assert.Equal((10, 5, 5), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["1|x", "5|v", "9|q\n\nq", "10|end"], await workspace.RowsAsync("select a, b from t where a <> 8"));
        Assert.Equal(["7"], await workspace.RowsAsync("select length(b) from t where a = 8"));
        Assert.Equal(
            ["3|2|null", "4|3,y,z|null", "5|\"4,open|null", "7|6,\"w\"w|null", "8|null|372CFF"],
            await workspace.RowsAsync("select line, raw, hex(raw_bytes) from \"t$quarantine\" order by line"));
        Assert.Equal(
            ["it has 1 fields where 2 were expected", "it has 3 fields where 2 were expected",
                "text follows the closing quote of a field", "text follows the closing quote of a field",
                "it has bytes that are no UTF-8 text"],
            await workspace.RowsAsync("select reason from \"t$quarantine\" order by line"));
        Assert.Contains("$quarantine", report.Notices[0]);
    }

    [Fact]
    public async Task Broken_json_lines_cost_themselves_alone()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(
            "bad.jsonl",
            [.. "{\"a\":1}\n{\"a\":2,\"a\":3}\n[1]\n{\"a\":4}}\n\n{\"a\":\n{\"a\":\"\\ud800\"}\n{\"b\":\""u8, 0xff,
                .. "\"}\n{\"a\":5,\"b\":\"\\u0000\"}\r\n{\"a\":nul}\n{}"u8]);

        var report = await workspace.IngestAsync("t", "bad.jsonl");

        Assert.Equal((10, 3, 7), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["1|null", "5|1", "null|null"], await workspace.RowsAsync("select a, length(b) from t order by a"));
        Assert.Equal(
            ["2", "3", "4", "6", "7", "8", "10"],
            await workspace.RowsAsync("select line from \"t$quarantine\" order by line"));
    }

    [Fact]
    public async Task A_json_array_gives_its_objects_and_quarantines_what_is_none()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(
            "a.json", "[\n{\"a\": 1, \"b\": {\"c\": [\"}\"]}},\n{\"a\": 2,}, 7, {\n\"a\": 3, \"t\": [1, 2]\n}]\n");

        var report = await workspace.IngestAsync("t", "a.json");

        Assert.Equal((4, 2, 2), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["1|{\"c\": [\"}\"]}|null", "3|null|[1, 2]"],
            await workspace.RowsAsync("select a, b, t::varchar from t order by a"));
    }

    [Fact]
    public async Task A_json_array_that_is_cut_off_keeps_its_rest_in_the_quarantine()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.json", "[{\"a\":1},{\"a\":2,\"b\":\"cut");

        var report = await workspace.IngestAsync("t", "a.json");

        Assert.Equal((2, 1, 1), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(["{\"a\":2,\"b\":\"cut"], await workspace.RowsAsync("select raw from \"t$quarantine\""));
    }

    [Theory]
    [InlineData("long.csv", "a,b\n1,x\n2,\"")]
    [InlineData("long.jsonl", "{\"a\":1}\n{\"a\":\"")]
    public async Task A_line_over_the_limit_becomes_an_object_that_the_quarantine_names(string name, string head)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var path = workspace.WriteFile(name, head);
        var bytes = new byte[3 << 20];
        Array.Fill(bytes, (byte)'y');
        using (var file = File.Open(path, FileMode.Append))
        {
            file.Write(bytes);
            file.Write(name.EndsWith("csv", StringComparison.Ordinal) ? "\n3,z\n"u8 : "\n{\"a\":3}\n"u8);
        }

        var report = await workspace.IngestAsync("t", name, settings => settings with { MaxRecordBytes = 1 << 20 });

        Assert.Equal((3, 2, 1), (report.Records, report.Rows, report.Quarantined));
        var url = Assert.Single(await workspace.RowsAsync("select object from \"t$quarantine\""));
        Assert.True(Millrace.Objects.ObjectUrl.TryParse(url, out var hash));
        var kept = await workspace.Open.Objects.ReadAsync(hash, Stop);
        Assert.Equal((3 << 20) + head.Split('\n')[^1].Length, kept.Length - 1);
    }

    [Theory]
    [InlineData("e.csv", "")]
    [InlineData("e.csv", "a,b\n")]
    [InlineData("e.jsonl", "\n\n")]
    [InlineData("e.json", "[]")]
    public async Task An_input_without_records_makes_no_table_and_is_no_error(string name, string text)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(name, text);

        var report = await workspace.IngestAsync("t", name);

        Assert.Equal(0, report.Records);
        Assert.Null(report.Version);
        Assert.Contains("no record", Assert.Single(report.Notices, notice => notice.Contains("no record")));
        Assert.Null(workspace.Log("t"));
    }

    [Theory]
    [InlineData("m.csv")]
    [InlineData("m.jsonl")]
    public async Task A_million_columns_are_refused(string name)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(name, name == "m.csv"
            ? string.Join(',', Enumerable.Range(0, 1_000_000).Select(i => $"c{i}")) + "\n"
            : "{" + string.Join(',', Enumerable.Range(0, 1_000_000).Select(i => $"\"c{i}\":1")) + "}\n");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.IngestAsync("t", name));

        Assert.Equal("columns-many", failure.Code);
    }

    [Fact]
    public async Task A_packed_file_is_unpacked_and_one_that_was_cut_off_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(
                "a\n" + string.Join('\n', Enumerable.Range(0, 10_000).Select(i => $"{i * 7919 % 10007}"))));
        }

        workspace.WriteFile("a.csv.gz", memory.ToArray());
        workspace.WriteFile("cut.csv.gz", memory.ToArray().AsSpan(0, (int)memory.Length / 2));
        using var zstd = new ZstdSharp.Compressor();
        workspace.WriteFile("z.csv.zst", zstd.Wrap("a\n1\n2\n"u8));

        Assert.Equal(10_000, (await workspace.IngestAsync("t", "a.csv.gz")).Rows);
        Assert.Equal(2, (await workspace.IngestAsync("t", "z.csv.zst")).Rows);
        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.IngestAsync("t", "cut.csv.gz"));
        Assert.Equal("source-damaged", failure.Code);
        Assert.Equal(["10002"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task Any_csv_is_in_the_table_as_a_naive_reader_finds_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var cell = Gen.OneOf(
            Gen.Int[-5, 5].Select(i => $"{i}"), Gen.Double[-1e3, 1e3].Select(d => $"{d:R}"), Gen.Const(""),
            Gen.Char["ab,\"\n\r;é \t0"].Array[0, 8].Select(letters => new string(letters)),
            Gen.OneOf(Constants("true", "007", "2026-03-01", "1e400", "-0", "NaN", "18446744073709551616")));
        var number = 0;
        await Gen.Select(Gen.Int[1, 4], Gen.Int[1, 60]).SelectMany((columns, rows) => cell.Array[columns].Array[rows])
            .SampleAsync(
                async rows =>
                {
                    var name = $"t{Interlocked.Increment(ref number)}";
                    var columns = rows[0].Length;
                    var header = string.Join(',', Enumerable.Range(0, columns).Select(i => $"c{i}"));
                    workspace.WriteFile(name + ".csv", header + "\n" + string.Concat(rows.Select(
                        row => string.Join(',', row.Select(Quoted)) + "\n")));

                    var report = await workspace.IngestAsync(
                        name, name + ".csv", settings => settings with { HasHeader = true, Delimiter = ',' });

                    var expected = rows.Where(row => columns == 1 || row.Length > 0).ToList();
                    Assert.Equal((expected.Count, expected.Count), (report.Records, report.Rows));
                    var found = await workspace.RowsAsync($"select {header} from {name}");
                    Assert.Equal(expected.Count, found.Count);
                    await CompareAsync(workspace, name, expected, report);
                },
                iter: 60, threads: 1);
    }

    static Gen<string>[] Constants(params string[] texts) => [.. texts.Select(Gen.Const)];

    static string Quoted(string text) => text.IndexOfAny([',', '"', '\n', '\r', ';', '\t']) >= 0
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    static async Task CompareAsync(TestWorkspace workspace, string name, List<string[]> rows, IngestReport report)
    {
        for (var i = 0; i < report.Columns.Count; i++)
        {
            var column = report.Columns[i];
            var found = await workspace.RowsAsync($"select c{i}::varchar from {name}");
            for (var row = 0; row < rows.Count; row++)
            {
                var text = rows[row][i];
                Assert.True(IsSame(column.Type, text, found[row]), $"{column.Type}: '{text}' became '{found[row]}'");
            }
        }
    }

    static bool IsSame(string type, string text, string found) => text.Length == 0
        ? found == "null"
        : type switch
        {
            "double" => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
                .Equals(double.Parse(found, System.Globalization.CultureInfo.InvariantCulture)),
            _ when type.StartsWith("decimal", StringComparison.Ordinal) => Digits(text) == Digits(found),
            _ => text == found,
        };

    // How many zeros end the fraction is the column's choice.
    static string Digits(string number) =>
        number.Contains('.', StringComparison.Ordinal) ? number.TrimEnd('0').TrimEnd('.') : number;

    [Fact]
    public async Task Any_json_lines_are_in_the_table_as_a_naive_reader_finds_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var value = Gen.OneOf(
            Gen.Int[-5, 5].Select(i => $"{i}"), Gen.Double[-1e3, 1e3].Select(d => JsonSerializer.Serialize(d)),
            Gen.OneOf(Constants(
                "null", "true", "false", "[]", "[1,2]", "[\"a\",null]", "{\"x\":1}", "1.5", "1e2")),
            Gen.Char["ab\"\\\n\u0001é\u0000"].Array[0, 6].Select(
                letters => JsonSerializer.Serialize(new string(letters))));
        var number = 0;
        await Gen.Select(Gen.Int[0, 3], value).Array[0, 4].Array[1, 60].SampleAsync(
            async rows =>
            {
                var name = $"j{Interlocked.Increment(ref number)}";
                var lines = rows.Select(row => "{" + string.Join(',', row.DistinctBy(pair => pair.Item1).Select(
                    pair => $"\"k{pair.Item1}\":{pair.Item2}")) + "}").ToList();
                workspace.WriteFile(name + ".jsonl", string.Join('\n', lines));

                var report = await workspace.IngestAsync(name, name + ".jsonl");

                // Without any key there is no column that could tell that a record was there.
                var hasKeys = lines.Exists(line => line != "{}");
                Assert.Equal((lines.Count, hasKeys ? lines.Count : 0), (report.Records, report.Rows));
                Assert.Equal(report.Records, report.Rows + report.Quarantined);
                foreach (var column in report.Columns)
                {
                    var found = await workspace.RowsAsync($"select to_json({column.Name})::varchar from {name}");
                    for (var i = 0; i < lines.Count; i++)
                    {
                        Assert.True(
                            IsSameJson(JsonNode.Parse(lines[i])![column.Name], found[i]),
                            $"{column.Type}: {lines[i]} became {found[i]}");
                    }
                }
            },
            iter: 60, threads: 1);
    }

    static bool IsSameJson(JsonNode? expected, string found)
    {
        if (expected is null)
        {
            return found == "null";
        }

        var node = JsonNode.Parse(found)!;
        // A column of mixed values holds each as its JSON text.
        return JsonNode.DeepEquals(expected, node)
            || (node is JsonValue text && text.TryGetValue<string>(out var json)
                && JsonNode.DeepEquals(expected, JsonNode.Parse(json)));
    }
}
