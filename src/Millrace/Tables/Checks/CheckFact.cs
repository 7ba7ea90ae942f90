using System.Text.Json;
using Millrace.Catalog;

namespace Millrace.Tables.Checks;

/// <summary>How the checks of a table came out, as the catalog keeps it.</summary>
/// <param name="Table">The table.</param>
/// <param name="RunId">The run whose rows were looked at; null for the one that is published.</param>
/// <param name="VersionTable">The table whose version of this publication was looked at; null for none.</param>
/// <param name="VersionId">The version that was looked at, when it was there already; null for none.</param>
/// <param name="Results">In the order of the checks.</param>
sealed record CheckFact(
    string Table, string? RunId, string? VersionTable, long? VersionId, IReadOnlyList<CheckNote> Results)
{
    /// <summary>The fact of a publication.</summary>
    public CatalogFact ToFact() => new(
        CheckResultWriter.FactKind, JsonSerializer.SerializeToElement(this, TablesJson.Default.CheckFact));
}

/// <summary>One result.</summary>
/// <param name="Name">What the check is called.</param>
/// <param name="Kind">Its word.</param>
/// <param name="Severity"><c>fail</c> or <c>warn</c>.</param>
/// <param name="Outcome"><c>passed</c>, <c>failed</c> or <c>error</c>.</param>
/// <param name="Observed">The number that was compared.</param>
/// <param name="CheckedRows">How many rows were looked at.</param>
/// <param name="FailingRows">How many of them break it.</param>
/// <param name="Message">What was found and what was expected.</param>
/// <param name="Examples">JSON array of rows.</param>
/// <param name="Rule">JSON of the check.</param>
/// <param name="IsOfCode">Whether it stands in code, and not in the settings.</param>
sealed record CheckNote(
    string Name,
    string Kind,
    string Severity,
    string Outcome,
    double? Observed,
    long? CheckedRows,
    long? FailingRows,
    string Message,
    string Examples,
    string Rule,
    bool IsOfCode)
{
    public static CheckNote Of(CheckResult result, bool isOfCode) => new(
        result.Rule.Label, CheckSpec.Of(result.Rule.Kind).Word,
        result.Rule.Severity == CheckSeverity.Warn ? "warn" : "fail",
        result.Outcome switch
        {
            CheckOutcome.Passed => "passed",
            CheckOutcome.Failed => "failed",
            _ => "error",
        },
        // JSON has no word for what is no number.
        result.Observed is { } number && double.IsFinite(number) ? number : null,
        result.CheckedRows, result.FailingRows, result.Message,
        JsonSerializer.Serialize([.. result.Examples], TablesJson.Default.ListString),
        JsonSerializer.Serialize(result.Rule, TablesJson.Default.CheckRule), isOfCode);
}
