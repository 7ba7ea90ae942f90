using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Other columns for a table, as far as the protocol allows: columns are added at the end, types become wider,
/// and where columns are mapped by name they may be renamed and dropped without touching a file.</summary>
static class SchemaChange
{
    public const string ModeProperty = "delta.columnMapping.mode";
    const string MaxIdProperty = "delta.columnMapping.maxColumnId";
    const string IdKey = "delta.columnMapping.id";
    const string NameKey = "delta.columnMapping.physicalName";
    const string WideningProperty = "delta.enableTypeWidening";

    static readonly string[] Whole = ["byte", "short", "integer", "long"];

    public static bool IsMapped(TableSnapshot table) =>
        table.Metadata.Configuration.GetValueOrDefault(ModeProperty, "none") != "none";

    /// <summary>The table with other columns or properties.</summary>
    public static TableSnapshot With(
        TableSnapshot table, TableSchema schema, IReadOnlyDictionary<string, string>? properties = null)
    {
        var configuration = properties ?? table.Metadata.Configuration;
        return table with
        {
            Schema = schema,
            Metadata = table.Metadata with { Schema = schema, Configuration = configuration },
            Protocol = ProtocolChange.For(table.Protocol, configuration, schema),
        };
    }

    /// <summary>Adds a column at the end.</summary>
    /// <exception cref="MillraceException"><c>column-exists</c>, <c>column-not-null</c>.</exception>
    public static TableSnapshot Add(TableSnapshot table, TableColumn column)
    {
        if (table.Schema.Columns.FirstOrDefault(
            known => known.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-exists", $"Table '{table.Name}' has a column '{known.Name}' already.",
                "Give the new one another name; letters of either case are the same.");
        }

        if (!column.IsNullable && table.Files.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-not-null",
                $"Column '{column.Name}' can't be added to table '{table.Name}' as one that is never null: the rows "
                    + $"that "
                + "are there have no value for it.",
                "Add it as one that may be null.");
        }

        if (!IsMapped(table))
        {
            return With(table, new TableSchema([.. table.Schema.Columns, column]));
        }

        var next =
            long.Parse(table.Metadata.Configuration.GetValueOrDefault(MaxIdProperty, "0"),
                CultureInfo.InvariantCulture);
        var mapped = Map(column, ref next, isNew: true);
        return With(
            table, new TableSchema([.. table.Schema.Columns, mapped]),
            Set(table.Metadata.Configuration, (MaxIdProperty, next.ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>Maps the columns by name: each keeps the name that the files have.</summary>
    public static TableSnapshot MapByName(TableSnapshot table)
    {
        if (IsMapped(table))
        {
            return table;
        }

        var next = 0L;
        var columns = new List<TableColumn>();
        foreach (var column in table.Schema.Columns)
        {
            columns.Add(Map(column, ref next, isNew: false));
        }

        return With(
            table, new TableSchema(columns),
            Set(
                table.Metadata.Configuration, (ModeProperty, "name"),
                (MaxIdProperty, next.ToString(CultureInfo.InvariantCulture))));
    }

    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>column-exists</c>, <c>column-mapping-off</c>.
    /// </exception>
    public static TableSnapshot Rename(TableSnapshot table, string from, string to)
    {
        CheckMapped(table, $"Column '{from}' can't be renamed");
        var column = Find(table, from);
        if (table.Schema.Columns.Any(known => known != column
            && known.Name.Equals(to, StringComparison.OrdinalIgnoreCase)))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-exists", $"Table '{table.Name}' has a column '{to}' already.",
                "Choose another name; letters of either case are the same.");
        }

        var after = With(table, new TableSchema([.. table.Schema.Columns.Select(
            known => known == column ? known with { Name = to } : known)]));
        return after with
        {
            Metadata = after.Metadata with
            {
                PartitionColumns = [.. table.PartitionColumns.Select(name => name == column.Name ? to : name)],
            },
        };
    }

    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>column-mapping-off</c>, <c>column-needed</c>.
    /// </exception>
    public static TableSnapshot Drop(TableSnapshot table, string name)
    {
        CheckMapped(table, $"Column '{name}' can't be dropped");
        var column = Find(table, name);
        return table.PartitionColumns.Contains(column.Name, StringComparer.Ordinal) || table.Schema.Columns.Count == 1
            ? throw new MillraceException(
                ErrorKind.Invalid, "column-needed",
                $"Column '{name}' of table '{table.Name}' can't be dropped: "
                + (table.Schema.Columns.Count == 1 ? "it is the only one." : "the table is parted by it."),
                "Write the rows into a new table without it.")
            : With(table, new TableSchema([.. table.Schema.Columns.Where(known => known != column)]));
    }

    /// <summary>Makes a column's type wider.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>type-not-wider</c>.</exception>
    public static TableSnapshot Widen(TableSnapshot table, string name, DeltaType to)
    {
        var column = Find(table, name);
        if (column.DataType == to)
        {
            return table;
        }

        if (!IsWider(column.DataType, to))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "type-not-wider",
                $"Column '{name}' of table '{table.Name}' is {column.Type}, which can't become {to}: it does not hold "
                + "every value, or other engines can't read it so.",
                "Wider are short, integer and long for whole numbers, double for those and for float, and decimals "
                    + "with "
                + "as many digits on both sides; else write the rows into a new table.");
        }

        if (table.PartitionColumns.Contains(column.Name, StringComparer.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-needed",
                    $"Table '{table.Name}' is parted by '{name}', whose type must stay.",
                "Write the rows into a new table.");
        }

        var metadata = JsonNode.Parse(column.Metadata)!.AsObject();
        var changes = metadata["delta.typeChanges"] as JsonArray;
        if (changes is null)
        {
            metadata["delta.typeChanges"] = changes = [];
        }

        changes.Add((JsonNode)new JsonObject { ["toType"] = to.ToString(), ["fromType"] = column.Type });
        var wider = column with { DataType = to, Metadata = metadata.ToJsonString() };
        return With(
            table, new TableSchema([.. table.Schema.Columns.Select(known => known == column ? wider : known)]),
            Set(table.Metadata.Configuration, (WideningProperty, "true")));
    }

    /// <summary>Whether every value of a type is one of the other, and the protocol lets readers take it so.</summary>
    public static bool IsWider(DeltaType from, DeltaType to) => (from, to) switch
    {
        (PrimitiveType a, PrimitiveType b) =>
            (Array.IndexOf(Whole, a.Name) >= 0 && Array.IndexOf(Whole, b.Name) > Array.IndexOf(Whole, a.Name))
            || (a.Name is "byte" or "short" or "integer" or "float" && b.Name == "double"),
        (DecimalType a, DecimalType b) => b != a && b.Scale >= a.Scale
            && b.Precision - b.Scale >= a.Precision - a.Scale,
        (PrimitiveType { Name: "byte" or "short" or "integer" }, DecimalType b) => b.Precision - b.Scale >= 10,
        (PrimitiveType { Name: "long" }, DecimalType b) => b.Precision - b.Scale >= 20,
        _ => false,
    };

    /// <summary>A column by name, in letters of either case.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c>.</exception>
    public static TableColumn Find(TableSnapshot table, string name) => table.Schema.Find(name)
        ?? table.Schema.Columns.FirstOrDefault(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new MillraceException(
            ErrorKind.NotFound, "column-unknown", $"Table '{table.Name}' has no column '{name}'.",
            $"Its columns are {string.Join(", ", table.Schema.Columns.Select(column => column.Name))}.");

    public static Dictionary<string, string> Set(
        IReadOnlyDictionary<string, string> properties, params (string Key, string? Value)[] changes)
    {
        var result = new Dictionary<string, string>(properties, StringComparer.Ordinal);
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                result.Remove(key);
            }
            else
            {
                result[key] = value;
            }
        }

        return result;
    }

    static void CheckMapped(TableSnapshot table, string what)
    {
        if (!IsMapped(table))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-mapping-off",
                $"{what} in table '{table.Name}': its files have the columns under their own names.",
                "Set the property 'delta.columnMapping.mode' to 'name' first; readers must then know column mapping.");
        }
    }

    static TableColumn Map(TableColumn column, ref long next, bool isNew)
    {
        var id = ++next;
        var type = Map(column.DataType, ref next, isNew);
        var metadata = JsonNode.Parse(column.Metadata)!.AsObject();
        metadata[IdKey] = id;
        metadata[NameKey] = isNew ? $"col-{id}-{Guid.CreateVersion7():N}" : column.Name;
        return column with { DataType = type, Metadata = metadata.ToJsonString() };
    }

    static DeltaType Map(DeltaType type, ref long next, bool isNew)
    {
        switch (type)
        {
            case ArrayType array:
                return array with { Element = Map(array.Element, ref next, isNew) };
            case MapType map:
                var key = Map(map.Key, ref next, isNew);
                return map with { Key = key, Value = Map(map.Value, ref next, isNew) };
            case StructType nested:
                var fields = new List<TableColumn>();
                foreach (var field in nested.Fields)
                {
                    fields.Add(Map(field, ref next, isNew));
                }

                return new StructType(fields);
            default:
                return type;
        }
    }
}
