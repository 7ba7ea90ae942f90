using System.Text.Json.Serialization;
using Millrace.Tables.Checks;

namespace Millrace.Tables;

/// <summary>What a publication does to a table's rows.</summary>
public enum TableMode
{
    /// <summary>Adds the staged files to those that are live.</summary>
    Append = 0,

    /// <summary>Replaces the live files by the staged ones.</summary>
    Overwrite = 1,
}

/// <summary>Files that are durable in a table's folder but not yet in its log, so that no reader sees them.</summary>
/// <param name="Name">The table.</param>
/// <param name="Mode">What publishing them does.</param>
/// <param name="Schema">Their columns; for an append they must be those of the table.</param>
/// <param name="KeyColumns">The columns that tell rows apart; may be empty.</param>
/// <param name="Files">In order; may be empty.</param>
public sealed record StagedTable(
    string Name, TableMode Mode, TableSchema Schema, IReadOnlyList<string> KeyColumns, IReadOnlyList<DataFile> Files)
{
    /// <summary>For an append: whether columns behind those of the table are added to it.</summary>
    public bool AddsColumns { get; init; }

    public long RowCount => Files.Sum(file => file.RowCount);

    /// <summary>What the version does beside adding the files; null for a plain <see cref="Mode"/>.</summary>
    public TableChange? Change { get; init; }

    /// <summary>JSON object of the figures of each column of the rows that were written; null for none.</summary>
    public string? ColumnFigures { get; init; }

    /// <summary>What must hold before it is published, beside the checks of the settings; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CheckRule>? Checks { get; init; }
}
