using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>The order of rows in which files are written anew: by columns, or along a Z-shaped curve.</summary>
/// <remarks>G. M. Morton, "A computer oriented geodetic data base", 1966. Each column's values are cut into 1,024
/// ranges of as many rows each, and the bits of the ranges' numbers are interleaved; so skewed and textual columns
/// count as much as others.</remarks>
sealed class RowOrder
{
    const int Bits = 10;
    const int MaxColumns = 6;

    readonly TableSnapshot _table;
    readonly IReadOnlyList<string> _columns;
    readonly bool _isCurve;

    RowOrder(TableSnapshot table, IReadOnlyList<string> columns, bool isCurve)
    {
        _table = table;
        _columns = columns;
        _isCurve = isCurve;
    }

    /// <summary>Null when rows keep the order they have.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>order-columns</c>.</exception>
    public static RowOrder? Of(TableSnapshot table, TableOptimization options)
    {
        if (options.SortBy.Count == 0 && options.ZOrderBy.Count == 0)
        {
            return null;
        }

        List<string> names =
            [.. options.SortBy.Concat(options.ZOrderBy).Select(name => SchemaChange.Find(table, name).Name)];
        if ((options.SortBy.Count > 0 && options.ZOrderBy.Count > 0) || options.ZOrderBy.Count > MaxColumns
            || names.Any(name => table.PartitionColumns.Contains(name, StringComparer.Ordinal)
                || table.Schema.Find(name)!.DataType.IsNested))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "order-columns",
                $"The rows of table '{table.Name}' can't be ordered by {string.Join(", ", names)}.",
                $"Sort by columns or order along a curve, not both; along a curve by at most {MaxColumns}; and by "
                    + $"none that "
                + "parts the table, which is ordered already, or has fields of its own.");
        }

        return new RowOrder(table, names, options.ZOrderBy.Count > 0);
    }

    /// <summary>The rows of a view in this order.</summary>
    public string Sql(string view, IReadOnlyList<DataFile> files)
    {
        var columns = string.Join(", ", _table.Schema.Columns.Select(column => SqlName.Quote(column.Name)));
        var last = $"{DataScan.FileColumn}, {DataScan.RowColumn}";
        if (!_isCurve)
        {
            return $"select {columns} from {view} order by {SqlName.QuoteAll(_columns)}, {last}";
        }

        var buckets = _columns.Select((name, i) =>
            $"ntile({1 << Bits}) over (order by {SqlName.Quote(name)}, {last}) - 1 as millrace_z{i}");
        var bits = Enumerable.Range(0, Bits).SelectMany(bit => _columns.Select((_, i) =>
            $"(((millrace_z{i} >> {bit}) & 1) << {(bit * _columns.Count) + (_columns.Count - 1 - i)})"));
        return $"select {columns} from (select *, {string.Join(", ", buckets)} from {view}) "
            + $"order by {string.Join(" + ", bits)}, {last}";
    }
}
