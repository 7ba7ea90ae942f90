using Millrace.Datasets;

namespace Millrace.Models;

/// <summary>Reads the columns that a model uses out of a dataset's split.</summary>
public static class FeatureMatrixReading
{
    /// <summary>The features and labels of a split, rows in the order of the dataset's key.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="split"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
    /// <param name="label">The column to predict.</param>
    /// <param name="features">Columns of numbers, or of lists of numbers that all have one length; a list becomes the
    /// features <c>NAME_0</c>, <c>NAME_1</c>, ….</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The matrix [example, feature] and the labels [example].</returns>
    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>vector-length</c>.</exception>
    public static async Task<(FeatureMatrix Features, double[] Labels)> MatrixAsync(
        this DatasetReader dataset,
        string split,
        string label,
        IReadOnlyList<string> features,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(features);
        List<string>? names = null;
        var values = new List<float>();
        var labels = new List<double>();
        var batches = dataset.ReadAsync(split, cancellationToken: cancellationToken);
        await foreach (var batch in batches.ConfigureAwait(false))
        {
            labels.AddRange(batch.Numbers(label));
            var columns = features.Select(name => Columns(batch, name)).ToList();
            names ??= [.. columns.SelectMany(column => column.Names)];
            for (var row = 0; row < batch.RowCount; row++)
            {
                foreach (var column in columns)
                {
                    if (column.Rows[row].Length != column.Names.Count)
                    {
                        throw new MillraceException(
                            ErrorKind.Invalid, "vector-length",
                            $"A list in the dataset has {column.Rows[row].Length} numbers where "
                            + $"{column.Names.Count} were expected ({column.Names[0]} …).",
                            "Make every list of the column as long as the first, or leave out rows without one.");
                    }

                    values.AddRange(column.Rows[row]);
                }
            }
        }

        return (new FeatureMatrix(names ?? [.. features], [.. values], labels.Count), [.. labels]);
    }

    static (IReadOnlyList<string> Names, float[][] Rows) Columns(RowBatch batch, string name)
    {
        var first = batch.Column(name).FirstOrDefault(value => value is not null);
        if (first is System.Collections.IList list)
        {
            return ([.. Enumerable.Range(0, list.Count).Select(i => $"{name}_{i}")], batch.Vectors(name));
        }

        return ([name], [.. batch.Numbers(name).Select(number => new[] { (float)number })]);
    }
}
