using Millrace.Tables.Delta;

namespace Millrace.Tables.Statements;

/// <summary>One change of a table's columns or properties.</summary>
abstract record TableAlteration;

/// <summary>New columns at the end.</summary>
sealed record AddColumns(IReadOnlyList<TableColumn> Columns, bool IfMissing) : TableAlteration;

/// <summary>Columns that go.</summary>
sealed record DropColumns(IReadOnlyList<string> Columns, bool IfExists) : TableAlteration;

/// <summary>Another name for a column.</summary>
sealed record RenameColumn(string From, string To) : TableAlteration;

/// <summary>A wider type for a column.</summary>
sealed record WidenColumn(string Column, DeltaType To) : TableAlteration;

/// <summary>Whether a column may be null.</summary>
sealed record SetNullable(string Column, bool IsNullable) : TableAlteration;

/// <summary>A condition that every row must meet.</summary>
sealed record AddCheck(string Name, string Condition) : TableAlteration;

/// <summary>A condition that goes.</summary>
sealed record DropCheck(string Name, bool IfExists) : TableAlteration;

/// <summary>Properties; null takes one away.</summary>
sealed record SetProperties(IReadOnlyDictionary<string, string?> Properties) : TableAlteration;

/// <summary>What is said of the table, or of one of its columns, for people; null for nothing.</summary>
sealed record SetComment(string? Column, string? Comment) : TableAlteration;
