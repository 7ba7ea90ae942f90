using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Xml;
using Millrace.Sources.Reading;

namespace Millrace.Sources.Loading;

/// <summary>Turns a sheet of an .xlsx workbook into JSON lines, a line for each of its rows, so that line and row have
/// one number. ECMA-376, part 1, chapter 18.</summary>
/// <remarks>What a cell shows is not looked at, only what it holds: a number's digits as they are, a date of a cell
/// with a date's format, a text, a bool. A workbook is a zip, so all that is unpacked has a limit.</remarks>
sealed class WorkbookReader : IDisposable
{
    /// <summary>Unpacked bytes of one part of the workbook.</summary>
    const long MaxPartBytes = 4L << 30;

    /// <summary>Characters of all shared texts, which are held in memory.</summary>
    const long MaxTextCharacters = 256L << 20;

    const int MaxColumns = 16_384;

    /// <summary>So many sheets are named.</summary>
    const int MostNamed = 20;

    readonly ZipArchive _zip;
    readonly string _name;
    readonly List<string> _texts = [];
    readonly List<CellTime> _timeStyles = [];
    readonly List<string> _notices = [];
    long _uncomputed;
    bool _is1904;

    WorkbookReader(ZipArchive zip, string name)
    {
        _zip = zip;
        _name = name;
    }

    /// <summary>Writes the rows of a sheet aside.</summary>
    /// <param name="file">The workbook.</param>
    /// <param name="settings">Which sheet, and whether it has a header.</param>
    /// <param name="target">Where the lines go.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>source-damaged</c>, <c>sheet-unknown</c>, <c>source-inflates</c>,
    /// <c>columns-many</c>.</exception>
    public static SheetLines ToJsonLines(
        InputFile file, IngestSettings settings, string target, CancellationToken cancellationToken)
    {
        try
        {
            using var zip = ZipFile.OpenRead(file.Path);
            using var reader = new WorkbookReader(zip, file.Name);
            var sheet = reader.FindSheet(settings.Sheet);
            reader.ReadTexts();
            reader.ReadStyles();
            using var output = File.Create(target);
            var names = reader.WriteRows(sheet, settings.HasHeader ?? true, output, cancellationToken);
            if (reader._uncomputed > 0)
            {
                reader._notices.Add(
                    $"{reader._uncomputed:N0} cells of '{file.Name}' have a formula and no value, so they are null; a "
                    + "spreadsheet program that opens and saves the workbook computes them.");
            }

            return new SheetLines(names, reader._notices);
        }
        catch (Exception exception) when (exception is InvalidDataException or XmlException or FormatException)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "source-damaged", $"'{file.Name}' can't be read as a workbook: {exception.Message}",
                "Open it in a spreadsheet program and save it again. Nothing was added.", exception);
        }
    }

    public void Dispose() => _zip.Dispose();

    string FindSheet(string? wanted)
    {
        var sheets = new List<(string Name, string Id)>();
        Read("xl/workbook.xml", xml =>
        {
            if (xml.LocalName == "sheet")
            {
                var id = xml.GetAttribute("id", "http://schemas.openxmlformats.org/officeDocument/2006/relationships");
                sheets.Add((xml.GetAttribute("name") ?? "", id ?? ""));
            }
            else if (xml.LocalName == "workbookPr")
            {
                _is1904 = xml.GetAttribute("date1904") is "1" or "true";
            }
        });
        var targets = new Dictionary<string, string>(StringComparer.Ordinal);
        Read("xl/_rels/workbook.xml.rels", xml =>
        {
            if (xml.LocalName == "Relationship")
            {
                targets[xml.GetAttribute("Id") ?? ""] = xml.GetAttribute("Target") ?? "";
            }
        });
        var index = wanted is null ? 0 : sheets.FindIndex(sheet => sheet.Name == wanted);
        if (index < 0 || index >= sheets.Count)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "sheet-unknown", $"'{_name}' has no sheet '{wanted}'.",
                $"Its sheets are {string.Join(", ", sheets.Select(sheet => $"'{sheet.Name}'"))}.");
        }

        if (wanted is null && sheets.Count > 1)
        {
            _notices.Add(
                $"'{_name}' has {sheets.Count:N0} sheets and the first, '{sheets[0].Name}', is taken; '--sheet' names "
                + $"another: {string.Join(", ", sheets.Skip(1).Take(MostNamed).Select(sheet => $"'{sheet.Name}'"))}.");
        }

        var path = targets.GetValueOrDefault(sheets[index].Id)
            ?? throw new InvalidDataException($"the sheet '{sheets[index].Name}' has no part.");
        return path.StartsWith('/') ? path[1..] : "xl/" + path;
    }

    void ReadTexts()
    {
        if (_zip.GetEntry("xl/sharedStrings.xml") is null)
        {
            return;
        }

        var total = 0L;
        Read("xl/sharedStrings.xml", xml =>
        {
            if (xml.LocalName == "si")
            {
                var text = WorkbookText.Read(xml);
                total += text.Length;
                if (total > MaxTextCharacters)
                {
                    throw Inflates(MaxTextCharacters, "characters of text");
                }

                _texts.Add(text);
            }
        });
    }

    /// <summary>Which formats of cells are dates: true with a time of day, false without.</summary>
    void ReadStyles()
    {
        if (_zip.GetEntry("xl/styles.xml") is null)
        {
            return;
        }

        var formats = new Dictionary<int, string>();
        var isInCells = false;
        Read("xl/styles.xml", xml =>
        {
            switch (xml.LocalName)
            {
                case "numFmt":
                    formats[int.Parse(xml.GetAttribute("numFmtId") ?? "0", CultureInfo.InvariantCulture)] =
                        xml.GetAttribute("formatCode") ?? "";
                    break;
                case "cellXfs":
                    isInCells = true;
                    break;
                case "cellStyles" or "dxfs":
                    isInCells = false;
                    break;
                case "xf" when isInCells:
                    var id = int.Parse(xml.GetAttribute("numFmtId") ?? "0", CultureInfo.InvariantCulture);
                    _timeStyles.Add(WorkbookText.TimeStyle(id, formats.GetValueOrDefault(id)));
                    break;
            }
        });
    }

    /// <returns>The columns of the header.</returns>
    List<string> WriteRows(string sheet, bool hasHeader, Stream output, CancellationToken cancellationToken)
    {
        List<string>? names = null;
        var written = 0;
        using var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer);
        Read(sheet, xml =>
        {
            if (xml.LocalName != "row")
            {
                return;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var number = int.TryParse(xml.GetAttribute("r"), out var given) ? given : written + 1;
            var (cells, isRow) = ReadCells(xml);
            // Rows that are not there are empty lines.
            for (; written + 1 < number; written++)
            {
                output.WriteByte((byte)'\n');
            }

            written++;
            if (hasHeader && names is null && cells.Count > 0)
            {
                names = Names(cells);
            }
            else if (isRow && (names is not null || !hasHeader))
            {
                WriteCells(json, names, cells);
                json.Flush();
                buffer.WriteTo(output);
                buffer.SetLength(0);
                json.Reset();
            }

            output.WriteByte((byte)'\n');
        });
        return [.. (names ?? []).Where(name => name.Length > 0)];
    }

    static void WriteCells(Utf8JsonWriter json, List<string>? names, List<Cell> cells)
    {
        json.WriteStartObject();
        foreach (var cell in cells)
        {
            json.WritePropertyName(
                names is not null && cell.Column < names.Count && names[cell.Column].Length > 0
                    ? names[cell.Column] : $"column{cell.Column + 1}");
            if (cell.IsRaw)
            {
                json.WriteRawValue(cell.Text);
            }
            else
            {
                json.WriteStringValue(cell.Text);
            }
        }

        json.WriteEndObject();
    }

    static List<string> Names(List<Cell> cells)
    {
        var names = new List<string>();
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var cell in cells)
        {
            while (names.Count < cell.Column)
            {
                names.Add("");
            }

            var name = cell.Text;
            for (var number = 2; !taken.Add(name); number++)
            {
                name = $"{cell.Text}_{number}";
            }

            names.Add(name);
        }

        return names;
    }

    /// <summary>The values of a row, and whether it is one: a cell without a value counts unless it is there for its
    /// looks alone, as spreadsheet programs have them far below the last value.</summary>
    (List<Cell> Cells, bool IsRow) ReadCells(XmlReader xml)
    {
        var cells = new List<Cell>();
        var isRow = false;
        if (xml.IsEmptyElement)
        {
            return (cells, false);
        }

        using var row = xml.ReadSubtree();
        row.Read();
        var column = -1;
        while (row.Read())
        {
            if (row.NodeType != XmlNodeType.Element || row.LocalName != "c")
            {
                continue;
            }

            column = WorkbookText.Column(row.GetAttribute("r")) ?? column + 1;
            if (column >= MaxColumns)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "columns-many", $"A row of '{_name}' has a cell beyond column {MaxColumns:N0}.",
                    "The file is no workbook of a spreadsheet program.");
            }

            isRow |= row.GetAttribute("s") is null;
            if (ReadCell(row, column) is { } cell)
            {
                cells.Add(cell);
            }
        }

        return (cells, isRow || cells.Count > 0);
    }

    Cell? ReadCell(XmlReader row, int column)
    {
        var type = row.GetAttribute("t") ?? "n";
        var style = int.TryParse(row.GetAttribute("s"), out var index) ? index : -1;
        string? value = null;
        var hasFormula = false;
        if (!row.IsEmptyElement)
        {
            using var cell = row.ReadSubtree();
            cell.Read();
            while (cell.Read())
            {
                hasFormula |= cell.NodeType == XmlNodeType.Element && cell.LocalName == "f";
                if (cell.NodeType == XmlNodeType.Element && cell.LocalName == "v")
                {
                    value = cell.ReadElementContentAsString();
                }
                else if (cell.NodeType == XmlNodeType.Element && cell.LocalName == "is")
                {
                    value = WorkbookText.Read(cell);
                }
            }
        }

        if (string.IsNullOrEmpty(value) && type is not ("s" or "str" or "inlineStr"))
        {
            _uncomputed += hasFormula ? 1 : 0;
            return null;
        }

        return value is null ? null : type switch
        {
            "s" => new Cell(column, Shared(value), false),
            "b" => new Cell(column, value == "0" ? "false" : "true", true),
            "n" => Number(column, value, style),
            "inlineStr" => new Cell(column, value, false),
            _ => new Cell(column, WorkbookText.Unescape(value), false),
        };
    }

    string Shared(string index) => int.TryParse(index, out var number) && (uint)number < (uint)_texts.Count
        ? _texts[number] : throw new InvalidDataException($"there is no shared text {index}.");

    Cell Number(int column, string text, int style)
    {
        var shown = (uint)style < (uint)_timeStyles.Count ? _timeStyles[style] : CellTime.None;
        var time = shown switch
        {
            CellTime.None => null,
            CellTime.TimeOfDay => WorkbookText.TryTimeOfDay(text)
                ?? WorkbookText.TryDate(text, hasTime: true, _is1904),
            _ => WorkbookText.TryDate(text, shown == CellTime.DateAndTime, _is1904),
        };
        if (time is not null)
        {
            return new Cell(column, time, false);
        }

        var isNumber = NumberText.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out _) && text[0] != '.'
            && !text.StartsWith("-.", StringComparison.Ordinal);
        return new Cell(column, text, isNumber);
    }

    /// <summary>Goes over the elements of a part.</summary>
    void Read(string part, Action<XmlReader> element)
    {
        var entry = _zip.GetEntry(part) ?? throw new InvalidDataException(
            $"it is a zip without a workbook, for it has no part '{part}'.");
        using var stream = new LimitedStream(entry.Open(), MaxPartBytes, () => Inflates(MaxPartBytes, "bytes"));
        using var xml = XmlReader.Create(stream, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersFromEntities = 1 << 20,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        });
        while (xml.Read())
        {
            if (xml.NodeType == XmlNodeType.Element)
            {
                element(xml);
            }
        }
    }

    MillraceException Inflates(long limit, string what) => new(
        ErrorKind.Invalid, "source-inflates", $"'{_name}' has more than {limit:N0} {what} in one part.",
        "Save it as CSV and ingest that.");

    /// <param name="Column">From 0.</param>
    /// <param name="Text">The value.</param>
    /// <param name="IsRaw">Whether it is a number or a bool of JSON.</param>
    readonly record struct Cell(int Column, string Text, bool IsRaw);
}
