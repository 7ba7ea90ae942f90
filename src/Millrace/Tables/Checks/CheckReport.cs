namespace Millrace.Tables.Checks;

/// <summary>How the checks of a table came out.</summary>
/// <param name="Table">The table.</param>
/// <param name="Version">The version that was looked at; null for one that is not published.</param>
/// <param name="RowCount">The rows that the version has.</param>
/// <param name="Results">In the order of the checks.</param>
public sealed record CheckReport(string Table, long? Version, long RowCount, IReadOnlyList<CheckResult> Results)
{
    /// <summary>Whether nothing keeps the version from being published.</summary>
    public bool IsPassed => !Results.Any(result => result.IsFailure);

    public IReadOnlyList<CheckResult> Failures => [.. Results.Where(result => result.IsFailure)];

    public IReadOnlyList<CheckResult> Warnings => [.. Results.Where(result => result.IsWarning)];
}
