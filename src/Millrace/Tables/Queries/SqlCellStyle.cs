namespace Millrace.Tables.Queries;

/// <summary>What the text of a cell is for.</summary>
public enum SqlCellStyle
{
    /// <summary>As DuckDB writes a value; bytes as hex.</summary>
    Text = 0,

    /// <summary>Of numbers, truth values and nested values the JSON; a number that JSON does not have is null.
    /// </summary>
    Json = 1,
}
