using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    /// <summary>Adds a column at the end; it is null in the rows that are there.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>column-exists</c>, <c>type-unsupported</c>,
    /// <c>table-conflict</c>.</exception>
    public Task<TableEdit> AddColumnAsync(string name, TableColumn column, CancellationToken cancellationToken =
        default)
    {
        ArgumentNullException.ThrowIfNull(column);
        return AlterAsync(
            name, "ADD COLUMNS", new JsonObject { ["column"] = $"{column.Name} {column.Type}" },
            (_, table) => SchemaChange.Add(table, column), cancellationToken);
    }

    /// <summary>Gives a column another name; the table must map its columns by name.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>column-unknown</c>, <c>column-exists</c>,
    /// <c>column-mapping-off</c>, <c>column-needed</c>, <c>table-conflict</c>.</exception>
    public Task<TableEdit> RenameColumnAsync(
        string name, string from, string to, CancellationToken cancellationToken = default) => AlterAsync(
        name, "RENAME COLUMN", new JsonObject { ["oldColumnPath"] = from, ["newColumnPath"] = to },
        (scope, table) => Renamed(scope, table, from, to), cancellationToken);

    static TableSnapshot Renamed(EditScope scope, TableSnapshot table, string from, string to)
    {
        RefuseIfNeeded(scope, table, from);
        scope.KeyColumns = [.. scope.KeyColumns.Select(key => key == from ? to : key)];
        return SchemaChange.Rename(table, from, to);
    }

    /// <summary>Takes a column out; the table must map its columns by name. The files keep the values.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>column-unknown</c>, <c>column-mapping-off</c>,
    /// <c>column-needed</c>, <c>table-conflict</c>.</exception>
    public Task<TableEdit> DropColumnAsync(string name, string column, CancellationToken cancellationToken = default) =>
        AlterAsync(
            name, "DROP COLUMNS", new JsonObject { ["columns"] = column },
            (scope, table) => Without(scope, table, column), cancellationToken);

    static TableSnapshot Without(EditScope scope, TableSnapshot table, string column)
    {
        RefuseIfNeeded(scope, table, column);
        return scope.KeyColumns.Contains(column, StringComparer.Ordinal)
            ? throw new MillraceException(
                ErrorKind.Invalid, "column-needed",
                $"Column '{column}' of table '{scope.Name}' can't be dropped: it is in the table's key.",
                "Write the rows into a new table with another key.")
            : SchemaChange.Drop(table, column);
    }

    /// <summary>Makes a column's type wider, without touching a file.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>column-unknown</c>, <c>type-not-wider</c>,
    /// <c>table-conflict</c>.</exception>
    public Task<TableEdit> WidenColumnAsync(
        string name, string column, DeltaType to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        return AlterAsync(
            name, "CHANGE COLUMN", new JsonObject { ["column"] = column, ["type"] = to.ToString() },
            (_, table) => SchemaChange.Widen(table, column, to), cancellationToken);
    }

    /// <summary>Sets properties, or takes away those whose value is null.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>property-unsupported</c>, <c>table-conflict</c>.
    /// </exception>
    public async Task<TableEdit> SetPropertiesAsync(
        string name, IReadOnlyDictionary<string, string?> properties, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var set = properties.Where(pair => pair.Value is not null).ToDictionary(
            pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal);
        PropertyRules.Check(name, set);
        return await AlterAsync(
            name, "SET TBLPROPERTIES",
            new JsonObject
            {
                ["properties"] =
                string.Join(", ", properties.Select(pair => $"{pair.Key}={pair.Value}"))
            },
            (_, table) =>
            {
                if (properties.ContainsKey(TableSnapshot.CloneProperty)
                    || (properties.TryGetValue(SchemaChange.ModeProperty, out var mode) && mode is null)
                    || properties.Keys.Any(
                        key => key.StartsWith(WriteRules.ConstraintPrefix, StringComparison.Ordinal)))
                {
                    throw new MillraceException(
                        ErrorKind.Invalid, "property-unsupported",
                        $"Of the properties {string.Join(", ", properties.Keys)} of table '{name}' one can't be set "
                            + $"by hand.",
                        "Constraints are added and dropped by name; a clone keeps its source, and a mapping stays.");
                }

                var mapped = properties.ContainsKey(SchemaChange.ModeProperty) ? SchemaChange.MapByName(table) : table;
                var after = SchemaChange.With(mapped, mapped.Schema, SchemaChange.Set(
                    mapped.Metadata.Configuration,
                    [.. properties.Where(pair => pair.Key != SchemaChange.ModeProperty)
                        .Select(pair => (pair.Key, pair.Value))]));
                if (after.Metadata.Is(Iceberg.IcebergMirror.Property))
                {
                    Iceberg.IcebergMirror.Check(after);
                }

                return after;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks a condition of every row, those that are there and those that come.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>constraint-violated</c>: rows that are there break
    /// it; <c>constraint-exists</c>, <c>constraint-unreadable</c>, <c>table-conflict</c>.</exception>
    public Task<TableEdit> AddConstraintAsync(
        string name, string constraint, string condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return AlterAsync(
            name, "ADD CONSTRAINT", new JsonObject { ["name"] = constraint, ["expr"] = condition },
            (scope, table) =>
            {
                var key = WriteRules.ConstraintPrefix + constraint;
                if (table.Metadata.Configuration.ContainsKey(key))
                {
                    throw new MillraceException(
                        ErrorKind.Invalid, "constraint-exists",
                        $"Table '{name}' has a constraint '{constraint}' already: {table.Metadata.Configuration[key]}",
                        "Choose another name, or drop that one first.");
                }

                var after = SchemaChange.With(table, table.Schema, SchemaChange.Set(
                    table.Metadata.Configuration, (key, SparkSql.FromDuck(condition))));
                scope.Attach($"select 1 from {SqlName.Quote(name)}");
                WriteRules.Check(scope.Session, after, SqlName.Quote(name));
                return after;
            },
            cancellationToken);
    }

    /// <exception cref="MillraceException"><c>table-missing</c>, <c>constraint-unknown</c>, <c>table-conflict</c>.
    /// </exception>
    public Task<TableEdit> DropConstraintAsync(
        string name, string constraint, CancellationToken cancellationToken = default) => AlterAsync(
        name, "DROP CONSTRAINT", new JsonObject { ["name"] = constraint },
        (_, table) => table.Metadata.Configuration.ContainsKey(WriteRules.ConstraintPrefix + constraint)
            ? SchemaChange.With(table, table.Schema, SchemaChange.Set(
                table.Metadata.Configuration, (WriteRules.ConstraintPrefix + constraint, null)))
            : throw new MillraceException(
                ErrorKind.NotFound, "constraint-unknown", $"Table '{name}' has no constraint '{constraint}'.",
                "'millrace table describe' shows those that it has."),
        cancellationToken);

    Task<TableEdit> AlterAsync(
        string name, string operation, JsonObject noted, Func<EditScope, TableSnapshot, TableSnapshot> alter,
        CancellationToken cancellationToken) => EditAsync(name, "alter", noted, scope =>
        {
            var before = scope.Existing;
            WriteGate.Check(before, takesRows: false);
            var after = alter(scope, before);
            return ReferenceEquals(after, before) ? null : Staged(
                scope, after, [], new TableChange(operation, noted.ToJsonString(), before.Version)
                {
                    Metadata = after.Metadata,
                    Protocol = after.Protocol == before.Protocol ? null : after.Protocol,
                });
        }, cancellationToken);

    static void RefuseIfNeeded(EditScope scope, TableSnapshot table, string column)
    {
        if (WriteRules.Of(table).FirstOrDefault(rule => Identifiers.Names(rule.Sql, column)).Name is { } rule)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-needed",
                $"Column '{column}' of table '{scope.Name}' is named by {rule}.",
                "Drop the constraint first.");
        }
    }
}
