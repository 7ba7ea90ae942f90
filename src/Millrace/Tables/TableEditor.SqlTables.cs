using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;
using Millrace.Tables.Statements;

namespace Millrace.Tables;

/// <summary>What statements of SQL do to tables as a whole.</summary>
public sealed partial class TableEditor
{
    /// <summary>Makes a table, or puts a new one in the place of one that is there, whose versions stay.</summary>
    internal Task<TableEdit> MakeAsync(
        CreateTableStatement design, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        var query = "";
        return EditAsync(
            design.Table, "create", Told([], design),
            scope => Make(scope, design, query, Used(query, parameters), cancellationToken), cancellationToken,
            design.Query is null ? null : async scope =>
            {
                query = await ReadAsync(scope, design.Query, parameters, cancellationToken).ConfigureAwait(false);
            });
    }

    /// <summary>Takes a table out of the workspace. Its versions stay as they are, with their files; its name may be
    /// used again, and goes on counting versions.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-not-writable</c>, <c>table-conflict</c>.
    /// </exception>
    public Task<TableEdit> DropAsync(string name, CancellationToken cancellationToken = default) => EditAsync(
        name, "drop", [],
        scope =>
        {
            var before = scope.Existing;
            WriteGate.Check(before, takesRows: true);
            scope.Counts.Deleted = before.RowCount;
            return Staged(
                scope, before, [],
                new TableChange(TableSnapshot.DropOperation, "{}", before.Version)
                {
                    Removed = before.Files,
                    ReadCondition = TableChange.AllRows,
                    Metadata = before.Metadata with
                    {
                        Configuration = SchemaChange.Set(
                            before.Metadata.Configuration, (TableSnapshot.DroppedProperty, "true")),
                    },
                    // Who writes into a new table of the name begins anew.
                    Transactions = [.. before.Transactions.Where(mark => !Guid.TryParseExact(mark.AppId, "N", out _))
                        .Select(mark => mark with { Version = -1 })],
                });
        },
        cancellationToken);

    internal Task<TableEdit> AlterAsync(AlterTableStatement alter, CancellationToken cancellationToken)
    {
        var name = alter.Table;
        return alter.Alteration switch
        {
            AddColumns add => AlterAsync(
                name, "ADD COLUMNS",
                Noted("columns", string.Join(", ", add.Columns.Select(column => $"{column.Name} {column.Type}"))),
                (_, table) => add.Columns.Aggregate(
                    table, (wider, column) => add.IfMissing && Has(wider, column.Name)
                        ? wider : SchemaChange.Add(wider, column)),
                cancellationToken),
            DropColumns drop => AlterAsync(
                name, "DROP COLUMNS", Noted("columns", string.Join(", ", drop.Columns)),
                (scope, table) => drop.Columns.Aggregate(
                    table, (narrower, column) => drop.IfExists && !Has(narrower, column)
                        ? narrower : Without(scope, narrower, SchemaChange.Find(narrower, column).Name)),
                cancellationToken),
            RenameColumn rename => AlterAsync(
                name, "RENAME COLUMN",
                new JsonObject { ["oldColumnPath"] = rename.From, ["newColumnPath"] = rename.To },
                (scope, table) => Renamed(scope, table, SchemaChange.Find(table, rename.From).Name, rename.To),
                cancellationToken),
            WidenColumn widen => AlterAsync(
                name, "CHANGE COLUMN",
                new JsonObject { ["column"] = widen.Column, ["type"] = widen.To.ToString() },
                (_, table) => SchemaChange.Widen(table, SchemaChange.Find(table, widen.Column).Name, widen.To),
                cancellationToken),
            SetNullable change => AlterAsync(
                name, "CHANGE COLUMN",
                new JsonObject { ["column"] = change.Column, ["nullable"] = $"{change.IsNullable}" },
                (scope, table) => Nullable(scope, table, change), cancellationToken),
            AddCheck add => AddConstraintAsync(name, add.Name, add.Condition, cancellationToken),
            DropCheck drop => DropCheckAsync(name, drop, cancellationToken),
            SetProperties set => SetPropertiesAsync(name, set.Properties, cancellationToken),
            SetComment set => AlterAsync(
                name, set.Column is null ? "SET TBLPROPERTIES" : "CHANGE COLUMN", Noted("comment", set.Comment ?? ""),
                (_, table) => Commented(table, set), cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException(alter.Alteration.ToString()),
        };
    }

    static JsonObject Noted(string key, string value) => new() { [key] = value };

    static bool Has(TableSnapshot table, string column) => table.Schema.Columns.Any(
        known => known.Name.Equals(column, StringComparison.OrdinalIgnoreCase));

    Task<TableEdit> DropCheckAsync(string name, DropCheck drop, CancellationToken cancellationToken) =>
        drop.IfExists && _tables.OpenNewest(name) is var table
            && !table.Metadata.Configuration.ContainsKey(WriteRules.ConstraintPrefix + drop.Name)
                ? AlterAsync(name, "DROP CONSTRAINT", [], (_, same) => same, cancellationToken)
                : DropConstraintAsync(name, drop.Name, cancellationToken);

    static TableSnapshot Nullable(EditScope scope, TableSnapshot table, SetNullable change)
    {
        var column = SchemaChange.Find(table, change.Column);
        if (column.IsNullable == change.IsNullable)
        {
            return table;
        }

        var after = Changed(table, column, column with { IsNullable = change.IsNullable });
        if (!change.IsNullable)
        {
            scope.Attach($"select 1 from {SqlName.Quote(scope.Name)}");
            WriteRules.Check(scope.Session, after, SqlName.Quote(scope.Name));
        }

        return after;
    }

    static TableSnapshot Commented(TableSnapshot table, SetComment set)
    {
        if (set.Column is null)
        {
            return table with { Metadata = table.Metadata with { Description = set.Comment } };
        }

        var column = SchemaChange.Find(table, set.Column);
        return Changed(
            table, column, column with { Metadata = StatementParser.Commented(column.Metadata, set.Comment) });
    }

    static TableSnapshot Changed(TableSnapshot table, TableColumn from, TableColumn to) => SchemaChange.With(
        table, new TableSchema([.. table.Schema.Columns.Select(column => column == from ? to : column)]));

    static StagedTable? Make(
        EditScope scope, CreateTableStatement design, string query, IReadOnlyList<SqlParameter> parameters,
        CancellationToken cancellationToken)
    {
        if (scope.Before is not null && design.Mode != CreateMode.Replace)
        {
            return design.Mode == CreateMode.IfMissing ? null : throw new MillraceException(
                ErrorKind.Invalid, "table-exists", $"There is a table '{scope.Name}' already.",
                "Choose another name, insert into it, or write CREATE OR REPLACE TABLE.");
        }

        scope.KeyColumns = [];
        var schema = design.Query is null
            ? new TableSchema(design.Columns) : RowFit.Describe(scope.Session, scope.Name, query, parameters);
        CheckNames(scope.Name, schema);
        var options = new TableWrite
        {
            PartitionColumns = [.. design.PartitionColumns.Select(name => Spelled(schema, name))],
            Properties = Properties(design),
        };
        var table = NewTable(scope, schema, options);
        table = table with { Metadata = table.Metadata with { Description = design.Comment } };
        var files = new List<DataFile>();
        if (design.Query is null)
        {
            // A condition that can't be asked is told now, and not with the first row.
            scope.Session.Execute(
                $"create or replace temp table {NewRows} ("
                + string.Join(", ", schema.Columns.Select(
                    column => $"{SqlName.Quote(column.Name)} {column.SqlType}")) + ")", cancellationToken);
            WriteRules.Check(scope.Session, table, NewRows);
        }
        else
        {
            Gather(scope, query, parameters, RowFit.Of(table, schema, options).Select, cancellationToken);
            files = scope.Write(table, NewRows, cancellationToken);
            scope.Counts.Inserted = files.Sum(file => file.RowCount);
        }

        scope.Counts.Deleted = scope.Before?.RowCount ?? 0;
        return Created(scope, table, files, (design.Query is null, scope.Before is null) switch
        {
            (true, true) => "CREATE TABLE",
            (true, false) => ReplaceOperation,
            (false, true) => "CREATE TABLE AS SELECT",
            _ => ReplaceAsOperation,
        });
    }

    static Dictionary<string, string> Properties(CreateTableStatement design)
    {
        var properties = new Dictionary<string, string>(design.Properties, StringComparer.Ordinal);
        var number = 0;
        foreach (var (name, condition) in design.Checks)
        {
            var key = WriteRules.ConstraintPrefix + (name.Length > 0 ? name : $"{design.Table}_check{++number}");
            if (!properties.TryAdd(key, SparkSql.FromDuck(condition)))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "constraint-exists",
                    $"Table '{design.Table}' would have two constraints '{key[WriteRules.ConstraintPrefix.Length..]}'.",
                    "Give each a name of its own.");
            }
        }

        return properties;
    }

    /// <exception cref="MillraceException"><c>column-twice</c>.</exception>
    static void CheckNames(string table, TableSchema schema)
    {
        if (schema.Columns.GroupBy(column => column.Name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"Table '{table}' would have two columns '{twice.Key}'.",
                "Give one of them another name; letters of either case are the same.");
        }
    }

    /// <summary>A name as the columns have it, where they do.</summary>
    static string Spelled(TableSchema schema, string name) => schema.Columns.FirstOrDefault(
        column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Name ?? name;
}
