using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>What a table asks of every row: columns that may not be null, constraints and invariants. Delta protocol,
/// "CHECK Constraints" and "Column Invariants".</summary>
static class WriteRules
{
    public const string ConstraintPrefix = "delta.constraints.";

    /// <summary>The rules of a table, by what they are called in messages.</summary>
    public static IReadOnlyList<(string Name, string Sql)> Of(TableSnapshot table)
    {
        var rules = new List<(string, string)>();
        foreach (var column in table.Schema.Columns)
        {
            NotNull(column, SqlName.Quote(column.Name), column.Name, "", rules);
            if (Invariant(column) is { } invariant)
            {
                rules.Add(($"the invariant of column '{column.Name}' ({invariant})", SparkSql.ToDuck(invariant)));
            }
        }

        foreach (var (key, sql) in table.Metadata.Configuration.Where(
            pair => pair.Key.StartsWith(ConstraintPrefix, StringComparison.Ordinal)))
        {
            rules.Add(($"constraint '{key[ConstraintPrefix.Length..]}' ({sql})", SparkSql.ToDuck(sql)));
        }

        return rules;
    }

    /// <summary>Looks at every row that is to be written. A rule whose answer is null is broken, as
    /// elsewhere.</summary>
    /// <exception cref="MillraceException"><c>constraint-violated</c>, with how many rows break it and one of them;
    /// <c>constraint-unreadable</c>.</exception>
    public static void Check(SqlSession session, TableSnapshot table, string rows)
    {
        var rules = Of(table);
        if (rules.Count == 0)
        {
            return;
        }

        List<long> broken;
        try
        {
            broken = session.Query(
                $"select {string.Join(", ", rules.Select(rule => $"count(*) filter (where {Broken(rule.Sql)})"))} "
                + $"from {rows}",
                [],
                reader =>
                {
                    reader.Read();
                    return Enumerable.Range(0, rules.Count).Select(reader.GetInt64).ToList();
                });
        }
        catch (MillraceException exception) when (exception.Code == "sql-failed")
        {
            throw new MillraceException(
                ErrorKind.Invalid, "constraint-unreadable",
                $"Table '{table.Name}' asks of each row {string.Join(" and ", rules.Select(rule => rule.Name))}, "
                + $"which can't be told here: {exception.Message}",
                "Write the table with the engine that made it, or take the constraint away.", exception);
        }

        var first = broken.FindIndex(count => count > 0);
        if (first < 0)
        {
            return;
        }

        var example = session.Value<string>(
            $"select cast(to_json(millrace_shown) as varchar) from {rows} millrace_shown "
            + $"where {Broken(rules[first].Sql)} limit 1");
        throw new MillraceException(
            ErrorKind.Invalid, "constraint-violated",
            $"{broken[first]:N0} row{(broken[first] == 1 ? "" : "s")} for table '{table.Name}' break "
            + $"{rules[first].Name}, for example {Cut(example ?? "")}.",
            "Correct the rows where they are made; nothing was written.");
    }

    static string Broken(string sql) => $"not coalesce(({sql}\n), false)";

    static string Cut(string text) => text.Length <= 400 ? text : text[..400] + "…";

    // A struct that is null has no fields to ask of; below lists and maps nobody looks.
    static void NotNull(
        TableColumn column, string value, string name, string unless, List<(string Name, string Sql)> rules)
    {
        if (!column.IsNullable)
        {
            rules.Add(($"the rule that column '{name}' is never null", $"{unless}{value} is not null"));
        }

        if (column.DataType is StructType nested)
        {
            foreach (var field in nested.Fields)
            {
                NotNull(
                    field, $"({value}).{SqlName.Quote(field.Name)}", $"{name}.{field.Name}",
                    $"{unless}{value} is null or ", rules);
            }
        }
    }

    static string? Invariant(TableColumn column)
    {
        if (!column.Metadata.Contains("delta.invariants", StringComparison.Ordinal))
        {
            return null;
        }

        using var metadata = JsonDocument.Parse(column.Metadata);
        if (!metadata.RootElement.TryGetProperty("delta.invariants", out var invariant))
        {
            return null;
        }

        using var parsed = JsonDocument.Parse(invariant.GetString() ?? "{}");
        return parsed.RootElement.TryGetProperty("expression", out var outer)
            && outer.TryGetProperty("expression", out var inner) ? inner.GetString() : null;
    }
}
