using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Brings the columns of rows into those of a table: by name, missing ones as null, and the table's columns
/// changed where the caller allows it.</summary>
static class RowFit
{
    /// <summary>The columns of a query.</summary>
    /// <exception cref="MillraceException"><c>column-twice</c>, <c>type-unsupported</c>, <c>sql-failed</c>.</exception>
    public static TableSchema Describe(
        SqlSession session, string table, string query, IReadOnlyList<SqlParameter> parameters)
    {
        var schema = new TableSchema(session.Rows(
            $"describe {query}",
            reader =>
                new TableColumn(reader.GetString(0), ColumnTypes.FromSql(reader.GetString(1), reader.GetString(0))),
            parameters));
        DeltaSchema.CheckCount(schema, table);
        return schema.Columns.GroupBy(column => column.Name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"The rows for table '{table}' have two columns '{twice.Key}'.",
                "Give one of them another name with 'as'.")
            : schema;
    }

    /// <summary>The table as it is to be, and what to select from the rows for its columns.</summary>
    /// <exception cref="MillraceException"><c>schema-mismatch</c>, naming every difference.</exception>
    public static (TableSnapshot After, string Select) Of(TableSnapshot table, TableSchema rows, TableWrite options)
    {
        var after = table;
        var problems = new List<string>();
        foreach (var row in rows.Columns)
        {
            var column = after.Schema.Columns.FirstOrDefault(
                known => known.Name.Equals(row.Name, StringComparison.OrdinalIgnoreCase));
            if (column is null)
            {
                if (options.AddsColumns)
                {
                    after = SchemaChange.Add(after, row);
                }
                else
                {
                    problems.Add($"'{row.Name}' ({row.Type}) is not in the table");
                }
            }
            else if (!Fits(row.DataType, column.DataType))
            {
                if (options.WidensTypes && SchemaChange.IsWider(column.DataType, row.DataType))
                {
                    after = SchemaChange.Widen(after, column.Name, row.DataType);
                }
                else
                {
                    problems.Add($"'{row.Name}' is {row.Type} in the rows and {column.Type} in the table");
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "schema-mismatch",
                $"Rows can't be written to table '{table.Name}' (v{table.Version}): {string.Join("; ", problems)}.",
                "Cast or rename the columns in the query, or allow new columns and wider types.");
        }

        return (after, string.Join(", ", after.Schema.Columns.Select(column => Value(column, rows))));
    }

    static string Value(TableColumn column, TableSchema rows)
    {
        var row = rows.Columns.FirstOrDefault(
            known => known.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase));
        var value = row is null ? "null" : SqlName.Quote(row.Name);
        // A time without a zone is one of UTC.
        return $"cast({value} as {column.SqlType}) as {SqlName.Quote(column.Name)}";
    }

    /// <summary>Whether every value of a type can be kept in a column, so that the cast can't fail or round.</summary>
    static bool Fits(DeltaType row, DeltaType column) => (row, column) switch
    {
        _ when row.ToString() == column.ToString() => true,
        (PrimitiveType { Name: "timestamp" }, PrimitiveType { Name: "timestamp_ntz" }) => true,
        (PrimitiveType { Name: "void" }, _) => true,
        (ArrayType a, ArrayType b) => Fits(a.Element, b.Element),
        (MapType a, MapType b) => Fits(a.Key, b.Key) && Fits(a.Value, b.Value),
        (StructType a, StructType b) => a.Fields.All(field => b.Fields.FirstOrDefault(
            known => known.Name.Equals(field.Name, StringComparison.OrdinalIgnoreCase)) is { } found
            && Fits(field.DataType, found.DataType)),
        _ => SchemaChange.IsWider(row, column),
    };
}
