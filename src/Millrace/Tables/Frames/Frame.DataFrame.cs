using Microsoft.Data.Analysis;

namespace Millrace.Tables.Frames;

/// <summary>Rows as the data frame of ML.NET.</summary>
public sealed partial class Frame
{
    const long MaxDataFrameRows = 50_000_000;

    /// <summary>The rows as a <see cref="DataFrame"/>, all of them in memory. Whole numbers become <c>Int64</c>, other
    /// numbers <c>Double</c>, times <c>DateTime</c> in UTC; what it has no column for, such as lists, becomes a text.
    /// </summary>
    /// <exception cref="MillraceException">As for <see cref="BatchesAsync"/>; <c>rows-too-many</c>.</exception>
    public async Task<DataFrame> ToDataFrameAsync(CancellationToken cancellationToken = default)
    {
        var fillers = Schema().Select(Filler).ToList();
        var count = 0L;
        await foreach (var _ in RecordsAsync(Fill, cancellationToken).ConfigureAwait(false))
        {
            if (++count > MaxDataFrameRows)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "rows-too-many",
                    $"The frame has more than {MaxDataFrameRows:N0} rows, too many for a DataFrame in memory.",
                    "Aggregate or sample it first, or read it in batches with BatchesAsync.");
            }
        }

        return new DataFrame(fillers.Select(filler => filler.Column));

        bool Fill(RowReader row)
        {
            for (var i = 0; i < fillers.Count; i++)
                fillers[i].Append(row, i);
            return true;
        }
    }

    static (DataFrameColumn Column, Action<RowReader, int> Append) Filler(FrameColumn column)
    {
        switch (column.SqlType)
        {
            case "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT"
                or "UINTEGER" or "UBIGINT":
                var whole = new Int64DataFrameColumn(column.Name);
                return (whole, (row, i) => whole.Append(row.Int64OrNull(i)));
            case "BOOLEAN":
                var flags = new BooleanDataFrameColumn(column.Name);
                return (flags, (row, i) => flags.Append(row.IsNull(i) ? null : row.Boolean(i)));
            case "DATE" or "TIMESTAMP" or "TIMESTAMP WITH TIME ZONE" or "TIMESTAMP_S" or "TIMESTAMP_MS"
                or "TIMESTAMP_NS":
                var times = new DateTimeDataFrameColumn(column.Name);
                return (times, (row, i) => times.Append(row.IsNull(i) ? null : row.Time(i).UtcDateTime));
            default:
                if (column.IsNumber)
                {
                    var numbers = new DoubleDataFrameColumn(column.Name);
                    return (numbers, (row, i) => numbers.Append(row.DoubleOrNull(i)));
                }

                var texts = new StringDataFrameColumn(column.Name, 0);
                return (texts, (row, i) => texts.Append(row.IsNull(i) ? null : FrameText.Text(row.Value(i))));
        }
    }
}
