namespace Millrace.Tables.Queries;

/// <summary>How the rows of a query are written.</summary>
public enum SqlResultFormat
{
    /// <summary>Delimited text with a header; null is nothing, an empty text <c>""</c>.</summary>
    Csv = 0,

    /// <summary>One array of objects.</summary>
    Json = 1,

    /// <summary>An object on each line.</summary>
    JsonLines = 2,

    /// <summary>A table of Markdown.</summary>
    Markdown = 3,

    /// <summary>A Parquet file.</summary>
    Parquet = 4,

    /// <summary>Arrow's IPC: as file, and into a pipe as stream.</summary>
    Arrow = 5,
}
