using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>What to take from a database into tables, and how.</summary>
public sealed record DatabaseIngestSettings
{
    /// <summary>Where the rows are.</summary>
    public required SourceDatabase Database { get; init; }

    /// <summary>Its tables to take, for PostgreSQL with a schema as <c>schema.table</c> or without. All are read from
    /// one state of the database and published at once.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Whether to take every table that there is.</summary>
    public bool TakesAllTables { get; init; }

    /// <summary>Rows of a query rather than of tables; null for tables.</summary>
    public string? Query { get; init; }

    /// <summary>The table that the rows go to. For several it has a <c>*</c>, which stands for the source's name; null
    /// is the source's name alone.</summary>
    public string? Into { get; init; }

    public TableMode Mode { get; init; } = TableMode.Append;

    public DriftPolicy OnDrift { get; init; } = DriftPolicy.Fail;

    /// <summary>Columns that tell rows apart: rows take the place of those of the same key. Empty adds rows.</summary>
    public IReadOnlyList<string> KeyColumns { get; init; } = [];

    /// <summary>A column that only grows from row to row, such as a number or the time of a change: the next ingest
    /// takes only rows from its greatest value on. Null takes all rows each time.</summary>
    public string? Cursor { get; init; }

    /// <summary>How far behind the greatest value rows are looked at again: <c>2h</c>, <c>3d</c>, <c>90s</c>, or a
    /// number for a column of numbers. Null for not at all.</summary>
    public string? Lookback { get; init; }

    /// <summary>With a key and without a cursor: whether rows that the source does not have any more are deleted.
    /// </summary>
    public bool DeletesOthers { get; init; }

    /// <summary>Whether to find schema and counts only.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Whether to add rows of a source that the table holds already.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Columns whose type is given, by name: Delta's names of types. Values that do not fit go to the
    /// quarantine.</summary>
    public IReadOnlyDictionary<string, string> Types { get; init; } = new Dictionary<string, string>();

    /// <summary>Longer rows are refused; no row of PostgreSQL is longer.</summary>
    public int MaxRowBytes { get; init; } = 1 << 30;
}
