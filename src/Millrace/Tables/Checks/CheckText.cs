using System.Text;
using System.Text.Json.Nodes;
using Millrace.Lineage;

namespace Millrace.Tables.Checks;

/// <summary>What is said of checks.</summary>
public static class CheckText
{
    const int ChecksMax = 10;
    const int ExamplesMax = 3;

    /// <summary>What the checks of a version only warn of: sentences, none when there is nothing.</summary>
    public static IReadOnlyList<string> WarningsOf(ThingVersion? version) =>
        version is not null && JsonNode.Parse(version.Summary)?["checks"]?["warnings"] is JsonArray warnings
            ? [.. warnings.Select(warning => $"{warning}.")] : [];

    internal static string Kept(ThingVersion rejected, long rows) =>
        $"The {rows:N0} rows are kept: millrace sql 'select * from \"{rejected.Name}\"' "
        + $"(v{rejected.Number}).";

    /// <summary>The failure of checks of tables, with examples.</summary>
    internal static MillraceException Failure(IReadOnlyList<AuditedTable> failed, IReadOnlyList<string> kept)
    {
        var text = new StringBuilder();
        foreach (var (report, newRows, _, _) in failed)
        {
            var failures = report.Failures;
            text.Append(text.Length > 0 ? "\n" : "").Append(
                $"{failures.Count:N0} of {report.Results.Count:N0} checks of table '{report.Table}' failed, so nothing "
                + $"was published of {newRows:N0} new rows:");
            foreach (var failure in failures.Take(ChecksMax))
            {
                text.Append($"\n  {failure.Rule.Label}: {failure.Message}");
                text.Append(string.Concat(failure.Examples.Take(ExamplesMax).Select(row => $"\n    {row}")));
            }

            if (failures.Count > ChecksMax)
            {
                text.Append($"\n  and {failures.Count - ChecksMax:N0} others");
            }
        }

        return new MillraceException(
            ErrorKind.Invalid, TableAudit.FailedCode, text.ToString(),
            string.Join(' ', kept.Append("Correct the source, or the check, and run the same command again.")
                .Where(sentence => sentence.Length > 0)));
    }
}
