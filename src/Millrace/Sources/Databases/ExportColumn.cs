using Millrace.Tables;
using Millrace.Tables.Delta;

namespace Millrace.Sources.Databases;

/// <summary>A column of a table as it goes into a database.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="Form">How its values are sent; lists and structs as the text of JSON.</param>
/// <param name="Scale">Of a number: digits behind the point.</param>
/// <param name="Value">The SQL that gives its values to the sender.</param>
/// <param name="PostgresType">What it is in PostgreSQL.</param>
/// <param name="SqliteType">What it is declared as in SQLite.</param>
/// <param name="ListOf">For a list: what its elements are in PostgreSQL.</param>
sealed record ExportColumn(
    string Name,
    PostgresForm Form,
    int Scale,
    string Value,
    string PostgresType,
    string SqliteType,
    string? ListOf = null)
{
    /// <summary>What PostgreSQL is sent.</summary>
    public string SentType => ListOf is null ? PostgresType : "text";

    /// <param name="column">The column.</param>
    /// <param name="isJson">Whether its texts are JSON.</param>
    /// <param name="forPostgres">Whether it goes to PostgreSQL; else to SQLite.</param>
    public static ExportColumn Of(TableColumn column, bool isJson, bool forPostgres)
    {
        var name = SqlName.Quote(column.Name);
        switch (column.DataType)
        {
            case DecimalType number:
                return new ExportColumn(
                    column.Name, forPostgres ? PostgresForm.Numeric : PostgresForm.Text, number.Scale,
                    $"cast({name} as varchar)", $"numeric({number.Precision},{number.Scale})", "TEXT");
            case ArrayType { Element: PrimitiveType { Name: not ("binary" or "void") } or DecimalType } list
                when forPostgres:
                var element = Of(new TableColumn(column.Name, list.Element), false, true);
                return new ExportColumn(
                    column.Name, PostgresForm.Text, 0,
                    $"cast(to_json(list_transform({name}, lambda e: cast(e as varchar))) as varchar)",
                    element.PostgresType + "[]", "TEXT", element.PostgresType);
            case { IsNested: true }:
                return new ExportColumn(
                    column.Name, PostgresForm.Text, 0, $"cast(to_json({name}) as varchar)", "json", "TEXT");
        }

        return Primitive(column.Name, ((PrimitiveType)column.DataType).Name, name, isJson, forPostgres);
    }

    static ExportColumn Primitive(string name, string type, string quoted, bool isJson, bool forPostgres)
    {
        const string Epoch = "946684800000000";
        var whole = $"cast({quoted} as bigint)";
        return type switch
        {
            "boolean" when forPostgres => new ExportColumn(name, PostgresForm.Boolean, 0, quoted, "boolean", ""),
            "boolean" => new ExportColumn(name, PostgresForm.Int64, 0, whole, "", "INTEGER"),
            "byte" or "short" => new ExportColumn(name, PostgresForm.Int16, 0, whole, "smallint", "INTEGER"),
            "integer" => new ExportColumn(name, PostgresForm.Int32, 0, whole, "integer", "INTEGER"),
            "long" => new ExportColumn(name, PostgresForm.Int64, 0, whole, "bigint", "INTEGER"),
            "float" => new ExportColumn(
                name, PostgresForm.Float32, 0, $"cast({quoted} as double)", "real", "REAL"),
            "double" => new ExportColumn(name, PostgresForm.Float64, 0, quoted, "double precision", "REAL"),
            "binary" => new ExportColumn(name, PostgresForm.Bytes, 0, quoted, "bytea", "BLOB"),
            "date" when forPostgres => new ExportColumn(
                name, PostgresForm.Date, 0, $"cast({quoted} - date '2000-01-01' as bigint)", "date", ""),
            "date" => new ExportColumn(name, PostgresForm.Text, 0, $"cast({quoted} as varchar)", "", "TEXT"),
            "timestamp" or "timestamp_ntz" when forPostgres => new ExportColumn(
                name, PostgresForm.Time, 0, $"epoch_us({quoted}) - {Epoch}",
                type == "timestamp" ? "timestamp with time zone" : "timestamp without time zone", ""),
            "timestamp" or "timestamp_ntz" => new ExportColumn(
                name, PostgresForm.Text, 0,
                $"strftime({quoted}{(type == "timestamp" ? " at time zone 'UTC'" : "")}, '%Y-%m-%dT%H:%M:%S.%f')"
                + (type == "timestamp" ? " || 'Z'" : ""), "", "TEXT"),
            "void" => new ExportColumn(name, PostgresForm.Text, 0, "cast(null as varchar)", "text", "TEXT"),
            _ => new ExportColumn(name, PostgresForm.Text, 0, quoted, isJson ? "json" : "text", "TEXT"),
        };
    }
}
