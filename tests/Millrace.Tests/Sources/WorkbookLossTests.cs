using System.IO.Compression;
using System.Text;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>What workbooks say that is easily lost.</summary>
public sealed class WorkbookLossTests
{
    const string Sheets = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_and_columns_of_nulls_and_booleans_go_out_and_come_back()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync(
            "t",
            "select * from (values (null::bigint, null::boolean, null::varchar), (1, true, null), (null, null, null), "
            + "(2, false, null), (null, null, null)) v(a, b, c)");
        var target = Path.Combine(workspace.Outside, "out.xlsx");

        await workspace.Open.Sources.ExportAsync(new ExportSettings { Table = "t", Target = target }, null, Stop);
        var back = await workspace.IngestAsync("back", "out.xlsx");

        Assert.Equal(["a long", "b boolean", "c string"], back.Columns.Select(c => $"{c.Name} {c.Type}"));
        Assert.Equal(
            ["null|null|null", "1|True|null", "null|null|null", "2|False|null", "null|null|null"],
            await workspace.RowsAsync("from back"));
    }

    [Fact]
    public async Task Formulas_without_values_and_other_sheets_are_told_and_times_of_day_are_texts()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.xlsx", Workbook(
            "<row><c t=\"inlineStr\"><is><t>n</t></is></c><c t=\"inlineStr\"><is><t>at</t></is></c></row>"
            + "<row><c><f>1+1</f><v></v></c><c s=\"1\"><v>0.52</v></c></row>"
            + "<row><c><v>3</v></c><c s=\"1\"><v>0.5000116</v></c></row>"
            + "<row><c s=\"1\"/><c s=\"1\"/></row>"));

        var report = await workspace.IngestAsync("t", "a.xlsx");

        Assert.Equal(["null|12:28:48", "3|12:00:01.002"], await workspace.RowsAsync("from t order by n nulls first"));
        Assert.Contains(report.Notices, notice => notice.Contains("2 sheets", StringComparison.Ordinal)
            && notice.Contains("'second'", StringComparison.Ordinal));
        Assert.Contains(report.Notices, notice => notice.StartsWith("1 cells", StringComparison.Ordinal));
    }

    static byte[] Workbook(string rows)
    {
        const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("xl/workbook.xml", $"<workbook xmlns=\"{Sheets}\" xmlns:r=\"{Office}\"><sheets>"
                + "<sheet name=\"first\" r:id=\"a\"/><sheet name=\"second\" r:id=\"b\"/></sheets></workbook>");
            Add("xl/_rels/workbook.xml.rels",
                "<Relationships><Relationship Id=\"a\" Target=\"s1.xml\"/><Relationship Id=\"b\" Target=\"s2.xml\"/>"
                + "</Relationships>");
            Add("xl/styles.xml", $"<styleSheet xmlns=\"{Sheets}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"20\"/>"
                + "</cellXfs></styleSheet>");
            Add("xl/s1.xml", $"<worksheet xmlns=\"{Sheets}\"><sheetData>{rows}</sheetData></worksheet>");
            Add("xl/s2.xml", $"<worksheet xmlns=\"{Sheets}\"><sheetData/></worksheet>");

            void Add(string name, string text)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return memory.ToArray();
    }
}
