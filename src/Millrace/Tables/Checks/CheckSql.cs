namespace Millrace.Tables.Checks;

/// <summary>Checks as SQL over the rows that they look at.</summary>
static class CheckSql
{
    static readonly HashSet<string> Numbers = new(
        ["byte", "short", "integer", "long", "float", "double"], StringComparer.Ordinal);

    /// <summary>Whether the values are numbers.</summary>
    public static bool IsNumeric(TableColumn column) =>
        Numbers.Contains(column.Type) || column.DataType is Delta.DecimalType;

    /// <summary>The condition of rows that break a check; null for a check that does not count rows by a condition.
    /// </summary>
    /// <param name="rule">The check; its columns are there.</param>
    /// <param name="schema">The table's columns.</param>
    public static string? Breaks(CheckRule rule, TableSchema schema)
    {
        if (rule.Kind == CheckKind.Condition)
        {
            return $"not coalesce(({rule.Sql}\n), true)";
        }

        if (rule.Columns.Count != 1 || schema.Find(rule.Columns[0]) is not { } column)
        {
            return null;
        }

        var name = SqlName.Quote(column.Name);
        return rule.Kind switch
        {
            CheckKind.NotNull => $"{name} is null",
            CheckKind.Range => $"{name} is not null and ({Outside(rule, column, name)})",
            CheckKind.Set => $"{name} is not null and {name} not in "
                + $"({string.Join(", ", rule.Values!.Select(value => Literal(value, column)))})",
            CheckKind.Regex => $"{name} is not null and not regexp_matches(cast({name} as varchar), "
                + $"{SqlName.Text(rule.Pattern!)})",
            CheckKind.Length => $"{name} is not null and ({Outside(rule, LengthOf(column, name))})",
            _ => null,
        };
    }

    /// <summary>The number that a check compares, as an aggregate over its rows; null for one that compares none.
    /// </summary>
    public static string? Aggregate(CheckRule rule)
    {
        var name = rule.Columns.Count == 1 ? SqlName.Quote(rule.Columns[0]) : "";
        var of = $"filter (where {Where(rule)})";
        return rule.Kind switch
        {
            CheckKind.Mean => $"avg(cast({name} as double)) {of}",
            CheckKind.Deviation => $"stddev_samp(cast({name} as double)) {of}",
            CheckKind.Sum => $"sum({name}) {of}",
            CheckKind.Quantile => $"quantile_cont(cast({name} as double), {Number(rule.At!.Value)}) {of}",
            CheckKind.Distinct => $"count(distinct {name}) {of}",
            CheckKind.RowCount => $"count(*) {of}",
            CheckKind.Freshness => $"epoch_us(cast(max({name}) {of} as timestamptz))",
            CheckKind.NullChange => $"count(*) filter (where {Where(rule)} and {name} is null)",
            _ => null,
        };
    }

    /// <summary>The rows that a check looks at, as a condition.</summary>
    public static string Where(CheckRule rule) => rule.Where is { } where ? $"coalesce(({where}\n), false)" : "true";

    /// <summary>A row as a JSON object, the columns of the check first. Long texts are cut, bytes left out.</summary>
    /// <param name="rule">The check.</param>
    /// <param name="schema">The table's columns.</param>
    public static string Example(CheckRule rule, TableSchema schema)
    {
        var columns = schema.Columns.Where(column => rule.Columns.Contains(column.Name, StringComparer.Ordinal))
            .Concat(schema.Columns.Where(column => !rule.Columns.Contains(column.Name, StringComparer.Ordinal)))
            .Where(column => column.Type != "binary").Take(ExampleColumnsMax);
        return $"cast(json_object({string.Join(", ", columns.Select(
            column => $"{SqlName.Text(column.Name)}, {Shown(column)}"))}) as varchar)";
    }

    /// <summary>A value that a rule names, for a column: a number as it stands, anything else in the column's type.
    /// </summary>
    public static string Literal(string text, TableColumn column) =>
        IsNumeric(column) && CheckSpec.IsNumber(text) ? text : $"cast({SqlName.Text(text)} as {column.SqlType})";

    public static string Number(double value) =>
        value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    const int ExampleColumnsMax = 12;
    const int ExampleLettersMax = 200;

    static string Shown(TableColumn column)
    {
        var name = SqlName.Quote(column.Name);
        return column.Type switch
        {
            "string" => $"case when length({name}) > {ExampleLettersMax} "
                + $"then left({name}, {ExampleLettersMax}) || '…' else {name} end",
            // JSON has no word for NaN.
            "float" or "double" => $"case when isfinite({name}) then to_json({name}) "
                + $"else to_json(cast({name} as varchar)) end",
            _ when column.DataType.IsNested => $"left(cast({name} as varchar), {ExampleLettersMax})",
            _ => name,
        };
    }

    static string Outside(CheckRule rule, TableColumn column, string name)
    {
        var parts = new List<string>();
        if (rule.Min is { } min)
        {
            parts.Add($"{name} < {Literal(min, column)}");
        }

        if (rule.Max is { } max)
        {
            parts.Add($"{name} > {Literal(max, column)}");
        }

        if (column.Type is "float" or "double")
        {
            parts.Add($"isnan({name})");
        }

        return string.Join(" or ", parts);
    }

    static string Outside(CheckRule rule, string length) => string.Join(" or ", ((string?[])
    [
        rule.Min is { } min ? $"{length} < {min}" : null,
        rule.Max is { } max ? $"{length} > {max}" : null,
    ]).OfType<string>());

    static string LengthOf(TableColumn column, string name) => column.Type == "binary" ? $"octet_length({name})"
        : column.DataType is Delta.MapType ? $"cardinality({name})"
        : column.DataType is Delta.ArrayType ? $"len({name})" : $"length(cast({name} as varchar))";
}
