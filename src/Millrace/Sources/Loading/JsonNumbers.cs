using Millrace.Tables;
using Millrace.Tables.Delta;

namespace Millrace.Sources.Loading;

/// <summary>SQL that makes JSON of values which may be no numbers of JSON: NaN and the infinities become the texts
/// <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>, which an ingest reads as what they were.</summary>
static class JsonNumbers
{
    /// <summary>The value as JSON; itself when its type has no such numbers.</summary>
    /// <param name="value">SQL.</param>
    /// <param name="type">Its type.</param>
    public static string Of(string value, DeltaType type) => Of(value, type, 0);

    static string Of(string value, DeltaType type, int depth)
    {
        if (!HasReals(type))
        {
            return value;
        }

        var inner = $"v{depth}";
        switch (type)
        {
            case ArrayType list:
                return $"list_transform({value}, lambda {inner}: {Of(inner, list.Element, depth + 1)})";
            case MapType map:
                return $"map_from_entries(list_transform(map_entries({value}), lambda {inner}: "
                    + $"struct_pack(key := {inner}.key, value := {Of($"{inner}.value", map.Value, depth + 1)})))";
            case StructType part:
                var fields = part.Fields.Select(field => $"{SqlName.Quote(field.Name)} := "
                    + Of($"{value}.{SqlName.Quote(field.Name)}", field.DataType, depth + 1));
                return $"case when {value} is not null then struct_pack({string.Join(", ", fields)}) end";
            default:
                return $"case when {value} is null then null when isfinite({value}) then to_json({value}) "
                    + $"when isnan({value}) then to_json('NaN') when {value} > 0 then to_json('Infinity') "
                    + "else to_json('-Infinity') end";
        }
    }

    static bool HasReals(DeltaType type) => type switch
    {
        ArrayType list => HasReals(list.Element),
        MapType map => HasReals(map.Value),
        StructType part => part.Fields.Any(field => HasReals(field.DataType)),
        _ => type.ToString() is "double" or "float",
    };
}
