namespace Millrace.Tables.Profiles;

/// <summary>Something that looks wrong with the rows.</summary>
/// <param name="Code">A kebab-case word for programs, such as <c>future-time</c>.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Columns">The columns that it is about; empty for whole rows.</param>
/// <param name="Message">A sentence with its numbers.</param>
/// <param name="Count">How many rows; null when it is not about single rows.</param>
/// <param name="IsEstimate">Whether the count is one of the rows that were looked at, brought up to all rows.</param>
/// <param name="Examples">Values that are meant.</param>
public sealed record ProfileFinding(
    string Code,
    FindingSeverity Severity,
    IReadOnlyList<string> Columns,
    string Message,
    long? Count,
    bool IsEstimate,
    IReadOnlyList<string> Examples);

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    /// <summary>Good to know.</summary>
    Note = 0,

    /// <summary>Likely to disturb a model or a query.</summary>
    Warning = 1,

    /// <summary>Almost certainly wrong: look before these rows are used.</summary>
    Serious = 2,
}
