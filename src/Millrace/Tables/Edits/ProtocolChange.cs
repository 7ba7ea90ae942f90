using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>What a table's readers and writers must know once it uses one feature more. Delta protocol, "Table
/// Features". </summary>
static class ProtocolChange
{
    // Features that a version number below those of table features stands for.
    static readonly Dictionary<string, (int Reader, int Writer)> Legacy = new(StringComparer.Ordinal)
    {
        ["checkConstraints"] = (1, 3),
        ["changeDataFeed"] = (1, 4),
        ["columnMapping"] = (2, 5),
    };

    static readonly HashSet<string> Readers = new(StringComparer.Ordinal)
    {
        "columnMapping", "timestampNtz", "typeWidening", "deletionVectors",
    };

    /// <summary>The protocol with a feature; the same when it has it.</summary>
    public static DeltaProtocol With(DeltaProtocol protocol, string feature)
    {
        if (protocol.Writes(feature) && (!Readers.Contains(feature) || protocol.Reads(feature)))
        {
            return protocol;
        }

        if (protocol.MinWriterVersion < 7 && Legacy.TryGetValue(feature, out var legacy))
        {
            return protocol with
            {
                MinReaderVersion = Math.Max(protocol.MinReaderVersion, legacy.Reader),
                MinWriterVersion = Math.Max(protocol.MinWriterVersion, legacy.Writer),
            };
        }

        var readers = (protocol.ReaderFeatures ?? (protocol.MinReaderVersion >= 2 ? ["columnMapping"] : [])).ToList();
        if (Readers.Contains(feature))
        {
            readers.Add(feature);
        }

        var isReaders = readers.Count > 0 || protocol.MinReaderVersion >= 3;
        return new DeltaProtocol(
            isReaders ? 3 : 1, 7, isReaders ? [.. readers.Distinct(StringComparer.Ordinal)] : null,
            [.. protocol.NeededToWrite.Append(feature).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>What a table with these properties and columns asks for.</summary>
    public static DeltaProtocol For(
        DeltaProtocol protocol, IReadOnlyDictionary<string, string> properties, TableSchema schema)
    {
        if (properties.Keys.Any(key => key.StartsWith(WriteRules.ConstraintPrefix, StringComparison.Ordinal)))
        {
            protocol = With(protocol, "checkConstraints");
        }

        if (Is(properties, "delta.enableChangeDataFeed"))
        {
            protocol = With(protocol, "changeDataFeed");
        }

        if (properties.GetValueOrDefault(SchemaChange.ModeProperty, "none") != "none")
        {
            protocol = With(protocol, "columnMapping");
        }

        if (schema.Columns.Any(column => Holds(column.DataType)))
        {
            protocol = With(protocol, "timestampNtz");
        }

        return schema.Columns.Any(
            column => column.Metadata.Contains("delta.typeChanges", StringComparison.Ordinal))
                ? With(protocol, "typeWidening") : protocol;
    }

    static bool Is(IReadOnlyDictionary<string, string> properties, string name) =>
        properties.TryGetValue(name, out var value) && value.Equals("true", StringComparison.OrdinalIgnoreCase);

    static bool Holds(DeltaType type) => type switch
    {
        PrimitiveType primitive => primitive.Name == "timestamp_ntz",
        ArrayType array => Holds(array.Element),
        MapType map => Holds(map.Key) || Holds(map.Value),
        StructType nested => nested.Fields.Any(field => Holds(field.DataType)),
        _ => false,
    };
}
