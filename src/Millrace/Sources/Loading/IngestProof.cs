using System.Text.Json;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Compares what was read with what was written: the two are counted by different hands, the one by our
/// parser, the other by DuckDB over the Parquet file that it wrote.</summary>
static class IngestProof
{
    /// <exception cref="MillraceException"><c>ingest-mismatch</c>.</exception>
    public static void Check(string table, IngestPlan plan, PartResult part) =>
        Check(table, plan, part.File, part.Ranges.Sum(range => range.Rows), part.Values);

    /// <param name="table">The table.</param>
    /// <param name="plan">Its columns.</param>
    /// <param name="file">What was written; null when there were no rows.</param>
    /// <param name="rows">Rows that were read.</param>
    /// <param name="read">For each column, how many values were read.</param>
    /// <exception cref="MillraceException"><c>ingest-mismatch</c>.</exception>
    public static void Check(
        string table, IngestPlan plan, DataFile? file, long rows, IReadOnlyList<long> read)
    {
        var written = file?.RowCount ?? 0;
        if (rows != written)
        {
            throw Mismatch(table, $"{rows:N0} rows were read, and {written:N0} written");
        }

        if (file is null)
        {
            return;
        }

        using var statistics = JsonDocument.Parse(file.Statistics);
        var nulls = statistics.RootElement.GetProperty("nullCount");
        for (var i = 0; i < plan.Columns.Count; i++)
        {
            // A table may ask for statistics of its first columns only.
            if (!nulls.TryGetProperty(plan.Columns[i].Name, out var count))
            {
                continue;
            }

            var values = written - count.GetInt64();
            if (values != read[i])
            {
                throw Mismatch(
                    table,
                    $"column '{plan.Columns[i].Name}' had {read[i]:N0} values, and {values:N0} were written");
            }
        }
    }

    /// <summary>Whether each range ended where the next one of its file begins, so that every byte was read by exactly
    /// one of them.</summary>
    public static bool IsWhole(IEnumerable<RangeResult> ranges)
    {
        foreach (var file in ranges.GroupBy(range => range.Range.File))
        {
            var expected = -1L;
            foreach (var range in file.OrderBy(range => range.Range.Start))
            {
                if (expected >= 0 && range.Range.Start != expected)
                {
                    return false;
                }

                expected = range.End;
            }

            if (expected < file.Key.Length)
            {
                return false;
            }
        }

        return true;
    }

    static MillraceException Mismatch(string table, string difference) => new(
        ErrorKind.Corrupt, "ingest-mismatch",
        $"Rows for table '{table}' were not written as they were read: {difference}.",
        "Nothing was added. This is a fault of Millrace or of the disk: run the same command again, and report it.");
}
