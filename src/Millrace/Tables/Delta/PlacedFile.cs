namespace Millrace.Tables.Delta;

/// <summary>A data file and where it is.</summary>
/// <param name="File">As the log names it.</param>
/// <param name="Path">Where DuckDB reads it.</param>
readonly record struct PlacedFile(DataFile File, string Path);
