namespace Millrace.Sources;

/// <summary>How the bytes of a source are to be read.</summary>
public enum SourceFormat
{
    /// <summary>By the name's ending and the first bytes.</summary>
    Auto = 0,

    /// <summary>Fields with commas, semicolons, tabs or bars between them.</summary>
    Csv = 1,

    /// <summary>Fields with tabs between them.</summary>
    Tsv = 2,

    /// <summary>An array of JSON objects, or objects one behind the other.</summary>
    Json = 3,

    /// <summary>A JSON object on each line.</summary>
    JsonLines = 4,

    Parquet = 5,

    /// <summary>Arrow's IPC, as file or as stream.</summary>
    Arrow = 6,

    /// <summary>A sheet of an .xlsx workbook.</summary>
    Excel = 7,

    /// <summary>The log of a web server in the common format.</summary>
    CommonLog = 8,

    /// <summary>The same with referrer and user agent.</summary>
    CombinedLog = 9,

    /// <summary>Lines that a regular expression with named groups takes apart.</summary>
    Regex = 10,

    /// <summary>Rows of a PostgreSQL database.</summary>
    Postgres = 11,

    /// <summary>Rows of a SQLite database.</summary>
    Sqlite = 12,
}
