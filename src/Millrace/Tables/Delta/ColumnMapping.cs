using System.Globalization;
using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>How the columns of a table are found in its files: by their names, by names that only the files have, or by
/// ids. Delta protocol, "Column Mapping".</summary>
sealed class ColumnMapping
{
    const string ModeProperty = "delta.columnMapping.mode";
    const string PhysicalNameKey = "delta.columnMapping.physicalName";
    const string IdKey = "delta.columnMapping.id";

    readonly TableSnapshot _snapshot;
    readonly bool _isMapped;
    readonly bool _isById;

    ColumnMapping(TableSnapshot snapshot, string mode)
    {
        _snapshot = snapshot;
        _isMapped = mode is "name" or "id";
        _isById = mode == "id";
    }

    /// <exception cref="MillraceException"><c>table-feature-unknown</c>: a way of mapping that is not known.
    /// </exception>
    public static ColumnMapping Of(TableSnapshot snapshot)
    {
        var mode = snapshot.Protocol.Reads("columnMapping")
            ? snapshot.Metadata.Configuration.GetValueOrDefault(ModeProperty, "none") : "none";
        return mode is "none" or "name" or "id"
            ? new ColumnMapping(snapshot, mode)
            : throw new MillraceException(
                ErrorKind.Invalid, "table-feature-unknown",
                $"Table '{snapshot.Name}' maps its columns by '{mode}'; known are 'name' and 'id'.",
                "Read it with an engine that knows this, or write a copy without it.");
    }

    /// <summary>The name under which files, values of partitions and statistics have a column.</summary>
    public string PhysicalName(TableColumn column) =>
        _isMapped && Text(column, PhysicalNameKey) is { } name ? name : column.Name;

    /// <summary>Files by how their columns are found; one shape unless columns are found by id.</summary>
    /// <exception cref="MillraceException"><c>table-file-unreadable</c>.</exception>
    public IReadOnlyList<FileShape> Shapes(SqlSession session, IReadOnlyList<PlacedFile> placed)
    {
        if (placed.Count == 0)
        {
            return [];
        }

        return _isById
            ? [.. placed.Zip(FieldNames.Read(session, _snapshot.Name, [.. placed.Select(file => file.Path)]))
                .GroupBy(pair => pair.Second.Signature, StringComparer.Ordinal)
                .Select(group => Shape([.. group.Select(pair => pair.First)], group.First().Second))]
            : [Shape(placed, null)];
    }

    FileShape Shape(IReadOnlyList<PlacedFile> files, FieldNames? names) => new(
        files,
        [.. _snapshot.Schema.Columns.Where(
            column => !_snapshot.PartitionColumns.Contains(column.Name, StringComparer.Ordinal))],
        // What has no id is no column of the table, such as the kind of a change.
        column => names is null || Id(column) is not { } id ? PhysicalName(column) : names.Find(id));

    static long? Id(TableColumn column) =>
        Text(column, IdKey) is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var id) ? id : null;

    static string? Text(TableColumn column, string key)
    {
        if (column.Metadata == TableColumn.NoMetadata)
        {
            return null;
        }

        using var metadata = JsonDocument.Parse(column.Metadata);
        return metadata.RootElement.TryGetProperty(key, out var value) ? value.ToString() : null;
    }
}
