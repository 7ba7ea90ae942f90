using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Writes rows as an .xlsx workbook of one sheet, row by row. ECMA-376, part 1, chapter 18.</summary>
/// <remarks>Times become texts in ISO form, and numbers that a double does not hold become texts, so that the workbook
/// says what the table says.</remarks>
static class WorkbookWriter
{
    const long MaxRows = 1_048_575;
    const int MaxColumns = 16_384;
    const int MaxCellCharacters = 32_767;
    const string Sheets = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    const string Head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    const string Package = "http://schemas.openxmlformats.org/package/2006";
    const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const string Content = "application/vnd.openxmlformats-officedocument.spreadsheetml";

    static readonly (string Name, string Content)[] Parts =
    [
        ("[Content_Types].xml",
            $"{Head}<Types xmlns=\"{Package}/content-types\">"
            + "<Default Extension=\"rels\" "
            + "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
            + "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
            + $"<Override PartName=\"/xl/workbook.xml\" ContentType=\"{Content}.sheet.main+xml\"/>"
            + $"<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{Content}.worksheet+xml\"/>"
            + "</Types>"),
        ("_rels/.rels",
            $"{Head}<Relationships xmlns=\"{Package}/relationships\">"
            + $"<Relationship Id=\"rId1\" Type=\"{Office}/officeDocument\" Target=\"xl/workbook.xml\"/>"
            + "</Relationships>"),
        ("xl/workbook.xml",
            $"{Head}<workbook xmlns=\"{Sheets}\" xmlns:r=\"{Office}\">"
            + "<sheets><sheet name=\"table\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels",
            $"{Head}<Relationships xmlns=\"{Package}/relationships\">"
            + $"<Relationship Id=\"rId1\" Type=\"{Office}/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
            + "</Relationships>"),
    ];

    /// <returns>How many rows.</returns>
    /// <exception cref="MillraceException"><c>workbook-large</c>.</exception>
    public static long Write(
        SqlSession session,
        string query,
        IReadOnlyList<TableColumn> columns,
        long rowCount,
        string path,
        CancellationToken cancellationToken)
    {
        if (rowCount > MaxRows || columns.Count > MaxColumns)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "workbook-large",
                $"A sheet has at most {MaxRows:N0} rows and {MaxColumns:N0} columns; the table has {rowCount:N0} and "
                + $"{columns.Count:N0}.", "Export it as CSV or Parquet, or fewer columns.");
        }

        using var file = File.Create(path);
        using var zip = new ZipArchive(file, ZipArchiveMode.Create);
        foreach (var (name, content) in Parts)
        {
            using var part = zip.CreateEntry(name).Open();
            part.Write(Encoding.UTF8.GetBytes(content));
        }

        using var sheet = zip.CreateEntry("xl/worksheets/sheet1.xml").Open();
        using var xml = XmlWriter.Create(sheet, new XmlWriterSettings { Encoding = new UTF8Encoding(false) });
        xml.WriteStartElement("worksheet", Sheets);
        xml.WriteStartElement("sheetData", Sheets);
        WriteRow(xml, columns.Count, i => (columns[i].Name, false, false));
        var texts = string.Join(", ", columns.Select(
            column => $"cast({SqlName.Quote(column.Name)} as varchar) as {SqlName.Quote(column.Name)}"));
        var isNumber = columns.Select(
            column => column.Type is "long" or "integer" or "short" or "byte" or "double" or "float").ToList();
        var isBoolean = columns.Select(column => column.Type == "boolean").ToList();
        var rows = session.Query(
            $"select {texts} from ({query})", [],
            reader =>
            {
                var count = 0L;
                while (reader.Read())
                {
                    count++;
                    WriteRow(xml, columns.Count, i => reader.IsDBNull(i)
                        ? (null, false, false) : (reader.GetString(i), isNumber[i], isBoolean[i]));
                }

                return count;
            },
            cancellationToken);
        xml.WriteEndElement();
        xml.WriteEndElement();
        return rows;
    }

    /// <summary>A cell without a value is written, too: so that a row of nulls is seen to be one.</summary>
    static void WriteRow(XmlWriter xml, int count, Func<int, (string? Text, bool IsNumber, bool IsBoolean)> cell)
    {
        xml.WriteStartElement("row", Sheets);
        for (var i = 0; i < count; i++)
        {
            var (text, isNumber, isBoolean) = cell(i);
            xml.WriteStartElement("c", Sheets);
            if (text is not null && isBoolean)
            {
                xml.WriteAttributeString("t", "b");
                xml.WriteElementString("v", Sheets, text == "true" ? "1" : "0");
            }
            else if (text is not null && isNumber && IsExact(text))
            {
                xml.WriteElementString("v", Sheets, text);
            }
            else if (text is not null)
            {
                WriteText(xml, text);
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    // Excel holds every number as a double with 15 digits.
    static bool IsExact(string text) => double.TryParse(
        text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
        && text.Count(char.IsAsciiDigit) <= 15;

    static void WriteText(XmlWriter xml, string text)
    {
        if (text.Length > MaxCellCharacters)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "workbook-large",
                $"A cell of a sheet has at most {MaxCellCharacters:N0} characters; a text has {text.Length:N0}.",
                "Export the table as CSV or Parquet, or leave the column out.");
        }

        xml.WriteAttributeString("t", "inlineStr");
        xml.WriteStartElement("is", Sheets);
        xml.WriteStartElement("t", Sheets);
        xml.WriteAttributeString("xml", "space", null, "preserve");
        xml.WriteString(Escaped(text));
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    /// <summary>Characters that XML does not have are written as <c>_x0000_</c>. ECMA-376, part 1, 22.9.2.19.</summary>
    static string Escaped(string text)
    {
        if (text.All(letter => XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter))
            && !text.Contains("_x", StringComparison.Ordinal) && !text.Contains('\r', StringComparison.Ordinal))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var isMarked = text[i] == '_' && i + 6 < text.Length && text[i + 1] == 'x' && text[i + 6] == '_';
            var isChar = XmlConvert.IsXmlChar(text[i]) || char.IsSurrogate(text[i]);
            _ = isMarked || !isChar || text[i] == '\r'
                ? escaped.Append(CultureInfo.InvariantCulture, $"_x{(int)text[i]:X4}_") : escaped.Append(text[i]);
        }

        return escaped.ToString();
    }
}
