using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Checks;

/// <summary>What a kind of check is called and what it is told, and whether a rule says it.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Word">Its word in settings and messages.</param>
/// <param name="Arguments">The names of what it may be told.</param>
sealed partial record CheckSpec(CheckKind Kind, string Word, params IReadOnlyList<string> Arguments)
{
    /// <summary>How many checks a table may have.</summary>
    public const int RulesMax = 1_000;

    /// <summary>In the order of <see cref="CheckKind"/>.</summary>
    public static IReadOnlyList<CheckSpec> All { get; } =
    [
        new(CheckKind.Columns, "columns", "columns"),
        new(CheckKind.Schema, "schema"),
        new(CheckKind.Type, "type", "column", "is"),
        new(CheckKind.NotNull, "not-null", "column", "share"),
        new(CheckKind.Unique, "unique", "columns"),
        new(CheckKind.Range, "range", "column", "min", "max", "share"),
        new(CheckKind.Set, "set", "column", "values", "share"),
        new(CheckKind.Regex, "regex", "column", "pattern", "share"),
        new(CheckKind.Length, "length", "column", "min", "max", "share"),
        new(CheckKind.Condition, "condition", "sql", "share"),
        new(CheckKind.References, "references", "columns", "table", "to", "share"),
        new(CheckKind.RowCount, "row-count", "min", "max"),
        new(CheckKind.RowChange, "row-change", "min", "max"),
        new(CheckKind.Freshness, "freshness", "column", "within"),
        new(CheckKind.Mean, "mean", "column", "min", "max"),
        new(CheckKind.Deviation, "std", "column", "min", "max"),
        new(CheckKind.Quantile, "quantile", "column", "at", "min", "max"),
        new(CheckKind.Sum, "sum", "column", "min", "max"),
        new(CheckKind.Distinct, "distinct", "column", "min", "max"),
        new(CheckKind.NullChange, "null-change", "column", "max"),
        new(CheckKind.Drift, "drift", "column", "js", "linf", "version"),
        new(CheckKind.Sql, "sql", "query"),
    ];

    public static CheckSpec Of(CheckKind kind) => All[(int)kind];

    /// <summary>Whether rows are counted that break it.</summary>
    public bool IsOfRows => Arguments.Contains("share", StringComparer.Ordinal);

    /// <summary>Why a rule can't be asked, as a sentence; null when it can.</summary>
    public static string? Fault(CheckRule rule)
    {
        if (!Enum.IsDefined(rule.Kind))
        {
            return $"There is no kind of check with the number {(int)rule.Kind}.";
        }

        var spec = Of(rule.Kind);
        var fault = ColumnFault(rule, spec) ?? BoundFault(rule, spec) ?? OwnFault(rule);
        return fault is null ? null : $"Check '{rule.Label}' {fault}.";
    }

    static string? ColumnFault(CheckRule rule, CheckSpec spec)
    {
        var needsOne = spec.Arguments.Contains("column", StringComparer.Ordinal);
        var needsSome = rule.Kind is CheckKind.Columns or CheckKind.Schema or CheckKind.Unique or CheckKind.References;
        return needsOne && rule.Columns.Count != 1 ? "needs one column"
            : needsSome && rule.Columns.Count == 0 ? "needs columns"
            : rule.Columns.Any(string.IsNullOrEmpty) ? "names a column without a name"
            : rule.Columns.Distinct(StringComparer.Ordinal).Count() != rule.Columns.Count ? "names a column twice"
            : rule.Kind is CheckKind.Schema or CheckKind.Type && rule.Types?.Count != rule.Columns.Count
                ? "needs a type for each column"
            : null;
    }

    static string? BoundFault(CheckRule rule, CheckSpec spec)
    {
        if (rule.Share is not (>= 0 and <= 1))
        {
            return "needs a share from 0 to 1";
        }

        if (spec.Arguments.Contains("max", StringComparer.Ordinal) && rule.Min is null && rule.Max is null)
        {
            return spec.Arguments.Contains("min", StringComparer.Ordinal) ? "needs 'min' or 'max'" : "needs 'max'";
        }

        // Of a range they may be dates and texts too.
        foreach (var bound in (string?[])(rule.Kind == CheckKind.Range ? [] : [rule.Min, rule.Max]))
        {
            if (bound is not null && !IsNumber(bound))
            {
                return $"has the bound '{bound}', which is no number";
            }
        }

        return rule is { Min: { } min, Max: { } max } && IsNumber(min) && IsNumber(max) && Number(min) > Number(max)
            ? $"has no values between {min} and {max}" : null;
    }

    static string? OwnFault(CheckRule rule) => rule.Kind switch
    {
        CheckKind.Set when rule.Values is null or [] => "needs values",
        CheckKind.Regex when string.IsNullOrEmpty(rule.Pattern) => "needs a pattern",
        CheckKind.Condition or CheckKind.Sql when string.IsNullOrWhiteSpace(rule.Sql) => "needs SQL",
        CheckKind.References when rule.Table is null || !SqlName.IsTable(rule.Table) => "needs a table",
        CheckKind.References when rule.TableColumns is { } others && others.Count != rule.Columns.Count =>
            "needs as many columns there as here",
        CheckKind.Freshness when rule.Within is not { } span || span <= TimeSpan.Zero =>
            "needs a span in 'within', such as 48h",
        CheckKind.Quantile when rule.At is not (>= 0 and <= 1) => "needs 'at' from 0 to 1",
        CheckKind.Drift when rule is { JensenShannon: null, LInfinity: null } => "needs 'js' or 'linf'",
        CheckKind.Drift when rule.JensenShannon is < 0 or > 1 || rule.LInfinity is < 0 or > 1
            || double.IsNaN((rule.JensenShannon ?? 0) + (rule.LInfinity ?? 0)) => "needs bounds from 0 to 1",
        CheckKind.Drift when rule.Version < 0 => "needs the number of a version",
        _ => null,
    };

    /// <summary>Whether a text is a number as SQL writes it.</summary>
    public static bool IsNumber(string text) => NumberText().IsMatch(text);

    public static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumberText();
}
