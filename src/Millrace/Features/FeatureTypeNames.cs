using System.Diagnostics;

namespace Millrace.Features;

/// <summary>The words for the types in schema texts and messages. They are stored in files and never change.</summary>
static class FeatureTypeNames
{
    public static string Name(FeatureType type) => type switch
    {
        FeatureType.Int64 => "int64",
        FeatureType.Double => "double",
        FeatureType.Float => "float",
        FeatureType.Text => "text",
        FeatureType.Boolean => "boolean",
        FeatureType.Timestamp => "timestamp",
        FeatureType.FloatArray => "float-array",
        _ => throw new UnreachableException($"Feature type {(int)type} has no name."),
    };

    public static FeatureType? Parse(string? name) => name switch
    {
        "int64" => FeatureType.Int64,
        "double" => FeatureType.Double,
        "float" => FeatureType.Float,
        "text" => FeatureType.Text,
        "boolean" => FeatureType.Boolean,
        "timestamp" => FeatureType.Timestamp,
        "float-array" => FeatureType.FloatArray,
        _ => null,
    };

    /// <summary>The refusal of a value whose CLR type is not its column's.</summary>
    public static MillraceException Mismatch(FeatureColumn column, object value) => new(
        ErrorKind.Invalid,
        "feature-type-mismatch",
        $"Column '{column.Name}' is {Name(column.Type)}, and the value given for it is a {value.GetType().Name}.",
        "Cast the value in the query or code that makes it, or declare the column with the other type.");
}
