using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>The columns of a table, in order.</summary>
/// <param name="Columns">At least one.</param>
public sealed record TableSchema(IReadOnlyList<TableColumn> Columns)
{
    public bool Equals(TableSchema? other) => other is not null && Columns.SequenceEqual(other.Columns);

    public override int GetHashCode() =>
        Columns.Aggregate(17, (hash, column) => HashCode.Combine(hash, column));

    /// <summary>The column of that name, or null; names are compared as they are written.</summary>
    public TableColumn? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>The JSON of Delta's <c>schemaString</c>.</summary>
    internal string ToDelta() => DeltaSchema.Write(this);

    internal static TableSchema FromDelta(string json, string table) => DeltaSchema.Read(json, table);
}
