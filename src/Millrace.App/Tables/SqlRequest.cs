using Millrace.Tables;
using Millrace.Tables.Queries;

namespace Millrace.App.Tables;

/// <summary>What <c>millrace sql</c> was asked for.</summary>
sealed record SqlRequest
{
    public required SqlQueryOptions Options { get; init; }

    /// <summary>Null shows a table for people.</summary>
    public SqlResultFormat? Format { get; init; }

    /// <summary>The file that holds the SQL.</summary>
    public string? File { get; init; }

    /// <summary>The file that the rows go to.</summary>
    public string? Output { get; init; }

    /// <summary>Whether a file that is there is replaced.</summary>
    public bool Replaces { get; init; }

    /// <summary>The table that the rows become.</summary>
    public string? SaveAs { get; init; }

    public TableMode Mode { get; init; } = TableMode.Overwrite;

    public IReadOnlyList<string> KeyColumns { get; init; } = [];

    public TimeSpan? Timeout { get; init; }

    /// <summary>The engine that computes; null for the one that the settings name.</summary>
    public string? Engine { get; init; }

    /// <summary>The rows of a table for people.</summary>
    public int RowsShown { get; init; }

    /// <summary>Whether rows go to a terminal while the query runs, so that no line may move there.</summary>
    public bool IsQuiet => Format is not null && Output is null && SaveAs is null && !Console.IsOutputRedirected;
}
