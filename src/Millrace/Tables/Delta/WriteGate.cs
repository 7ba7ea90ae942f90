namespace Millrace.Tables.Delta;

/// <summary>Whether a table may be written here. Reading a table asks less of its reader than writing asks of its
/// writer: a rule that is not kept would break the table for others. Delta protocol, "Requirements for Writers".
/// </summary>
static class WriteGate
{
    const int MaxWriterVersion = 7;

    // Features that ask nothing of a writer as long as the table does not use them, which can be seen.
    static readonly Dictionary<string, Func<TableSnapshot, bool>> UsedWhen = new(StringComparer.Ordinal)
    {
        ["appendOnly"] = table => table.Metadata.Is("delta.appendOnly"),
        ["invariants"] = table => HoldsMetadata(table, "delta.invariants"),
        ["checkConstraints"] = table => table.Metadata.Configuration.Keys.Any(
            key => key.StartsWith("delta.constraints.", StringComparison.Ordinal)),
        ["changeDataFeed"] = table => table.Metadata.Is("delta.enableChangeDataFeed"),
        ["generatedColumns"] = table => HoldsMetadata(table, "delta.generationExpression"),
        ["columnMapping"] = table =>
            table.Metadata.Configuration.GetValueOrDefault("delta.columnMapping.mode", "none") != "none",
        ["identityColumns"] = table => HoldsMetadata(table, "delta.identity."),
    };

    /// <summary>Why the table can't be written, as the rest of a sentence that begins with its name; null when it
    /// can.</summary>
    public static string? Obstacle(TableSnapshot table, TableMode mode)
    {
        if (table.Protocol.MinWriterVersion > MaxWriterVersion)
        {
            return $"needs writer version {table.Protocol.MinWriterVersion}";
        }

        if (table.PartitionColumns.Count > 0)
        {
            return $"is partitioned by {string.Join(", ", table.PartitionColumns)}";
        }

        List<string> needed = [.. table.Protocol.NeededToWrite.Where(feature => IsInTheWay(feature, table, mode))];
        return needed.Count > 0 ? $"uses {string.Join(", ", needed)}" : null;
    }

    /// <exception cref="MillraceException"><c>table-not-writable</c>, with the reason.</exception>
    public static void Check(TableSnapshot table, TableMode mode)
    {
        if (Obstacle(table, mode) is { } reason)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "table-not-writable",
                $"Table '{table.Name}' {reason}, and so it can't be written here.",
                "Write it with the engine that made it, or write to a table of another name.");
        }
    }

    static bool IsInTheWay(string feature, TableSnapshot table, TableMode mode) =>
        feature == "appendOnly" ? mode != TableMode.Append && UsedWhen[feature](table)
        : !UsedWhen.TryGetValue(feature, out var isUsed) || isUsed(table);

    static bool HoldsMetadata(TableSnapshot table, string key) =>
        table.Schema.Columns.Any(column => Holds(column, key));

    static bool Holds(TableColumn column, string key) =>
        column.Metadata.Contains($"\"{key}", StringComparison.Ordinal) || Holds(column.DataType, key);

    static bool Holds(DeltaType type, string key) => type switch
    {
        ArrayType array => Holds(array.Element, key),
        MapType map => Holds(map.Key, key) || Holds(map.Value, key),
        StructType nested => nested.Fields.Any(field => Holds(field, key)),
        _ => false,
    };
}
