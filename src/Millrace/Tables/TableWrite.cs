using Millrace.Tables.Checks;

namespace Millrace.Tables;

/// <summary>How rows are put into a table.</summary>
public sealed record TableWrite
{
    /// <summary>Whether the rows are added, or take the place of those that are there.</summary>
    public TableMode Mode { get; init; } = TableMode.Append;

    /// <summary>With <see cref="TableMode.Overwrite"/>: only rows of this condition go, and every new row must meet it;
    /// null for all.</summary>
    public string? ReplaceWhere { get; init; }

    /// <summary>With <see cref="TableMode.Overwrite"/>: only the partitions go that the new rows lie in.</summary>
    public bool ReplacesPartitions { get; init; }

    /// <summary>Whether columns that the table does not have are added to it.</summary>
    public bool AddsColumns { get; init; }

    /// <summary>Whether a column's type becomes a wider one when the rows need it. The table then asks its readers to
    /// know <c>typeWidening</c>.</summary>
    public bool WidensTypes { get; init; }

    /// <summary>Of a table that is made: the columns by which its files are parted.</summary>
    public IReadOnlyList<string> PartitionColumns { get; init; } = [];

    /// <summary>The columns that tell rows apart; null keeps those of the table.</summary>
    public IReadOnlyList<string>? KeyColumns { get; init; }

    /// <summary>Of a table that is made: properties such as <c>delta.enableChangeDataFeed</c>.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>An application of the caller's and how far it has come, so that the same rows are not written twice: a
    /// number that is not above the one which the table has writes nothing. Null for none.</summary>
    public (string Application, long Number)? Progress { get; init; }

    /// <summary>What must hold before the version is published, beside the checks of the settings.</summary>
    public IReadOnlyList<CheckRule> Checks { get; init; } = [];
}
