using System.Text.Json;
using Millrace.Catalog;

namespace Millrace.Tables.Checks;

/// <summary>Writes results of checks in the transaction that publishes what they looked at.</summary>
sealed class CheckResultWriter : IFactWriter
{
    public const string FactKind = "check-results";

    public string Kind => FactKind;

    public void Write(CatalogSession session, string runId, JsonElement body)
    {
        var fact = body.Deserialize(TablesJson.Default.CheckFact)!;
        var version = fact.VersionId ?? (fact.VersionTable is null ? null : session.First(
            """
            select v.version_id from lineage_edge e join version v on v.version_id = e.version_id
            where e.run_id = @run and e.is_output = 1 and v.kind = 'table' and v.name = @name
            order by v.number desc
            """,
            row => (long?)row.Int64(0), ("run", runId), ("name", fact.VersionTable)));
        foreach (var result in fact.Results)
        {
            session.Execute(
                """
                insert into check_result (
                    run_id, table_name, version_id, name, kind, severity, outcome, observed, checked_rows,
                    failing_rows, message, examples, rule, is_of_code, checked_at)
                values (
                    @run, @table, @version, @name, @kind, @severity, @outcome, @observed, @checked,
                    @failing, @message, @examples, @rule, @code, @now)
                """,
                ("run", fact.RunId ?? runId), ("table", fact.Table), ("version", version), ("name", result.Name),
                ("kind", result.Kind), ("severity", result.Severity), ("outcome", result.Outcome),
                ("observed", result.Observed), ("checked", result.CheckedRows), ("failing", result.FailingRows),
                ("message", result.Message), ("examples", result.Examples), ("rule", result.Rule),
                ("code", result.IsOfCode), ("now", session.Now));
        }
    }

    /// <summary>Takes out of the catalog what results say of a table's rows: what is erased must not be read there.
    /// </summary>
    public static void Forget(CatalogSession session, string table)
    {
        // Results stand under the table's own name, also those of a batch that was rejected.
        var name = table.EndsWith(TableAudit.RejectedMark, StringComparison.Ordinal)
            ? table[..^TableAudit.RejectedMark.Length] : table;
        session.Execute(
            "update check_result set examples = '[]', message = 'erased' where table_name = @name", ("name", name));
        session.Execute(
            "update run set message = 'checks failed' where outcome = 'failed' and message like @message",
            ("message", $"% checks of table '{name}' failed%"));
    }
}
