using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Sources.Reading;
using Millrace.Tables;
using Npgsql.PostgresTypes;

namespace Millrace.Sources.Databases;

/// <summary>A column of a query of PostgreSQL.</summary>
/// <param name="Name">As the query gives it.</param>
/// <param name="Form">How its values come.</param>
/// <param name="Element">For a list: how the values of its elements come.</param>
/// <param name="Type">What they are read as.</param>
/// <param name="Delta">The table's type.</param>
/// <param name="IsText">Whether the server is asked for its text, for there is no other form of it here.</param>
sealed partial record PostgresColumn(
    string Name, PostgresForm Form, PostgresForm Element, ReadType Type, string Delta, bool IsText)
{
    const int MaxDigits = 38;

    /// <summary>What the server is asked for in its place; null for the column itself.</summary>
    public string? Cast { get; init; }

    /// <summary>Whether it is a number of any size, whose type is found by looking at all values.</summary>
    public bool IsOpen { get; init; }

    /// <summary>What the query selects for it.</summary>
    public string Select => (Cast ?? (IsText ? Form == PostgresForm.List ? "text[]" : "text" : null)) is { } type
        ? $"{SqlName.Quote(Name)}::{type} as {SqlName.Quote(Name)}" : SqlName.Quote(Name);

    /// <param name="name">The column's name.</param>
    /// <param name="type">Its type; of a domain the type below it.</param>
    /// <param name="shown">The type as the server writes it, with its digits.</param>
    public static PostgresColumn Of(string name, PostgresType type, string shown)
    {
        if (type is PostgresArrayType array)
        {
            return List(name, array.Element.Name);
        }

        if (type is PostgresEnumType)
        {
            return Text(name, false);
        }

        return type.Name switch
        {
            "bool" or "boolean" => Plain(name, PostgresForm.Boolean, ValueTypes.BooleanLower, "boolean"),
            "int2" or "smallint" => Plain(name, PostgresForm.Int16, ValueTypes.Long, "short"),
            "int4" or "integer" => Plain(name, PostgresForm.Int32, ValueTypes.Long, "integer"),
            "int8" or "bigint" => Plain(name, PostgresForm.Int64, ValueTypes.Long, "long"),
            "oid" => Plain(name, PostgresForm.Oid, ValueTypes.Long, "long"),
            "float4" or "real" => Plain(name, PostgresForm.Float32, ValueTypes.Double, "float"),
            "float8" or "double precision" => Plain(name, PostgresForm.Float64, ValueTypes.Double, "double"),
            "numeric" => Numeric(name, shown),
            "date" => Plain(name, PostgresForm.Date, ValueTypes.Date, "date"),
            "timestamp" or "timestamp without time zone" or "timestamptz" or "timestamp with time zone" =>
                Plain(name, PostgresForm.Time, ValueTypes.TimePlain, "timestamp"),
            "uuid" => Plain(name, PostgresForm.Uuid, ValueTypes.Text, "string"),
            "bytea" => Plain(name, PostgresForm.Bytes, ValueTypes.Text, "string"),
            "json" => Plain(name, PostgresForm.Text, ValueTypes.Json, "string"),
            "jsonb" => Plain(name, PostgresForm.Jsonb, ValueTypes.Json, "string"),
            "text" or "varchar" or "character varying" or "bpchar" or "character" or "name" => Text(name, false),
            // Intervals, times of day, ranges, addresses, composites and the rest.
            _ => Text(name, true),
        };
    }

    /// <summary>The column read as a type that the user gave.</summary>
    public PostgresColumn As(ReadType type) =>
        new(Name, PostgresForm.Text, PostgresForm.Text, type, type.Delta, Form != PostgresForm.Text);

    /// <summary>A number of any size as the least decimal that all of its values fit, or as a text.</summary>
    /// <param name="integerDigits">Most digits before the point.</param>
    /// <param name="scale">Most digits behind it.</param>
    public PostgresColumn Closed(int integerDigits, int scale)
    {
        var digits = Math.Max(1, integerDigits + scale);
        return digits > MaxDigits
            ? Text(Name, true) with { IsOpen = true }
            : this with
            {
                Type = new ReadType(ValueTypes.Decimal, digits, scale),
                Delta = string.Create(CultureInfo.InvariantCulture, $"decimal({digits},{scale})"),
            };
    }

    /// <summary>The column as a whole number, a double, a boolean, a time or a text.</summary>
    public PostgresColumn Plain() => Form switch
    {
        PostgresForm.Int16 or PostgresForm.Int32 or PostgresForm.Int64 or PostgresForm.Oid =>
            Plain(Name, PostgresForm.Int64, ValueTypes.Long, "long") with { Cast = "int8" },
        PostgresForm.Float32 or PostgresForm.Float64 or PostgresForm.Numeric =>
            Plain(Name, PostgresForm.Float64, ValueTypes.Double, "double") with { Cast = "float8" },
        PostgresForm.Boolean or PostgresForm.Time => this,
        _ => Text(Name, true),
    };

    static PostgresColumn Plain(string name, PostgresForm form, ValueTypes type, string delta) =>
        new(name, form, PostgresForm.Text, new ReadType(type), delta, false);

    static PostgresColumn Text(string name, bool isText) =>
        new(name, PostgresForm.Text, PostgresForm.Text, ReadType.Text, "string", isText);

    static PostgresColumn Numeric(string name, string shown)
    {
        if (Digits().Match(shown) is { Success: true } match)
        {
            var precision = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            var scale = int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            precision = Math.Max(precision, scale);
            if (precision is > 0 and <= MaxDigits)
            {
                var type = new ReadType(ValueTypes.Decimal, precision, scale);
                return new PostgresColumn(name, PostgresForm.Numeric, PostgresForm.Text, type, type.Delta, false);
            }
        }

        return new PostgresColumn(
            name, PostgresForm.Numeric, PostgresForm.Text, new ReadType(ValueTypes.Decimal, MaxDigits, 0), "string",
            false)
        { IsOpen = true };
    }

    static PostgresColumn List(string name, string element)
    {
        var (form, type, delta) = element switch
        {
            "bool" or "boolean" => (PostgresForm.Boolean, ValueTypes.Boolean, "boolean"),
            "int2" or "smallint" => (PostgresForm.Int16, ValueTypes.Long, "short"),
            "int4" or "integer" => (PostgresForm.Int32, ValueTypes.Long, "integer"),
            "int8" or "bigint" => (PostgresForm.Int64, ValueTypes.Long, "long"),
            "float4" or "real" => (PostgresForm.Float32, ValueTypes.Double, "float"),
            "float8" or "double precision" => (PostgresForm.Float64, ValueTypes.Double, "double"),
            _ => (PostgresForm.Text, ValueTypes.Text, "string"),
        };
        return new PostgresColumn(
            name, PostgresForm.List, form, new ReadType(ValueTypes.List, Element: type), $"array<{delta}>",
            form == PostgresForm.Text);
    }

    [GeneratedRegex(@"^numeric\((\d{1,4}),\s?(\d{1,4})\)$")]
    private static partial Regex Digits();
}
