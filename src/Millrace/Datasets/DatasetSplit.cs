namespace Millrace.Datasets;

/// <summary>How a dataset's rows are split: by time, the oldest for training and the newest for the test, as the future
/// is what a model meets.</summary>
/// <param name="Column">A timestamp.</param>
/// <param name="ValidationFraction">Of all rows, above 0 and below 1.</param>
/// <param name="TestFraction">Of all rows, above 0; together with the other below 1.</param>
public sealed record DatasetSplit(string Column, double ValidationFraction, double TestFraction)
{
    /// <summary>The names of the splits, oldest rows first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["train", "validation", "test"];

    public static DatasetSplit ByTime(string column, double validation = 0.15, double test = 0.2)
    {
        if (validation <= 0 || test <= 0 || validation + test >= 1)
        {
            throw new ArgumentException(
                "The fractions must be above 0 and leave rows for training.", nameof(validation));
        }

        return new DatasetSplit(column, validation, test);
    }
}
