using Millrace.Objects;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>What a database is asked for, and where its rows go.</summary>
/// <param name="Label">What the source is called.</param>
/// <param name="Settings">Table, drift policy and given types.</param>
/// <param name="Columns">The columns that the table has and keeps; null when it is made, or made anew.</param>
/// <param name="JsonColumns">Those of them that hold JSON as its text.</param>
/// <param name="BytesColumns">Those of them that hold the URLs of bytes.</param>
/// <param name="From">What the rows are selected from, as SQL.</param>
/// <param name="Where">The condition of the rows, as SQL; null for all.</param>
/// <param name="Stage">Where files are written to.</param>
/// <param name="Name">Begins the names of the files.</param>
/// <param name="Quarantine">Takes rows that are none.</param>
/// <param name="Objects">Takes bytes; null when nothing is stored.</param>
/// <param name="OpenSession">Makes an engine for a file.</param>
/// <param name="Report">Told of bytes and rows.</param>
/// <param name="MaxRowBytes">A longer row is refused.</param>
sealed record LoadOrder(
    string Label,
    IngestSettings Settings,
    TableSchema? Columns,
    IReadOnlySet<string> JsonColumns,
    IReadOnlySet<string> BytesColumns,
    string From,
    string? Where,
    TableStage Stage,
    string Name,
    RowQuarantine Quarantine,
    ObjectBatch? Objects,
    Func<SqlSession> OpenSession,
    Action<long, long> Report,
    int MaxRowBytes)
{
    /// <summary>The condition as a clause.</summary>
    public string Clause => Where is null ? "" : $" where {Where}";
}
