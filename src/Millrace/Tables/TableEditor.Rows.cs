using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    const string NewRows = "millrace_rows";

    static readonly IReadOnlyDictionary<string, long> NoAttempts = new Dictionary<string, long>();

    /// <summary>Makes an empty table.</summary>
    /// <param name="name">The table; it must not be there.</param>
    /// <param name="schema">Its columns.</param>
    /// <param name="options">Partitions, key and properties.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>table-exists</c>, <c>property-unsupported</c>, <c>column-unknown</c>.
    /// </exception>
    public Task<TableEdit> CreateAsync(
        string name, TableSchema schema, TableWrite options, CancellationToken cancellationToken = default) =>
        EditAsync(name, "create", [], scope =>
        {
            if (scope.Before is not null)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "table-exists", $"There is a table '{name}' already.",
                    "Choose another name, or write into the one that is there.");
            }

            var table = NewTable(scope, schema, options);
            return Created(scope, table, [], "CREATE TABLE");
        }, cancellationToken);

    /// <summary>Writes the rows of a query into a table, which is made when it is not there.</summary>
    /// <param name="name">The table.</param>
    /// <param name="query">The rows; tables of the workspace are there under their names.</param>
    /// <param name="options">What becomes of the rows and columns that are there.</param>
    /// <param name="parameters">Values of the query.</param>
    /// <param name="cancellationToken">Ends it; nothing is written then.</param>
    /// <exception cref="MillraceException"><c>schema-mismatch</c>, <c>constraint-violated</c>,
    /// <c>table-not-writable</c>, <c>table-conflict</c>, <c>replace-outside</c>, <c>sql-failed</c>.</exception>
    public Task<TableEdit> WriteAsync(
        string name, string query, TableWrite options, IReadOnlyList<SqlParameter>? parameters = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(options);
        var noted = new JsonObject { ["mode"] = options.Mode.ToString() };
        if (options.ReplaceWhere is { } condition)
        {
            noted["predicate"] = condition;
        }

        if (options.ReplacesPartitions)
        {
            noted["partitionOverwriteMode"] = "dynamic";
        }

        return EditAsync(
            name, options.Mode == TableMode.Append ? "append" : "overwrite", noted,
            scope => Write(
                scope, query, options, parameters ?? [], noted.ToJsonString(), cancellationToken) is { } staged
                ? staged with { Checks = options.Checks.Count == 0 ? null : options.Checks } : null,
            cancellationToken);
    }

    static StagedTable? Write(
        EditScope scope, string query, TableWrite options, IReadOnlyList<SqlParameter> parameters, string noted,
        CancellationToken cancellationToken)
    {
        scope.KeyColumns = options.KeyColumns ?? scope.KeyColumns;
        if (IsWritten(scope, options))
        {
            return null;
        }

        scope.Attach(query);
        var columns = RowFit.Describe(scope.Session, scope.Name, query, parameters);
        if (scope.Before is not { } before)
        {
            var table = NewTable(scope, columns, options);
            Gather(scope, query, parameters, RowFit.Of(table, columns, options).Select, cancellationToken);
            var files = scope.Write(table, NewRows, cancellationToken);
            scope.Counts.Inserted = files.Sum(file => file.RowCount);
            return Created(scope, table, files, "CREATE TABLE AS SELECT", options);
        }

        var isOverwrite = options.Mode == TableMode.Overwrite;
        WriteGate.Check(before, isOverwrite);
        var (after, select) = RowFit.Of(before, columns, options);
        Gather(scope, query, parameters, select, cancellationToken);
        var added = scope.Write(after, NewRows, cancellationToken);
        scope.Counts.Inserted = added.Sum(file => file.RowCount);
        var change = new TableChange("WRITE", noted, before.Version)
        {
            Metadata = after.Metadata == before.Metadata ? null : after.Metadata,
            Protocol = after.Protocol == before.Protocol ? null : after.Protocol,
            Transactions = Marks(options),
        };
        if (!isOverwrite)
        {
            return added.Count == 0 && change.Metadata is null ? null : Staged(scope, after, added, change, NewRows);
        }

        return options.ReplaceWhere is { } condition
            ? Replace(scope, after, condition, added, change, cancellationToken)
            : options.ReplacesPartitions
                ? ReplacePartitions(scope, after, added, change)
                : Staged(
                    scope, after, added,
                    change with { Removed = before.Files, ReadCondition = TableChange.AllRows }, NewRows);
    }

    static bool IsWritten(EditScope scope, TableWrite options) => options.Progress is { } progress
        && scope.Before?.Transactions.FirstOrDefault(mark => mark.AppId == progress.Application) is { } mark
        && mark.Version >= progress.Number;

    static TransactionMark[] Marks(TableWrite options) => options.Progress is { } progress
        ? [new TransactionMark(progress.Application, progress.Number, null)] : [];

    static void Gather(
        EditScope scope, string query, IReadOnlyList<SqlParameter> parameters, string select,
        CancellationToken cancellationToken)
    {
        var order = scope.KeyColumns.Count == 0 ? "" : $" order by {SqlName.QuoteAll(scope.KeyColumns)}";
        _ = scope.Session.Query(
            $"create or replace temp table {NewRows} as select {select} from ({query}\n){order}", parameters,
            reader => reader.Read(), cancellationToken);
    }

    static StagedTable ReplacePartitions(
        EditScope scope, TableSnapshot after, List<DataFile> added, TableChange change)
    {
        var before = scope.Existing;
        if (before.PartitionColumns.Count == 0)
        {
            return Staged(
                scope, after, added, change with { Removed = before.Files, ReadCondition = TableChange.AllRows },
                    NewRows);
        }

        var filled = added.Select(FileGroups.Partition).ToHashSet(StringComparer.Ordinal);
        var physical = new PhysicalColumns(before);
        // Of very many partitions the condition would be longer than the rows.
        var conditions = added.DistinctBy(FileGroups.Partition).Take(MaxNamedPartitions + 1).Select(file => string.Join(
            " and ", before.PartitionColumns.Select(name => PartitionIs(before, physical, name, file)))).ToList();
        return Staged(scope, after, added, change with
        {
            Removed = [.. before.Files.Where(file => filled.Contains(FileGroups.Partition(file)))],
            ReadCondition = conditions.Count is 0 or > MaxNamedPartitions
                ? TableChange.AllRows : $"({string.Join(") or (", conditions)})",
        }, NewRows);
    }

    const int MaxNamedPartitions = 1_000;

    static string PartitionIs(TableSnapshot table, PhysicalColumns physical, string name, DataFile file)
    {
        var column = table.Schema.Find(name)!;
        var value = file.PartitionValues.GetValueOrDefault(physical.Name(column));
        return string.IsNullOrEmpty(value)
            ? $"{SqlName.Quote(name)} is null"
            : $"{PartitionFolder.Text(column)} = {SqlName.Text(value)}";
    }

    static TableSnapshot NewTable(EditScope scope, TableSchema schema, TableWrite options)
    {
        PropertyRules.Check(scope.Name, options.Properties);
        if (scope.Newest is { } newest)
        {
            WriteGate.Check(newest, takesRows: scope.Before is not null);
        }

        var properties = options.Properties.Where(pair => pair.Key != SchemaChange.ModeProperty)
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var table = new TableSnapshot(
            scope.Name, scope.Storage.Folder, -1, schema, [], "", NoAttempts, null)
        {
            Storage = scope.Storage,
            Metadata = new DeltaMetadata("", schema, options.PartitionColumns, properties),
            // What readers of the log's earlier versions must know they must know still.
            Protocol = scope.Newest?.Protocol ?? DeltaProtocol.Basic,
        };
        foreach (var name in options.PartitionColumns)
        {
            if (schema.Find(name) is null or { DataType.IsNested: true })
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "column-unknown", $"Table '{scope.Name}' can't be parted by '{name}'.",
                    "Name a column of numbers, texts, dates, times or booleans, spelled as it is in the rows.");
            }
        }

        if (options.PartitionColumns.Count >= schema.Columns.Count)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-needed", $"Table '{scope.Name}' would be parted by all of its columns.",
                "Leave at least one column that is kept in the files.");
        }

        table = SchemaChange.With(table, schema, properties);
        return options.Properties.GetValueOrDefault(SchemaChange.ModeProperty, "none") == "name"
            ? SchemaChange.MapByName(table) : table;
    }

    static StagedTable Created(
        EditScope scope, TableSnapshot table, IReadOnlyList<DataFile> files, string operation, TableWrite? options =
            null) =>
        Staged(
            scope, table, files,
            new TableChange(
                operation,
                new JsonObject { ["partitionBy"] = string.Join(",", table.PartitionColumns) }.ToJsonString(),
                scope.Newest?.Version ?? -1)
            {
                Metadata = table.Metadata,
                Protocol = table.Protocol == scope.Newest?.Protocol ? null : table.Protocol,
                Transactions = options is null ? [] : Marks(options),
                Removed = scope.Before?.Files ?? [],
                ReadCondition = scope.Before is null ? null : TableChange.AllRows,
            },
            files.Count > 0 ? NewRows : null);
}
