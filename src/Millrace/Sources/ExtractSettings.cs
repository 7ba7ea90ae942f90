namespace Millrace.Sources;

/// <summary>What to take from a database's table.</summary>
/// <param name="Database">Where it is.</param>
/// <param name="Table">Its name there.</param>
/// <param name="Key">The column that tells rows apart.</param>
/// <param name="Cursor">A column of times by which new rows are found.</param>
/// <param name="Until">Rows of that time or later are left for another night.</param>
/// <param name="Columns">The columns to take, in order; they include key and cursor.</param>
public sealed record ExtractSettings(
    SourceDatabase Database,
    string Table,
    string Key,
    string Cursor,
    DateTimeOffset Until,
    IReadOnlyList<string> Columns);
