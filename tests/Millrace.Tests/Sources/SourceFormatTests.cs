using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Formats beside CSV and JSON, and the way out.</summary>
public sealed class SourceFormatTests
{
    const string Rows = """
        select i::bigint as id, 'text, "' || i || chr(10) as name, i / 8.0 as x, i % 2 = 0 as flag,
            date '2026-01-01' + i::integer as day,
            timestamptz '2026-01-01 00:00:00+00' + interval (i) second as at_time,
            (i * 1.01)::decimal(30,2) as price, [i, null, 3]::bigint[] as list,
            case when i % 3 = 0 then null when i % 3 = 1 then '' else 'é' end as maybe
        from range(100) t(i)
        """;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("csv")]
    [InlineData("tsv")]
    [InlineData("json")]
    [InlineData("jsonl")]
    [InlineData("parquet")]
    [InlineData("arrow")]
    public async Task A_table_goes_out_and_comes_back_the_same(string format)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows);
        var target = Path.Combine(workspace.Outside, $"out.{format}");

        var report = await workspace.Open.Sources.ExportAsync(
            new ExportSettings { Table = "t", Target = target }, null, Stop);
        var back = await workspace.IngestAsync("back", $"out.{format}");

        Assert.Equal((100, 100, 100), (report.Rows, back.Records, back.Rows));
        // CSV has no lists; theirs are JSON texts.
        var list = format is "csv" or "tsv" ? "to_json(list)::varchar" : "list";
        Assert.Equal(
            ["0"],
            await workspace.RowsAsync(
                $"select count(*) from (select * replace ({list} as list, price::double as price) from t except "
                + "select * replace (price::double as price) from back)"));
        Assert.Empty(Directory.GetFiles(workspace.Outside, ".tmp-*"));
    }

    [Fact]
    public async Task A_workbook_goes_out_and_comes_back_with_its_types()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync(
            "t", "select id, name || chr(1) || '_x0041_' as name, x, flag, day, maybe from (" + Rows + ")");
        var target = Path.Combine(workspace.Outside, "out.xlsx");

        await workspace.Open.Sources.ExportAsync(new ExportSettings { Table = "t", Target = target }, null, Stop);
        var back = await workspace.IngestAsync("back", "out.xlsx");

        Assert.Equal(
            ["id long", "name string", "x double", "flag boolean", "day date", "maybe string"],
            back.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal(
            ["100|100|100|100|100|100"], await workspace.RowsAsync(
                "select count(*), count(*) filter (t.name = b.name), count(*) filter (t.x = b.x), "
                + "count(*) filter (t.flag = b.flag), count(*) filter (t.day = b.day), "
                + "count(*) filter (t.maybe is not distinct from b.maybe) from t join back b using (id)"));
    }

    [Fact]
    public async Task A_target_that_is_there_is_kept_unless_it_may_be_replaced()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1::bigint as a");
        var target = workspace.WriteFile("out.csv", "mine");
        var settings = new ExportSettings { Table = "t", Target = target };

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Open.Sources.ExportAsync(settings, null, Stop));

        Assert.Equal("target-exists", failure.Code);
        Assert.Equal("mine", File.ReadAllText(target));
        await workspace.Open.Sources.ExportAsync(settings with { Replaces = true }, null, Stop);
        Assert.Equal("a\n1\n", File.ReadAllText(target));
    }

    [Fact]
    public async Task A_version_goes_to_standard_output()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1::bigint as a");
        await workspace.AppendAsync("t", "select 2::bigint as a");
        using var output = new MemoryStream();

        await workspace.Open.Sources.ExportAsync(
            new ExportSettings
            {
                Table = "t",
                Version = "v0",
                Target = "-",
                Format = SourceFormat.JsonLines,
                OpenOutput = () => output,
            },
            null, Stop);

        Assert.Equal("{\"a\":1}\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task Parquet_keeps_its_types_and_what_no_table_has_becomes_text()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        using (var session = workspace.Tables.OpenSession())
        {
            session.Execute(
                $"copy (select 1::utinyint as u, 18446744073709551615::ubigint as big, {{'a': 1}} as s, "
                + "timestamp_ns '2026-01-01 00:00:00.123456789' as ns, 1.5::float as f, 'x'::blob as b, "
                + $"time '10:00' as t) to '{workspace.Outside}/a.parquet' (format parquet)", Stop);
        }

        var report = await workspace.IngestAsync("t", "a.parquet");

        Assert.Equal(
            ["u long", "big decimal(20,0)", "s string", "ns string", "f float", "b binary", "t string"],
            report.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal(
            ["18446744073709551615|{\"a\":1}|2026-01-01 00:00:00.123456789"],
            await workspace.RowsAsync("select big::varchar, s, ns from t"));
    }

    [Theory]
    [InlineData("PAR1")]
    [InlineData("PAR1\u0001\u0002\u0003\u0004\u00ff\u00ff\u00ff\u007fPAR1")]
    [InlineData("ARROW1\0\0\u0010\0\0\0ARROW1")]
    [InlineData("PK\u0003\u0004broken")]
    public async Task A_damaged_file_is_refused_and_nothing_is_added(string bytes)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a", Encoding.Latin1.GetBytes(bytes));

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.IngestAsync("t", "a"));

        Assert.Equal("source-damaged", failure.Code);
        Assert.Null(workspace.Log("t"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Arrow_is_read_as_file_and_as_stream(bool isFile)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var batch = new RecordBatch.Builder()
            .Append("id", false, new Int64Array.Builder().AppendRange([1, 2, 3]).Build())
            .Append("name", true, new StringArray.Builder().Append("a").AppendNull().Append("é").Build()).Build();
        using (var file = File.Create(Path.Combine(workspace.Outside, "a.arrow")))
        using (var writer = isFile
            ? new ArrowFileWriter(file, batch.Schema) : new ArrowStreamWriter(file, batch.Schema))
        {
            await writer.WriteRecordBatchAsync(batch, Stop);
            await writer.WriteEndAsync(Stop);
        }

        var report = await workspace.IngestAsync("t", "a.arrow");

        Assert.Equal(3, report.Rows);
        Assert.Equal(["1|a", "2|null", "3|é"], await workspace.RowsAsync("select id, name from t order by id"));
    }

    [Fact]
    public async Task Web_logs_become_columns_and_other_lines_are_quarantined()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(
            "access.log",
            "1.2.3.4 - ann [10/Oct/2000:13:55:36 -0700] \"GET /a?b=c HTTP/1.0\" 200 2326 \"http://x/\" \"Mo\\\"z\"\n"
            + "::1 - - [10/Oct/2000:13:55:37 +0000] \"\\x16\\x03\" 400 - \"-\" \"-\"\nnonsense\n");

        var report = await workspace.IngestAsync(
            "t", "access.log", settings => settings with { Format = SourceFormat.CombinedLog });

        Assert.Equal((3, 2, 1), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["1.2.3.4|ann|2000-10-10 20:55:36+00|-0700|GET|/a?b=c|200|2326|Mo\\\"z",
                "::1|null|2000-10-10 13:55:37+00|+0000|null|null|400|null|null"],
            await workspace.RowsAsync(
                "select host, \"user\", time::varchar, zone, method, path, status, size, agent from t order by host"));
    }

    [Fact]
    public async Task A_regular_expression_takes_lines_apart_and_can_not_be_made_slow()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.log", $"level=info n=1\nlevel=warn n=2\n{new string('a', 100_000)}!\n");

        var report = await workspace.IngestAsync("t", "a.log", settings => settings with
        {
            Format = SourceFormat.Regex,
            Pattern = @"^level=(?<level>\w+) n=(?<n>\d+)$|^(?<bad>(a+)+)$",
        });

        Assert.Equal((3, 2, 1), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(["info|1", "warn|2"], await workspace.RowsAsync("select level, n from t order by n"));
        Assert.Equal("pattern-invalid", (await Assert.ThrowsAsync<MillraceException>(() => workspace.IngestAsync(
            "u", "a.log", settings => settings with { Format = SourceFormat.Regex, Pattern = "(?=x)(?<a>.)" }))).Code);
    }

    [Fact]
    public async Task Standard_input_is_read_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var report = await workspace.IngestAsync("t", "-", settings => settings with
        {
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes("a,b\n1,x\n")),
        });

        Assert.Equal(("-", 1), (report.Files[0].Name, report.Rows));
    }

    [Fact]
    public async Task Patterns_find_files_in_folders_each_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("d/1.csv", "a\n1\n");
        workspace.WriteFile("d/e/2.csv", "a\n2\n");
        workspace.WriteFile("d/e/f/3.csv", "a\n3\n");
        workspace.WriteFile("d/4.txt", "a\n4\n");

        Assert.Equal(1, (await workspace.IngestAsync("t1", "d/*.csv")).Rows);
        Assert.Equal(3, (await workspace.IngestAsync("t2", "d/**/*.csv")).Rows);
        Assert.Equal(1, (await workspace.IngestAsync("t3", "d/?/2.csv")).Rows);
        Assert.Equal("source-missing", (await Assert.ThrowsAsync<MillraceException>(
            () => workspace.IngestAsync("t4", "d/*.json"))).Code);
    }
}
