namespace Millrace.Tables.Frames;

/// <summary>Formats of files that frames read and write.</summary>
public enum FileFormat
{
    Parquet = 0,

    /// <summary>Delimited text; delimiter, quotes and header are found out.</summary>
    Csv = 1,

    /// <summary>One array, or one object a line.</summary>
    Json = 2,
}
