using System.Text;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Texts that are written in other ways than most are.</summary>
public sealed class IngestTextTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("id,name\r1,a\r2,\"b,\rc\"\r3\r4,d\r")]
    [InlineData("id,name\r1,a\r2,\"b,\rc\"\r3\r4,d")]
    public async Task Lines_that_end_with_a_carriage_return_are_lines(string text)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("mac.csv", text);

        var report = await workspace.IngestAsync("t", "mac.csv");

        Assert.Equal((4, 3, 1), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(["1|a", "2|b,\rc", "4|d"], await workspace.RowsAsync("from t order by id"));
        Assert.Equal(["5|3"], await workspace.RowsAsync("select line, raw from \"t$quarantine\""));
    }

    [Fact]
    public async Task Carriage_returns_in_fields_of_a_common_file_stay_in_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,name\n1,a\rb\n2,\"c\rd\"\r\n");

        await workspace.IngestAsync("t", "a.csv");

        Assert.Equal(["1|a\rb", "2|c\rd"], await workspace.RowsAsync("from t order by id"));
    }

    [Fact]
    public async Task Json_lines_that_end_with_a_carriage_return_are_records()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("mac.jsonl", "{\"a\":1}\r{\"a\":2}\r");

        await workspace.IngestAsync("t", "mac.jsonl");

        Assert.Equal(["1", "2"], await workspace.RowsAsync("from t order by a"));
    }

    [Theory]
    [InlineData("latin1", false)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-32", true)]
    public async Task Texts_of_a_named_encoding_are_read(string name, bool hasMark)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var encoding = Encoding.GetEncoding(
            name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        byte[] bytes = [.. hasMark ? encoding.GetPreamble() : [], .. encoding.GetBytes("id,name\n1,Zoë\n2,\n")];
        workspace.WriteFile("a.csv", bytes);

        var refused = hasMark
            ? await Assert.ThrowsAsync<MillraceException>(() => workspace.IngestAsync("t", "a.csv")) : null;
        var report = await workspace.IngestAsync("t", "a.csv", settings => settings with { Encoding = encoding });

        Assert.Equal((2, bytes.Length), (report.Rows, report.Bytes));
        Assert.Equal(["1|Zoë", "2|null"], await workspace.RowsAsync("from t order by id"));
        Assert.True(refused is null or { Code: "source-encoding" });
        Assert.True(refused is null || refused.Hint.Contains($"--encoding {name}", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Bytes_that_are_none_of_the_named_encoding_are_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", [0x61, 0x00, 0x00, 0xd8, 0x0a, 0x00, 0x61]);
        var encoding = Encoding.GetEncoding(
            "utf-16", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.IngestAsync("t", "a.csv", settings => settings with { Encoding = encoding }));

        Assert.Equal("source-encoding", refused.Code);
    }

    [Theory]
    [InlineData("i\0d\0,\0n\0\n\0" + "1\0,\0x\0\n\0", "source-encoding")]
    [InlineData("\0i\0d\0,\0n\0\n\0" + "1\0,\0x\0\n", "source-encoding")]
    [InlineData("ustar\0\0\0\0\0\0\0\0\0\0,\0", "source-format")]
    public async Task Bytes_that_are_no_text_are_told_so(string text, string code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", text);

        var refused = await Assert.ThrowsAsync<MillraceException>(() => workspace.IngestAsync("t", "a.csv"));

        Assert.Equal(code, refused.Code);
    }

    [Fact]
    public async Task A_key_with_a_nul_is_a_column_of_another_name()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.jsonl", "{\"a\\u0000b\":1}\n");

        var report = await workspace.IngestAsync("t", "a.jsonl");

        Assert.Equal("a\ufffdb", Assert.Single(report.Columns).Name);
        Assert.Equal(["1"], await workspace.RowsAsync("from t"));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("jsonl")]
    public async Task What_is_no_number_of_json_goes_out_as_text_and_comes_back_as_it_was(string format)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", """
            select * from (values
                (1::bigint, 1.5::double, [1.5::double, 'nan'::double, null], {'a': '-inf'::double, 'b': 'NaN'}),
                (2, 'nan', ['inf'::double], {'a': 2.0, 'b': null}), (3, 'inf', [], null), (4, '-inf', null, null),
                (5, null, null, null)) v(id, x, list, part)
            """);
        var target = Path.Combine(workspace.Outside, $"out.{format}");

        await workspace.Open.Sources.ExportAsync(new ExportSettings { Table = "t", Target = target }, null, Stop);
        await workspace.IngestAsync("back", $"out.{format}");

        Assert.Equal(
            ["0"],
            await workspace.RowsAsync(
                "select count(*) from (select id, x, list from t except select id, x, list from back)"));
        Assert.Equal(
            ["{\"a\":\"-Infinity\",\"b\":\"NaN\"}", "{\"a\":2.0,\"b\":null}"],
            await workspace.RowsAsync("select part from back where part is not null order by id"));
        if (format == "json")
        {
            using var parsed = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(target));
            Assert.Equal("NaN", parsed.RootElement[1].GetProperty("x").GetString());
        }
    }

    [Fact]
    public async Task Title_case_booleans_are_booleans()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,flag\n1,True\n2,False\n3,\n");

        var report = await workspace.IngestAsync("t", "a.csv");

        Assert.Equal("boolean", report.Columns[1].Type);
    }
}
