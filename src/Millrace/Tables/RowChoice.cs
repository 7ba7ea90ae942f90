namespace Millrace.Tables;

/// <summary>Which rows of a table are meant.</summary>
/// <param name="Sql">A condition over the table's columns.</param>
/// <param name="Keys">Texts that the condition looks for; may be empty.</param>
sealed record RowChoice(string Sql, IReadOnlyList<string> Keys);
