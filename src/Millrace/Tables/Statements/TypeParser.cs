using System.Globalization;
using Millrace.Tables.Delta;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

/// <summary>Reads the type of a column, as DuckDB or as Spark writes it.</summary>
sealed class TypeParser(SqlCursor sql)
{
    const int MaxDepth = 64;
    const int MaxFields = 10_000;

    /// <summary>What other names the types have. One that Delta does not have becomes the one that values of it are
    /// written as.</summary>
    static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["string"] = "string",
        ["varchar"] = "string",
        ["text"] = "string",
        ["char"] = "string",
        ["bpchar"] = "string",
        ["uuid"] = "string",
        ["json"] = "string",
        ["time"] = "string",
        ["interval"] = "string",
        ["long"] = "long",
        ["bigint"] = "long",
        ["int8"] = "long",
        ["int64"] = "long",
        ["uinteger"] = "long",
        ["uint32"] = "long",
        ["integer"] = "integer",
        ["int"] = "integer",
        ["int4"] = "integer",
        ["int32"] = "integer",
        ["signed"] = "integer",
        ["usmallint"] = "integer",
        ["uint16"] = "integer",
        ["short"] = "short",
        ["smallint"] = "short",
        ["int2"] = "short",
        ["int16"] = "short",
        ["utinyint"] = "short",
        ["uint8"] = "short",
        ["byte"] = "byte",
        ["tinyint"] = "byte",
        ["int1"] = "byte",
        ["float"] = "float",
        ["real"] = "float",
        ["float4"] = "float",
        ["double"] = "double",
        ["float8"] = "double",
        ["boolean"] = "boolean",
        ["bool"] = "boolean",
        ["logical"] = "boolean",
        ["binary"] = "binary",
        ["blob"] = "binary",
        ["bytea"] = "binary",
        ["varbinary"] = "binary",
        ["date"] = "date",
        ["timestamp"] = "timestamp",
        ["timestamptz"] = "timestamp",
        ["datetime"] = "timestamp",
        ["timestamp_ntz"] = "timestamp_ntz",
    };

    /// <exception cref="MillraceException"><c>sql-syntax</c>, <c>type-unsupported</c>.</exception>
    public DeltaType Read() => Read(0);

    DeltaType Read(int depth)
    {
        var first = sql.Current;
        if (depth > MaxDepth)
        {
            throw sql.Error(first, $"a type is nested more than {MaxDepth} deep.", "Keep it flatter.");
        }

        if (first.Kind != SqlTokenKind.Word)
        {
            throw sql.Expected("the type of a column");
        }

        var name = sql.Name("a type");
        var type = name.ToLowerInvariant() switch
        {
            "decimal" or "numeric" or "dec" => Decimal(first),
            "struct" or "row" => Struct(depth),
            "map" => Map(depth),
            "array" or "list" when sql.Is('<') || sql.Is('(') => Nested(() => new ArrayType(Read(depth + 1))),
            _ => Plain(first, name),
        };
        for (var lists = depth; sql.TryTake('['); lists++)
        {
            // An array of fixed length is kept as a list.
            if (sql.Current.Kind == SqlTokenKind.Number)
            {
                sql.Take();
            }

            sql.Expect(']');
            type = lists < MaxDepth ? new ArrayType(type) : throw sql.Error(
                first, $"a type is nested more than {MaxDepth} deep.", "Keep it flatter.");
        }

        return type;
    }

    DeltaType Plain(SqlToken first, string name)
    {
        if (!Names.TryGetValue(name, out var type))
        {
            throw SqlPlace.Error(
                sql.Statement, first.Start, "type-unsupported", $"'{name}' is not a type that a column can have.",
                "Types are bigint, integer, smallint, double, float, decimal(p, s), varchar, boolean, date, timestamp, "
                + "blob, T[], struct(name T, …) and map(K, V).");
        }

        if (name.Equals("double", StringComparison.OrdinalIgnoreCase))
        {
            sql.TryTake("precision");
        }
        else if (type == "timestamp" || name.Equals("time", StringComparison.OrdinalIgnoreCase))
        {
            _ = sql.TryTake("with", "time", "zone") || sql.TryTake("without", "time", "zone");
        }
        else if (name.Equals("char", StringComparison.OrdinalIgnoreCase))
        {
            sql.TryTake("varying");
        }

        if (type is "string" && sql.Is('('))
        {
            // A length is no rule in DuckDB either.
            _ = sql.Bracketed("a length");
        }

        return new PrimitiveType(type);
    }

    DecimalType Decimal(SqlToken first)
    {
        if (!sql.TryTake('('))
        {
            return new DecimalType(18, 3);
        }

        var precision = Digits();
        var scale = sql.TryTake(',') ? Digits() : 0;
        sql.Expect(')');
        return precision is >= 1 and <= DecimalType.MaxPrecision && scale <= precision
            ? new DecimalType(precision, scale) : throw sql.Error(
                first, $"a decimal has 1 to {DecimalType.MaxPrecision} digits, and not more of them after the point.",
                "Write decimal(digits, digits after the point).");
    }

    int Digits()
    {
        if (sql.Current.Kind != SqlTokenKind.Number || !int.TryParse(
            sql.Current.In(sql.Text), NumberStyles.None, CultureInfo.InvariantCulture, out var digits))
        {
            throw sql.Expected("a number of digits");
        }

        sql.Take();
        return digits;
    }

    DeltaType Struct(int depth) => Nested(() =>
    {
        var fields = new List<TableColumn>();
        do
        {
            var place = sql.Current;
            var name = sql.Name("the name of a field");
            sql.TryTake(':');
            if (fields.Count >= MaxFields || fields.Exists(
                field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                throw sql.Error(
                    place, $"the struct has a field '{name}' already, or more than {MaxFields:N0}.",
                    "Give each field a name of its own.");
            }

            fields.Add(new TableColumn(name, Read(depth + 1)));
        }
        while (sql.TryTake(','));
        return new StructType(fields);
    });

    DeltaType Map(int depth) => Nested(() =>
    {
        var key = Read(depth + 1);
        sql.Expect(',');
        return new MapType(key, Read(depth + 1));
    });

    DeltaType Nested(Func<DeltaType> read)
    {
        var isAngle = sql.TryTake('<');
        if (!isAngle)
        {
            sql.Expect('(');
        }

        var type = read();
        sql.Expect(isAngle ? '>' : ')');
        return type;
    }
}
