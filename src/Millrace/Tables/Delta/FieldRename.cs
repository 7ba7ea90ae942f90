namespace Millrace.Tables.Delta;

/// <summary>The SQL that gives the fields inside of a value other names.</summary>
/// <param name="from">The name that a field has in the value, by the field and its place.</param>
/// <param name="to">The name that it gets.</param>
sealed class FieldRename(Func<TableColumn, int, string> from, Func<TableColumn, int, string> to)
{
    /// <summary>The value with the new names; itself when no field in it has another name.</summary>
    /// <param name="value">The SQL of the value.</param>
    /// <param name="type">Its type, with the fields that both functions are asked for.</param>
    public string Sql(string value, DeltaType type) => Sql(value, type, 0);

    bool IsRenamed(DeltaType type) => type switch
    {
        ArrayType array => IsRenamed(array.Element),
        MapType map => IsRenamed(map.Key) || IsRenamed(map.Value),
        StructType nested => nested.Fields.Where((field, i) => from(field, i) != to(field, i)).Any()
            || nested.Fields.Any(field => IsRenamed(field.DataType)),
        _ => false,
    };

    string Sql(string value, DeltaType type, int depth)
    {
        if (!IsRenamed(type))
        {
            return value;
        }

        var item = $"x{depth}";
        return type switch
        {
            ArrayType array => $"list_transform({value}, lambda {item}: {Sql(item, array.Element, depth + 1)})",
            MapType map => $"map_from_entries(list_transform(map_entries({value}), lambda {item}: struct_pack("
                + $"k := {Sql(item + ".key", map.Key, depth + 1)}, "
                + $"v := {Sql(item + ".value", map.Value, depth + 1)})))",
            StructType nested => $"case when {value} is null then null else struct_pack({string.Join(
                ", ", nested.Fields.Select((field, i) => $"{SqlName.Quote(to(field, i))} := "
                    + Sql($"({value}).{SqlName.Quote(from(field, i))}", field.DataType, depth)))}) end",
            _ => value,
        };
    }
}
