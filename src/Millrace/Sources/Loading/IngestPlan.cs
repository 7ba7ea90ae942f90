using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>A column of what is written.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="SourceName">As the sources write it.</param>
/// <param name="Type">What its values are read as.</param>
/// <param name="Delta">The type of the table's column.</param>
/// <param name="IsGiven">Whether the user gave the type, so that what does not fit goes to the quarantine.</param>
sealed record PlannedColumn(string Name, string SourceName, ReadType Type, string Delta, bool IsGiven);

/// <summary>Which columns are written, and what the table must become for them.</summary>
/// <param name="Columns">In the table's order.</param>
/// <param name="Added">Names of columns that the table does not have yet.</param>
/// <param name="Widened">Columns of the table that take a wider type, with the SQL that makes it of the old
/// value.</param>
/// <param name="Differences">What keeps the input from going into the table; empty when nothing does.</param>
/// <param name="Notices">What a person should know.</param>
/// <param name="QuarantinesMisfits">Whether records that do not fit go to the quarantine.</param>
sealed record IngestPlan(
    IReadOnlyList<PlannedColumn> Columns,
    IReadOnlyList<string> Added,
    IReadOnlyDictionary<string, string> Widened,
    IReadOnlyList<string> Differences,
    IReadOnlyList<string> Notices,
    bool QuarantinesMisfits)
{
    /// <summary>Columns of the table that the input does not have.</summary>
    public IReadOnlySet<string> Missing { get; init; } = new HashSet<string>();

    public TableSchema Schema => new([.. Columns.Select(column => new TableColumn(column.Name, column.Delta))]);

    public IReadOnlyList<string> SourceNames => [.. Columns.Select(column => column.SourceName)];
}
