using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Delta;

/// <summary>The type of a column or of a part of one. Delta protocol, "Schema Serialization Format".</summary>
public abstract partial record DeltaType
{
    private protected DeltaType()
    {
    }

    /// <summary>The type as DuckDB names it.</summary>
    public abstract string Sql { get; }

    /// <summary>Whether it has columns, elements or entries of its own.</summary>
    public bool IsNested => this is ArrayType or MapType or StructType;

    /// <summary>A primitive type, <c>decimal(p,s)</c>, or <c>array&lt;…&gt;</c> of one, as <see cref="ToString"/>
    /// writes them.</summary>
    /// <exception cref="MillraceException"><c>type-unsupported</c>.</exception>
    public static DeltaType Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith("array<", StringComparison.Ordinal) && text.EndsWith('>')
            ? new ArrayType(Parse(text[6..^1]))
            : ParsePrimitive(text) ?? throw Unsupported(text, "a table");
    }

    /// <summary>A type that stands in a schema as a single text; null when Delta has none of that name.</summary>
    internal static DeltaType? ParsePrimitive(string text)
    {
        if (PrimitiveType.IsKnown(text))
        {
            return new PrimitiveType(text);
        }

        // The text goes into SQL as it is, so a decimal of a foreign log must be nothing else.
        if (DecimalText().Match(text) is { Success: true } found)
        {
            var precision = int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);
            var scale = int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture);
            return precision is >= 1 and <= DecimalType.MaxPrecision && scale <= precision
                ? new DecimalType(precision, scale) : null;
        }

        return text == "decimal" ? new DecimalType(10, 0) : null;
    }

    internal static MillraceException Unsupported(string type, string where) => new(
        ErrorKind.Invalid, "type-unsupported", $"The type '{type}' of {where} can't be kept in a table yet.",
        "Cast it in the SQL, for instance with to_json(…) or to single columns.");

    [GeneratedRegex(@"^decimal\(([0-9]{1,2}), ?([0-9]{1,2})\)\z")]
    private static partial Regex DecimalText();
}

/// <summary>A type without parts.</summary>
/// <param name="Name"><c>long</c>, <c>double</c>, <c>string</c>, <c>timestamp</c>, <c>timestamp_ntz</c>, …</param>
public sealed record PrimitiveType(string Name) : DeltaType
{
    static readonly Dictionary<string, string> SqlNames = new(StringComparer.Ordinal)
    {
        ["string"] = "VARCHAR",
        ["long"] = "BIGINT",
        ["integer"] = "INTEGER",
        ["short"] = "SMALLINT",
        ["byte"] = "TINYINT",
        ["float"] = "FLOAT",
        ["double"] = "DOUBLE",
        ["boolean"] = "BOOLEAN",
        ["binary"] = "BLOB",
        ["date"] = "DATE",
        ["timestamp"] = "TIMESTAMP WITH TIME ZONE",
        ["timestamp_ntz"] = "TIMESTAMP",
        ["void"] = "INTEGER",
    };

    /// <inheritdoc/>
    public override string Sql => SqlNames[Name];

    internal static bool IsKnown(string name) => SqlNames.ContainsKey(name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A number with a fixed count of digits.</summary>
/// <param name="Precision">All digits, 1 to 38.</param>
/// <param name="Scale">Those after the point.</param>
public sealed record DecimalType(int Precision, int Scale) : DeltaType
{
    internal const int MaxPrecision = 38;

    /// <inheritdoc/>
    public override string Sql => $"DECIMAL({Precision},{Scale})";

    /// <inheritdoc/>
    public override string ToString() => $"decimal({Precision},{Scale})";
}

/// <summary>A list.</summary>
/// <param name="Element">What it holds.</param>
/// <param name="ContainsNull">Whether an element may be null.</param>
public sealed record ArrayType(DeltaType Element, bool ContainsNull = true) : DeltaType
{
    /// <inheritdoc/>
    public override string Sql => Element.Sql + "[]";

    /// <inheritdoc/>
    public override string ToString() => $"array<{Element}>";
}

/// <summary>Entries by key.</summary>
/// <param name="Key">Never null.</param>
/// <param name="Value">What stands under a key.</param>
/// <param name="ValueContainsNull">Whether a value may be null.</param>
public sealed record MapType(DeltaType Key, DeltaType Value, bool ValueContainsNull = true) : DeltaType
{
    /// <inheritdoc/>
    public override string Sql => $"MAP({Key.Sql}, {Value.Sql})";

    /// <inheritdoc/>
    public override string ToString() => $"map<{Key},{Value}>";
}

/// <summary>Named fields.</summary>
/// <param name="Fields">In order; at least one.</param>
public sealed record StructType(IReadOnlyList<TableColumn> Fields) : DeltaType
{
    /// <inheritdoc/>
    public override string Sql =>
        $"STRUCT({string.Join(", ", Fields.Select(part => $"{SqlName.Quote(part.Name)} {part.SqlType}"))})";

    /// <inheritdoc/>
    public bool Equals(StructType? other) => other is not null && Fields.SequenceEqual(other.Fields);

    /// <inheritdoc/>
    public override int GetHashCode() => Fields.Aggregate(19, (hash, field) => HashCode.Combine(hash, field));

    /// <inheritdoc/>
    public override string ToString() =>
        $"struct<{string.Join(",", Fields.Select(field => $"{field.Name}:{field.DataType}"))}>";
}
