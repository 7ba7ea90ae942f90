namespace Millrace.Tables.Queries;

/// <summary>Has DuckDB itself make texts of values: a vector at a time, and every type as it means it.</summary>
static class SqlCells
{
    /// <summary>A query that gives the cells of another as texts.</summary>
    /// <param name="query">The other; it may end in a comment.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="style">What the texts are for.</param>
    /// <param name="most">The rows of which texts are made and the characters of each; those of later rows are null,
    /// so that they can be counted at little cost. Null for all.</param>
    public static string Sql(
        string query, IReadOnlyList<SqlResultColumn> columns, SqlCellStyle style, (int Rows, int Characters)? most)
    {
        var cells = columns.Select((column, i) => Cell($"c{i}", column, style));
        if (most is { } limits)
        {
            // The number is that of a row as it comes, without any order.
            cells = cells.Select((cell, i) =>
                $"case when row_number() over () <= {limits.Rows} then left({cell}, {limits.Characters}) end");
        }

        var select = string.Join(", ", cells.Select((cell, i) => $"{cell} as c{i}"));
        var names = string.Join(", ", columns.Select((_, i) => $"c{i}"));
        return $"select {select} from ({query}\n) as millrace_rows({names})";
    }

    static string Cell(string cell, SqlResultColumn column, SqlCellStyle style)
    {
        if (column.SqlType == "BLOB")
            return $"lower(hex({cell}))";
        if (style == SqlCellStyle.Text)
            return $"cast({cell} as varchar)";
        if (column.SqlType is "FLOAT" or "DOUBLE")
            return $"case when isfinite({cell}) then cast({cell} as varchar) end";
        return column.IsNested
            ? $"cast(to_json({Finite(cell, column.SqlType, 0)}) as varchar)" : $"cast({cell} as varchar)";
    }

    /// <summary>A value without numbers that JSON does not have, as far as they stand in lists.</summary>
    static string Finite(string value, string type, int depth)
    {
        if (type is "FLOAT" or "DOUBLE")
            return $"case when isfinite({value}) then {value} end";
        if (!type.EndsWith(']') || !(type.Contains("FLOAT", StringComparison.Ordinal)
            || type.Contains("DOUBLE", StringComparison.Ordinal)))
        {
            return value;
        }

        var inner = Finite($"x{depth}", type[..type.LastIndexOf('[')], depth + 1);
        return inner == $"x{depth}" ? value : $"list_transform({value}, lambda x{depth}: {inner})";
    }
}
