namespace Millrace.Tables.Edits;

/// <summary>The id that a column has in its files, and those of its parts by their names there.</summary>
sealed record FieldId(long Id, IReadOnlyList<(string Name, FieldId Id)> Parts);
