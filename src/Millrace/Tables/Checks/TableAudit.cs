using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Tables.Delta;
using Millrace.Tables.Places;

namespace Millrace.Tables.Checks;

/// <summary>Write, audit, publish: asks the checks of what is staged before anything of it is visible. What fails is
/// kept in a side table, <c>TABLE$rejected</c>, whose newest version is the batch that failed last.</summary>
/// <remarks>Every publication goes through here, whoever makes it, so that there is no way around. Nothing is asked of
/// a change that only arranges files anew, and of the side table itself.</remarks>
sealed class TableAudit(
    TablePublisher publisher, ICatalog catalog, ITablePlace place, string temporaryFolder, TimeProvider time)
{
    public const string FailedCode = "check-failed";
    public const string RejectedMark = "$rejected";

    /// <summary>The checks that the settings name, by table.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<CheckRule>> Rules { get; init; }

    /// <summary>Asks the checks of all tables of a publication.</summary>
    /// <exception cref="MillraceException"><c>check-failed</c>, with what fails; nothing is published.</exception>
    public async Task<AuditedPublication> AuditAsync(Publication publication, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        var tables = new List<PublishedTable>();
        var facts = new List<CatalogFact>();
        var failed = new List<AuditedTable>();
        foreach (var published in publication.Tables)
        {
            var rules = RulesOf(published.Table);
            if (rules.Count == 0)
            {
                tables.Add(published);
                continue;
            }

            var before = Read(published.Table.Name);
            var audited = await Task.Run(
                () => Ask(publication, published.Table, before, rules, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            versions[published.Table.Name] = before?.Version ?? -1;
            tables.Add(published with { Summary = Summary(published.Summary, audited.Report) });
            facts.Add(new CheckFact(
                published.Table.Name, null, published.Table.Name, null, Notes(audited.Report)).ToFact());
            if (!audited.Report.IsPassed)
            {
                failed.Add(audited);
            }
        }

        return failed.Count == 0
            ? new AuditedPublication(
                publication with { Tables = tables, Facts = [.. publication.Facts, .. facts] }, versions)
            : throw await RejectAsync(publication, failed).ConfigureAwait(false);
    }

    /// <summary>Asks what depends on the whole table again, after another writer came first.</summary>
    /// <exception cref="MillraceException"><c>check-failed</c>.</exception>
    public async Task AuditAgainAsync(Publication publication, StagedTable table, TableSnapshot? before)
    {
        var rules = RulesOf(table).Where(
            rule => rule.Rows == CheckScope.Table || rule.Kind == CheckKind.RowChange).ToList();
        var audited = await Task.Run(() => Ask(publication, table, before, rules, CancellationToken.None))
            .ConfigureAwait(false);
        if (!audited.Report.IsPassed)
        {
            throw await RejectAsync(publication, [audited]).ConfigureAwait(false);
        }
    }

    List<CheckRule> RulesOf(StagedTable table)
    {
        if (table.Name.EndsWith(RejectedMark, StringComparison.Ordinal) || table.Change is { IsDataChange: false })
        {
            return [];
        }

        List<CheckRule> rules = [.. Rules.GetValueOrDefault(table.Name) ?? [], .. table.Checks ?? []];
        return rules.Count <= CheckSpec.RulesMax ? rules : throw new MillraceException(
            ErrorKind.Invalid, "checks-many",
            $"Table '{table.Name}' has {rules.Count:N0} checks; {CheckSpec.RulesMax:N0} are asked at most.",
            "Put several conditions into one with 'condition' or 'sql'.");
    }

    /// <summary>Whether a check stands in the settings.</summary>
    bool IsOfSettings(string table, CheckRule rule) =>
        (Rules.GetValueOrDefault(table) ?? []).Any(known => ReferenceEquals(known, rule));

    public IReadOnlyList<CheckNote> Notes(CheckReport report) =>
        [.. report.Results.Select(result => CheckNote.Of(result, !IsOfSettings(report.Table, result.Rule)))];

    TableSnapshot? Read(string name) => DeltaLog.Read(name, place.Of(name));

    AuditedTable Ask(
        Publication publication, StagedTable staged, TableSnapshot? before, IReadOnlyList<CheckRule> rules,
        CancellationToken cancellationToken)
    {
        var (after, brought, replaced) = StagedSnapshot.Of(staged, before, place.Of(staged.Name));
        using var rows = new CheckedRows(
            new SqlSession(temporaryFolder), after, brought, replaced, before, name => Other(publication, name));
        var results = new CheckRun(rows, time.GetUtcNow()).Ask(rules, cancellationToken);
        var report = new CheckReport(staged.Name, null, after.RowCount, results);
        if (report.IsPassed || brought.Count == 0)
        {
            return new AuditedTable(report, 0, null, null);
        }

        try
        {
            var rejected = Keep(rows, cancellationToken);
            return new AuditedTable(report, rejected?.RowCount ?? 0, rejected, null);
        }
        catch (MillraceException exception)
        {
            // That the checks fail is what must be known; a disk that is full takes no second copy.
            return new AuditedTable(report, brought.Sum(file => file.RowCount), null, exception.Message);
        }
    }

    /// <summary>Another table as it is going to be when the same publication writes it, else as it is.</summary>
    TableSnapshot? Other(Publication publication, string name) =>
        publication.Tables.FirstOrDefault(published => published.Table.Name == name)?.Table is { } staged
            ? StagedSnapshot.Of(staged, Read(name), place.Of(name)).After
            : Read(name);

    /// <summary>Writes the new rows as a file of the side table.</summary>
    StagedTable? Keep(CheckedRows rows, CancellationToken cancellationToken)
    {
        var columns = rows.After.Schema.Columns.Select(Plain).ToList();
        var select = columns.Select((column, i) =>
            column.DataType == rows.After.Schema.Columns[i].DataType ? SqlName.Quote(column.Name)
            : $"cast({SqlName.Quote(column.Name)} as {column.SqlType}) as {SqlName.Quote(column.Name)}");
        var schema = new TableSchema(columns);
        var name = rows.Table + RejectedMark;
        var file = new TableStage(place, Guid.CreateVersion7().ToString("N")).WriteFile(
            rows.Session, name, schema, $"select {string.Join(", ", select)} from {rows.View(CheckScope.New)}", "0",
            cancellationToken);
        return file is null ? null : new StagedTable(name, TableMode.Overwrite, schema, [], [file]);
    }

    /// <summary>A column without what only the table itself needs: the side table has the plainest form.</summary>
    static TableColumn Plain(TableColumn column) => new(
        column.Name,
        column.Type == "timestamp_ntz" ? new PrimitiveType("timestamp")
        : column.Type.Contains("timestamp_ntz", StringComparison.Ordinal)
            || column.Type.Contains("void", StringComparison.Ordinal) ? new PrimitiveType("string")
        : column.DataType);

    /// <summary>Keeps what failed with its results and the inputs that it was made from.</summary>
    /// <returns>The failure.</returns>
    async Task<MillraceException> RejectAsync(Publication publication, IReadOnlyList<AuditedTable> failed)
    {
        var kept = new List<string>();
        foreach (var table in failed)
        {
            try
            {
                kept.Add(await KeepAsync(publication, table).ConfigureAwait(false));
            }
            catch (MillraceException exception)
            {
                kept.Add($"The rows of table '{table.Report.Table}' could not be kept: {exception.Message}");
            }
        }

        return CheckText.Failure(failed, kept);
    }

    async Task<string> KeepAsync(Publication publication, AuditedTable table)
    {
        var name = table.Report.Table;
        var fact = new CheckFact(name, publication.RunId, table.Rejected?.Name, null, Notes(table.Report));
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", $"check {name}", publication.RunId, null, "millrace/1",
            "{}", RunOutcome.Running, null, time.GetUtcNow(), null);
        await catalog.WriteAsync(session =>
        {
            LineageLog.StartRun(session, run);
            return 0;
        }).ConfigureAwait(false);
        try
        {
            var versions = await publisher.PublishAsync(
                new Publication(
                    Guid.CreateVersion7().ToString("N"), run.Id,
                    table.Rejected is null ? [] : [new PublishedTable(table.Rejected.Name, table.Rejected, "{}")],
                    publication.Inputs, [], [fact.ToFact()]),
                CancellationToken.None).ConfigureAwait(false);
            DropUnnamed(table.Rejected);
            return versions.Count > 0 ? CheckText.Kept(versions[0], table.Rejected!.RowCount)
                : table.Loss is { } loss ? $"The rows of table '{name}' could not be kept: {loss}" : "";
        }
        catch (MillraceException exception) when (exception.Code != TablePublisher.UnfinishedCode)
        {
            DropUnnamed(table.Rejected);
            throw;
        }
    }

    /// <summary>Deletes what was staged when the side table holds the very rows already, or could not take them.
    /// </summary>
    void DropUnnamed(StagedTable? rejected)
    {
        if (rejected is not null && Read(rejected.Name) is var now
            && (now is null || !now.Files.Any(file => file.Path == rejected.Files[0].Path)))
        {
            new TableStage(place, "").Drop(rejected.Name, rejected.Files);
        }
    }

    /// <summary>The version's figures with what the checks found; no value of a row is in it.</summary>
    static string Summary(string summary, CheckReport report)
    {
        var figures = JsonNode.Parse(summary)!.AsObject();
        figures["checks"] = new JsonObject
        {
            ["passed"] = report.Results.Count(result => result.Outcome == CheckOutcome.Passed),
            ["warnings"] = new JsonArray([.. report.Warnings.Select(
                result => (JsonNode)$"check '{result.Rule.Label}' of table '{report.Table}': {result.Message}")]),
        };
        return figures.ToJsonString();
    }
}
