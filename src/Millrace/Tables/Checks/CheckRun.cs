namespace Millrace.Tables.Checks;

/// <summary>Asks the checks of a table.</summary>
/// <remarks>What can be told by counting and by aggregates is told by one pass over the rows, whatever number of checks
/// there is; keys, other tables and distributions need a query each, and so do the examples of what fails. One thread,
/// so that a mean is the same on every machine.</remarks>
/// <param name="rows">What they look at.</param>
/// <param name="now">The time that freshness is measured from.</param>
sealed partial class CheckRun(CheckedRows rows, DateTimeOffset now)
{
    const int ExamplesMax = 5;

    static readonly string[] Askable =
    [
        "sql-failed", "sql-statement", "sql-function", "memory-limit", "table-missing", "table-dropped",
        "version-unknown",
    ];

    /// <summary>One result for each rule, in their order.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<CheckResult> Ask(IReadOnlyList<CheckRule> rules, CancellationToken cancellationToken)
    {
        var results = new CheckResult?[rules.Count];
        foreach (var group in rules.Select((rule, i) => (Rule: rule, Index: i))
            .Where(pair => Fault(pair.Rule) is null && CountOf(pair.Rule) is not null)
            .GroupBy(pair => pair.Rule.Rows))
        {
            AskTogether(group.Key, [.. group], results, cancellationToken);
        }

        for (var i = 0; i < rules.Count; i++)
        {
            results[i] ??= AskOne(rules[i], cancellationToken);
        }

        return results!;
    }

    /// <summary>One pass for many checks. When one of them can't be asked, each is asked by itself.</summary>
    void AskTogether(
        CheckScope scope, List<(CheckRule Rule, int Index)> group, CheckResult?[] results,
        CancellationToken cancellationToken)
    {
        var columns = group.SelectMany(pair => (string[])[Checked(pair.Rule), CountOf(pair.Rule)!]).ToList();
        List<(long Rows, double? Value)> found;
        try
        {
            found = rows.Session.Query(
                $"select {string.Join(", ", columns)} from {rows.View(scope)}", [],
                reader =>
                {
                    reader.Read();
                    return group.Select((_, i) => (reader.GetInt64(2 * i), Number(reader, (2 * i) + 1))).ToList();
                },
                cancellationToken);
        }
        catch (MillraceException exception) when (IsAskable(exception) && group.Count > 1)
        {
            foreach (var pair in group)
            {
                AskTogether(scope, [pair], results, cancellationToken);
            }

            return;
        }
        catch (MillraceException exception) when (IsAskable(exception))
        {
            results[group[0].Index] = Error(group[0].Rule, exception);
            return;
        }

        foreach (var ((rule, index), (count, value)) in group.Zip(found))
        {
            results[index] = Guarded(rule, () => CheckSpec.Of(rule.Kind).IsOfRows
                ? JudgeRows(rule, count, (long)(value ?? 0), cancellationToken)
                : JudgeNumber(rule, count, value, cancellationToken));
        }
    }

    CheckResult AskOne(CheckRule rule, CancellationToken cancellationToken) =>
        Fault(rule) is { } fault ? new CheckResult(rule, CheckOutcome.Failed, fault)
        : Guarded(rule, () => rule.Kind switch
        {
            CheckKind.Columns => new CheckResult(rule, CheckOutcome.Passed, "all are there"),
            CheckKind.Schema or CheckKind.Type => JudgeTypes(rule),
            CheckKind.RowChange => JudgeRowChange(rule),
            CheckKind.Unique => JudgeUnique(rule, cancellationToken),
            CheckKind.References => JudgeReferences(rule, cancellationToken),
            CheckKind.Drift => JudgeDrift(rule, cancellationToken),
            _ => JudgeQuery(rule, cancellationToken),
        });

    /// <summary>What the one pass reads for a check beside the rows that it looks at; null when it needs a query of its
    /// own.</summary>
    string? CountOf(CheckRule rule) =>
        CheckSql.Breaks(rule, rows.After.Schema) is { } breaks
            ? $"count(*) filter (where {CheckSql.Where(rule)} and ({breaks}))"
            : CheckSql.Aggregate(rule) is { } aggregate ? $"cast({aggregate} as double)" : null;

    static string Checked(CheckRule rule) => $"count(*) filter (where {CheckSql.Where(rule)})";

    /// <summary>Why a rule fails whatever the rows are; null for no reason.</summary>
    string? Fault(CheckRule rule)
    {
        if (rule.Kind == CheckKind.Schema)
        {
            return null;
        }

        var missing = rule.Columns.Where(name => rows.After.Schema.Find(name) is null).ToList();
        return missing.Count == 0 ? null
            : missing.Count == 1 ? $"there is no column '{missing[0]}'"
            : $"there are no columns {string.Join(", ", missing.Select(name => $"'{name}'"))}";
    }

    static CheckResult Guarded(CheckRule rule, Func<CheckResult> ask)
    {
        try
        {
            return ask();
        }
        catch (MillraceException exception) when (IsAskable(exception))
        {
            return Error(rule, exception);
        }
    }

    /// <summary>Whether a failure is that of the check, and not of the disk or the table.</summary>
    static bool IsAskable(MillraceException exception) => Askable.Contains(exception.Code, StringComparer.Ordinal);

    static CheckResult Error(CheckRule rule, MillraceException exception)
    {
        var line = exception.Message.Split('\n')[0].TrimEnd('.', ' ');
        return new CheckResult(rule, CheckOutcome.Error, $"it can't be asked: {line}");
    }

    static double? Number(DuckDB.NET.Data.DuckDBDataReader reader, int index) =>
        reader.IsDBNull(index) ? null : Convert.ToDouble(reader.GetValue(index));
}
