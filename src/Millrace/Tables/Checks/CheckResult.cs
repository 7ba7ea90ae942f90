namespace Millrace.Tables.Checks;

/// <summary>How a check came out.</summary>
/// <param name="Rule">The check.</param>
/// <param name="Outcome">Whether it holds.</param>
/// <param name="Message">What was found and what was expected, in a few words without a full stop.</param>
public sealed record CheckResult(CheckRule Rule, CheckOutcome Outcome, string Message)
{
    /// <summary>The word of its kind.</summary>
    public string Word => CheckSpec.Of(Rule.Kind).Word;

    /// <summary>The number that was compared: a mean, a divergence, the share of the rows that hold; null for none.
    /// </summary>
    public double? Observed { get; init; }

    /// <summary>How many rows were looked at; null when none were.</summary>
    public long? CheckedRows { get; init; }

    /// <summary>How many of them break it; null when rows are not counted.</summary>
    public long? FailingRows { get; init; }

    /// <summary>Some rows that break it, each as a JSON object; long texts are cut.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Whether it keeps a version from being published.</summary>
    public bool IsFailure => Outcome != CheckOutcome.Passed && Rule.Severity == CheckSeverity.Fail;

    /// <summary>Whether it is only told.</summary>
    public bool IsWarning => Outcome != CheckOutcome.Passed && Rule.Severity == CheckSeverity.Warn;
}
