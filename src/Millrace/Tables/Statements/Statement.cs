namespace Millrace.Tables.Statements;

/// <summary>One statement of SQL, as it was understood.</summary>
/// <param name="Source">Its text, and where it stands.</param>
public abstract record Statement(StatementText Source)
{
    /// <summary>What it does, such as <c>INSERT</c>; for messages.</summary>
    public abstract string Verb { get; }
}

/// <summary>A statement that only reads; the engine is given its text.</summary>
public sealed record QueryStatement(StatementText Source) : Statement(Source)
{
    /// <inheritdoc/>
    public override string Verb => "SELECT";
}

/// <summary>Makes a table.</summary>
sealed record CreateTableStatement(StatementText Source, string Table, CreateMode Mode) : Statement(Source)
{
    public override string Verb => Query is null ? "CREATE TABLE" : "CREATE TABLE AS";

    /// <summary>Its columns; empty when the query has them.</summary>
    public IReadOnlyList<TableColumn> Columns { get; init; } = [];

    /// <summary>What every row must meet, by name; an empty name is one to be made.</summary>
    public IReadOnlyList<(string Name, string Condition)> Checks { get; init; } = [];

    public IReadOnlyList<string> PartitionColumns { get; init; } = [];

    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    public string? Comment { get; init; }

    /// <summary>The rows it begins with; null for none.</summary>
    public string? Query { get; init; }
}

/// <summary>What becomes of a table or view that is there already.</summary>
enum CreateMode
{
    /// <summary>It is an error.</summary>
    New = 0,

    /// <summary>It stays, and nothing is done.</summary>
    IfMissing = 1,

    /// <summary>The new one takes its place.</summary>
    Replace = 2,
}

/// <summary>Takes tables out of the workspace.</summary>
sealed record DropTableStatement(StatementText Source, IReadOnlyList<string> Tables, bool IfExists)
    : Statement(Source)
{
    public override string Verb => "DROP TABLE";
}

/// <summary>Changes a table's columns or properties.</summary>
sealed record AlterTableStatement(
    StatementText Source, string Table, bool IfExists, TableAlteration Alteration) : Statement(Source)
{
    public override string Verb => "ALTER TABLE";
}

/// <summary>Takes all rows out.</summary>
sealed record TruncateStatement(StatementText Source, string Table) : Statement(Source)
{
    public override string Verb => "TRUNCATE";
}

/// <summary>Adds rows.</summary>
/// <param name="Source">The text.</param>
/// <param name="Table">The table.</param>
/// <param name="Query">The rows.</param>
sealed record InsertStatement(StatementText Source, string Table, string Query) : Statement(Source)
{
    public override string Verb => IsOverwrite ? "INSERT OVERWRITE" : "INSERT";

    /// <summary>The columns that the rows are for, in their order; null for all of the table's.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Whether the columns of the rows go to those of the same name.</summary>
    public bool IsByName { get; init; }

    /// <summary>Whether the rows are written out, so that each value is cast by itself.</summary>
    public bool IsValues { get; init; }

    /// <summary>Whether the rows take the place of those that are there.</summary>
    public bool IsOverwrite { get; init; }
}

/// <summary>Changes rows.</summary>
sealed record UpdateStatement(
    StatementText Source, RowTarget Target, IReadOnlyList<(string Column, string Value)> Assignments)
    : Statement(Source)
{
    public override string Verb => "UPDATE";

    /// <summary>Other tables, as after FROM; null for none.</summary>
    public string? From { get; init; }

    /// <summary>Null for every row.</summary>
    public string? Where { get; init; }
}

/// <summary>Takes rows out.</summary>
sealed record DeleteStatement(StatementText Source, RowTarget Target) : Statement(Source)
{
    public override string Verb => "DELETE";

    /// <summary>Other tables, as after FROM; null for none.</summary>
    public string? Using { get; init; }

    /// <summary>Null for every row.</summary>
    public string? Where { get; init; }
}

/// <summary>Merges rows.</summary>
/// <param name="Source">The text.</param>
/// <param name="Target">The table.</param>
/// <param name="Rows">A query of the rows.</param>
/// <param name="Alias">What the rows are called in the conditions.</param>
/// <param name="On">Which belong together.</param>
sealed record MergeStatement(StatementText Source, RowTarget Target, string Rows, string Alias, string On)
    : Statement(Source)
{
    public override string Verb => "MERGE";

    public IReadOnlyList<MergeStep> Matched { get; init; } = [];

    public IReadOnlyList<MergeStep> NotMatched { get; init; } = [];

    public IReadOnlyList<MergeStep> NotMatchedBySource { get; init; } = [];
}

/// <summary>The table whose rows a statement changes.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Alias">What it is called in the statement.</param>
/// <param name="With">The text of common table expressions before the statement, with WITH; empty for none.</param>
sealed record RowTarget(string Table, string Alias, string With);

/// <summary>Makes a view.</summary>
sealed record CreateViewStatement(StatementText Source, string View, CreateMode Mode, string Query)
    : Statement(Source)
{
    public override string Verb => "CREATE VIEW";
}

/// <summary>Takes views away.</summary>
sealed record DropViewStatement(StatementText Source, IReadOnlyList<string> Views, bool IfExists)
    : Statement(Source)
{
    public override string Verb => "DROP VIEW";
}

/// <summary>Writes files anew.</summary>
sealed record OptimizeStatement(StatementText Source, string Table, IReadOnlyList<string> ZOrderBy)
    : Statement(Source)
{
    public override string Verb => "OPTIMIZE";
}

/// <summary>Deletes files that only old versions have.</summary>
sealed record VacuumStatement(StatementText Source, string Table, TimeSpan? Retention, bool IsDryRun)
    : Statement(Source)
{
    public override string Verb => "VACUUM";
}

/// <summary>Shows the versions of a table.</summary>
sealed record HistoryStatement(StatementText Source, string Table, int? Limit) : Statement(Source)
{
    public override string Verb => "DESCRIBE HISTORY";
}

/// <summary>Gives a table the rows of an earlier version.</summary>
/// <param name="Source">The text.</param>
/// <param name="Table">The table.</param>
/// <param name="Version">As after the <c>@</c> of a name: <c>v3</c> or a time.</param>
sealed record RestoreStatement(StatementText Source, string Table, string Version) : Statement(Source)
{
    public override string Verb => "RESTORE";
}
