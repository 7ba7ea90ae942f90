namespace Millrace.Tables.Edits;

/// <summary>Names for the files of one attempt, so that two attempts never meet.</summary>
/// <param name="attemptId">The attempt.</param>
sealed class FileNames(string attemptId)
{
    int _count;

    /// <param name="part">Tells files apart when several processes write those of one attempt.</param>
    public string Next(string part) => $"part-{part}-{_count++:D5}-{attemptId}.parquet";

    /// <summary>A file for the feed of changes.</summary>
    public string NextChange() => $"cdc-{_count++:D5}-{attemptId}.parquet";
}
