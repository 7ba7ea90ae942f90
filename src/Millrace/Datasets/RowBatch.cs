using System.Collections;

namespace Millrace.Datasets;

/// <summary>Rows of a dataset, column by column.</summary>
public sealed class RowBatch
{
    readonly IReadOnlyList<string> _names;
    readonly IReadOnlyList<List<object?>> _columns;

    internal RowBatch(IReadOnlyList<string> names, IReadOnlyList<List<object?>> columns, int rowCount)
    {
        _names = names;
        _columns = columns;
        RowCount = rowCount;
    }

    public int RowCount { get; }

    public IReadOnlyList<string> ColumnNames => _names;

    /// <summary>The values of a column [row]; null where there is none. Lists come as <see cref="IList"/>.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c>.</exception>
    public IReadOnlyList<object?> Column(string name)
    {
        for (var i = 0; i < _names.Count; i++)
        {
            if (_names[i] == name)
            {
                return _columns[i];
            }
        }

        throw new MillraceException(
            ErrorKind.NotFound, "column-unknown", $"The dataset has no column '{name}'.",
            $"Its columns are {string.Join(", ", _names)}.");
    }

    /// <summary>A column of numbers [row]; NaN where there is none. Truth values are 1 and 0.</summary>
    public double[] Numbers(string name) => [.. Column(name).Select(value => value switch
    {
        null => double.NaN,
        bool flag => flag ? 1 : 0,
        _ => Convert.ToDouble(value),
    })];

    /// <summary>A column of lists of numbers [row][element]; empty where there is none, NaN for an empty element.
    /// </summary>
    public float[][] Vectors(string name) => [.. Column(name).Select(
        value => value is IList list ? list.Cast<float?>().Select(element => element ?? float.NaN).ToArray() : [])];
}
