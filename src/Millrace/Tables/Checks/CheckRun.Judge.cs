using System.Globalization;

namespace Millrace.Tables.Checks;

partial class CheckRun
{
    const double MicrosecondsPerSecond = 1_000_000;

    /// <summary>Of so many rows so many break it.</summary>
    CheckResult JudgeRows(CheckRule rule, long count, long failing, CancellationToken cancellationToken)
    {
        var allowed = count * (1 - rule.Share);
        // The share is a decimal of the settings: of 100 rows and 0.95 five may break it.
        var holds = failing <= allowed + (count * 1e-12);
        var result = new CheckResult(
            rule, holds ? CheckOutcome.Passed : CheckOutcome.Failed,
            $"{failing:N0} of {count:N0} rows {Broken(rule)}"
            + (rule.Share < 1 ? $"; {Percent(1 - rule.Share)} may" : ""))
        {
            Observed = count == 0 ? 1 : 1 - ((double)failing / count),
            CheckedRows = count,
            FailingRows = failing,
        };
        return holds || CheckSql.Breaks(rule, rows.After.Schema) is not { } breaks ? result : result with
        {
            Examples = Examples(
                rule, $"from {rows.View(rule.Rows)} where {CheckSql.Where(rule)} and ({breaks})", cancellationToken),
        };
    }

    CheckResult JudgeNumber(CheckRule rule, long count, double? value, CancellationToken cancellationToken)
    {
        switch (rule.Kind)
        {
            case CheckKind.Freshness:
                return JudgeFreshness(rule, count, value);
            case CheckKind.NullChange:
                return JudgeNullChange(rule, count, (long)(value ?? 0), cancellationToken);
            default:
                break;
        }

        if (value is not { } number)
        {
            return new CheckResult(rule, CheckOutcome.Passed, "there are no values to look at") { CheckedRows = count };
        }

        return Bounded(rule, number, number, Subject(rule), count);
    }

    CheckResult JudgeFreshness(CheckRule rule, long count, double? microseconds)
    {
        if (microseconds is not { } newest)
        {
            return new CheckResult(rule, CheckOutcome.Failed, "there is no time in it") { CheckedRows = count };
        }

        var age = now - DateTimeOffset.UnixEpoch.AddSeconds(newest / MicrosecondsPerSecond);
        return new CheckResult(
            rule, age <= rule.Within ? CheckOutcome.Passed : CheckOutcome.Failed,
            $"the newest time is {Span(age)} old; {Span(rule.Within!.Value)} is allowed")
        {
            Observed = age.TotalSeconds,
            CheckedRows = count,
        };
    }

    CheckResult JudgeNullChange(CheckRule rule, long count, long nulls, CancellationToken cancellationToken)
    {
        var name = rule.Columns[0];
        if (rows.Previous() is not { } previous || rows.Before!.Schema.Find(name) is null)
        {
            return Nothing(rule, "there is no version before with that column", count);
        }

        var (rowsBefore, nullsBefore) = rows.Session.Query(
            $"select {Checked(rule)}, count(*) filter (where {CheckSql.Where(rule)} and {SqlName.Quote(name)} is null) "
            + $"from {previous}", [],
            reader =>
            {
                reader.Read();
                return (reader.GetInt64(0), reader.GetInt64(1));
            },
            cancellationToken);
        if (count == 0 || rowsBefore == 0)
        {
            return Nothing(rule, "one of the two versions has no rows to compare", count);
        }

        var (before, after) = ((double)nullsBefore / rowsBefore, (double)nulls / count);
        return new CheckResult(
            rule, Math.Abs(after - before) <= CheckSpec.Number(rule.Max!) ? CheckOutcome.Passed : CheckOutcome.Failed,
            $"{Percent(after)} have no value and {Percent(before)} had none before; "
            + $"a difference of {Percent(CheckSpec.Number(rule.Max!))} is allowed")
        {
            Observed = Math.Abs(after - before),
            CheckedRows = count,
        };
    }

    CheckResult JudgeTypes(CheckRule rule)
    {
        var schema = rows.After.Schema;
        if (rule.Kind == CheckKind.Schema
            && !schema.Columns.Select(column => column.Name).SequenceEqual(rule.Columns, StringComparer.Ordinal))
        {
            return new CheckResult(
                rule, CheckOutcome.Failed,
                $"the columns are {string.Join(", ", schema.Columns.Select(column => column.Name))}; "
                + $"{string.Join(", ", rule.Columns)} are expected");
        }

        var other = rule.Columns.Zip(rule.Types!)
            .Select(pair => (Column: schema.Find(pair.First)!, Type: pair.Second))
            .Where(pair => !IsType(pair.Column, pair.Type))
            .Select(pair => $"'{pair.Column.Name}' is {pair.Column.Type} and not {pair.Type}").ToList();
        return other.Count == 0 ? new CheckResult(rule, CheckOutcome.Passed, "as expected")
            : new CheckResult(rule, CheckOutcome.Failed, string.Join(", ", other));
    }

    /// <summary>A type by Delta's word or by SQL's.</summary>
    static bool IsType(TableColumn column, string type)
    {
        var text = type.Replace(" ", "", StringComparison.Ordinal);
        return column.Type.Replace(" ", "", StringComparison.Ordinal).Equals(text, StringComparison.OrdinalIgnoreCase)
            || column.SqlType.Replace(" ", "", StringComparison.Ordinal)
                .Equals(text.Equals("timestamptz", StringComparison.OrdinalIgnoreCase)
                    ? "timestampwithtimezone" : text, StringComparison.OrdinalIgnoreCase);
    }

    CheckResult JudgeRowChange(CheckRule rule)
    {
        if (rows.Before is not { RowCount: > 0 and var before })
        {
            return Nothing(rule, "there were no rows before", null);
        }

        var after = rows.After.RowCount;
        var change = ((double)after - before) / before;
        return Bounded(
            rule, change, change, $"{after:N0} rows after {before:N0} are a change of {Percent(change)};", null);
    }

    /// <summary>A number between the bounds of a rule.</summary>
    static CheckResult Bounded(CheckRule rule, double observed, double compared, string subject, long? count)
    {
        var isInside = !double.IsNaN(compared)
            && (rule.Min is not { } min || compared >= CheckSpec.Number(min))
            && (rule.Max is not { } max || compared <= CheckSpec.Number(max));
        var message = rule.Kind == CheckKind.RowChange
            ? $"{subject} {Between(rule)} is expected"
            : $"{subject} {Shown(observed)}; {Between(rule)} is expected";
        return new CheckResult(rule, isInside ? CheckOutcome.Passed : CheckOutcome.Failed, message)
        {
            Observed = double.IsFinite(observed) ? observed : null,
            CheckedRows = count,
        };
    }

    static CheckResult Nothing(CheckRule rule, string why, long? count) =>
        new(rule, CheckOutcome.Passed, $"there is nothing to compare: {why}") { CheckedRows = count };

    static string Subject(CheckRule rule) => rule.Kind switch
    {
        CheckKind.Mean => "the mean is",
        CheckKind.Deviation => "the standard deviation is",
        CheckKind.Sum => "the sum is",
        CheckKind.Quantile => $"the quantile at {Shown(rule.At!.Value)} is",
        CheckKind.Distinct => "the number of different values is",
        _ => "the number of rows is",
    };

    static string Broken(CheckRule rule) => rule.Kind switch
    {
        CheckKind.NotNull => "have no value",
        CheckKind.Range => $"are not in the range {Between(rule)}",
        CheckKind.Set => $"are none of {Some(rule.Values!)}",
        CheckKind.Regex => $"do not match '{rule.Pattern}'",
        CheckKind.Length => $"do not have a length of {Between(rule)}",
        CheckKind.References => $"find no row of table '{rule.Table}'",
        _ => $"do not meet '{rule.Sql!.Trim()}'",
    };

    static string Some(IReadOnlyList<string> values)
    {
        const int Most = 8;
        return string.Join(", ", values.Take(Most))
            + (values.Count > Most ? $" and {values.Count - Most:N0} others" : "");
    }

    static string Between(CheckRule rule) => rule switch
    {
        { Min: { } min, Max: { } max } => $"{min} to {max}",
        { Min: { } min } => $"{min} or more",
        _ => $"{rule.Max} or less",
    };

    static string Percent(double share) => (share * 100).ToString("0.####", CultureInfo.InvariantCulture) + " %";

    static string Shown(double number) => double.IsInteger(number) && Math.Abs(number) < 1e15
        ? number.ToString("N0", CultureInfo.InvariantCulture) : number.ToString("G9", CultureInfo.InvariantCulture);

    static string Span(TimeSpan span) => span.TotalDays >= 2 || span.TotalDays <= -2
        ? $"{span.TotalDays.ToString("0.#", CultureInfo.InvariantCulture)} days"
        : span.TotalHours >= 2 || span.TotalHours <= -2
            ? $"{span.TotalHours.ToString("0.#", CultureInfo.InvariantCulture)} hours"
            : $"{span.TotalMinutes.ToString("0.#", CultureInfo.InvariantCulture)} minutes";
}
