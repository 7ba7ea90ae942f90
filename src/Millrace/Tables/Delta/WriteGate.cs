namespace Millrace.Tables.Delta;

/// <summary>Whether a table may be written here. Reading a table asks less of its reader than writing asks of its
/// writer: a rule that is not kept would break the table for others. Delta protocol, "Requirements for Writers".
/// </summary>
static class WriteGate
{
    const int MaxWriterVersion = 7;

    // What is kept on every write, or asks nothing of one.
    static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "columnMapping", "deletionVectors",
        "timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint", "domainMetadata",
        "vacuumProtocolCheck", "inCommitTimestamp", "inCommitTimestamp-preview",
    };

    // Features that ask nothing of a writer as long as the table does not use them, which can be seen.
    static readonly Dictionary<string, Func<TableSnapshot, IEnumerable<string>>> UsedBy = new(StringComparer.Ordinal)
    {
        ["generatedColumns"] = table => ColumnsWith(table, "delta.generationExpression"),
        ["identityColumns"] = table => ColumnsWith(table, "delta.identity."),
        ["allowColumnDefaults"] = table => ColumnsWith(table, "CURRENT_DEFAULT"),
    };

    /// <summary>Why the table can't be written, as the rest of a sentence that begins with its name; null when it
    /// can.</summary>
    /// <param name="table">The table.</param>
    /// <param name="takesRows">Whether rows go or change, and are not only added.</param>
    public static string? Obstacle(TableSnapshot table, bool takesRows)
    {
        if (table.Protocol.MinWriterVersion > MaxWriterVersion)
        {
            return $"needs writer version {table.Protocol.MinWriterVersion}";
        }

        if (takesRows && table.Metadata.Is("delta.appendOnly"))
        {
            return "only takes new rows (delta.appendOnly)";
        }

        List<string> needed =
            [.. table.Protocol.NeededToWrite.Select(feature => InTheWay(feature, table)).OfType<string>()];
        return needed.Count > 0 ? $"uses {string.Join(", ", needed)}" : null;
    }

    /// <exception cref="MillraceException"><c>table-not-writable</c>, with the reason.</exception>
    public static void Check(TableSnapshot table, bool takesRows)
    {
        if (Obstacle(table, takesRows) is { } reason)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "table-not-writable",
                $"Table '{table.Name}' {reason}, and so it can't be written here.",
                "Write it with the engine that made it, or write to a table of another name.");
        }
    }

    static string? InTheWay(string feature, TableSnapshot table)
    {
        if (Kept.Contains(feature))
        {
            return null;
        }

        if (!UsedBy.TryGetValue(feature, out var used))
        {
            return feature;
        }

        List<string> columns = [.. used(table)];
        return columns.Count > 0 ? $"{feature} ({string.Join(", ", columns)})" : null;
    }

    static IEnumerable<string> ColumnsWith(TableSnapshot table, string key) =>
        table.Schema.Columns.Where(column => Holds(column, key)).Select(column => column.Name);

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
