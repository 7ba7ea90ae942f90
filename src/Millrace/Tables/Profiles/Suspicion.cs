namespace Millrace.Tables.Profiles;

/// <summary>Something that the rows which were looked at, or the bounds of all, give reason to count.</summary>
/// <param name="Code">The finding's.</param>
/// <param name="Severity">The finding's.</param>
/// <param name="Columns">The finding's.</param>
/// <param name="SampleCount">How many of the rows that were looked at are meant; null when it is not about single
/// rows.</param>
/// <param name="Condition">SQL that is true for the rows that are meant, to count them all; null when no SQL says it.
/// </param>
/// <param name="Message">The finding's message, from the count as text.</param>
/// <param name="Examples">The finding's.</param>
sealed record Suspicion(
    string Code, FindingSeverity Severity, IReadOnlyList<string> Columns, long? SampleCount, string? Condition,
    Func<string, string> Message, IReadOnlyList<string> Examples)
{
    /// <summary>The column whose values are examples when all rows are counted; null for none.</summary>
    public ProfiledColumn? ExampleColumn { get; init; }

    /// <summary>Whether <see cref="SampleCount"/> is of all rows.</summary>
    public bool IsCounted { get; init; }

    /// <summary>Whether a count that is of all rows is estimated.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>The share of rows above which it is how the column is, and no mistake; 1 for none.</summary>
    public double MostShare { get; init; } = 1;

    public static Suspicion OfColumn(
        string code, FindingSeverity severity, ProfiledColumn column, string message) =>
        new(code, severity, [column.Name], null, null, _ => message, []);
}
