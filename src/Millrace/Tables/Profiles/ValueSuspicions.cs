using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>Columns without values, with one value, and with values that stand for none.</summary>
static class ValueSuspicions
{
    const double ManyMissing = 0.5;
    const double SomeMissing = 0.05;
    const double NearlyAll = 0.99;

    public static IEnumerable<Suspicion> Of(ProfiledValues values)
    {
        var (column, pass, rows) = (values.Column, values.Pass, values.RowCount);
        if (rows == 0)
            yield break;
        if (pass.Present == 0)
        {
            yield return Suspicion.OfColumn(
                "column-empty", FindingSeverity.Warning, column, $"'{column.Name}' has no value in any row.");
            yield break;
        }

        var missing = values.NullCount / (double)rows;
        if (missing >= SomeMissing)
        {
            yield return new Suspicion(
                "values-missing", missing >= ManyMissing ? FindingSeverity.Warning : FindingSeverity.Note,
                [column.Name], values.NullCount, null,
                count => $"'{column.Name}' has no value in {count} rows ({Share(missing)}).", [])
            { IsCounted = true };
        }

        if (pass.IsConstant && pass.Present > 1)
        {
            yield return Suspicion.OfColumn(
                "column-constant", values.NullCount == 0 ? FindingSeverity.Warning : FindingSeverity.Note, column,
                values.NullCount == 0
                    ? $"'{column.Name}' has the same value in every row." : $"'{column.Name}' has one value or none.")
                with
            { Examples = pass.Min is { } only ? [only] : [] };
        }
        else if (values.Figures.Top is [var top, ..] && top.Share >= NearlyAll && values.Figures.Present > 100)
        {
            yield return Suspicion.OfColumn(
                "column-nearly-constant", FindingSeverity.Note, column,
                $"'{column.Name}' has one value in {Share(top.Share)} of the rows that have one.")
                with
            { Examples = [top.Value] };
        }

        if (pass.Nan > 0)
        {
            yield return new Suspicion(
                "values-nan", FindingSeverity.Warning, [column.Name], pass.Nan, null,
                count => $"'{column.Name}' is NaN in {count} rows, which is not the same as no value.", [])
            {
                IsCounted = true,
            };
        }

        if (pass.Infinite > 0)
        {
            yield return new Suspicion(
                "values-infinite", FindingSeverity.Warning, [column.Name], pass.Infinite, null,
                count => $"'{column.Name}' is infinite in {count} rows, so its sums and means are too.", [])
            {
                IsCounted = true,
            };
        }
    }

    /// <summary>A share for people.</summary>
    public static string Share(double share) => share switch
    {
        > 0 and < 0.0001 => "less than 0.01 %",
        > 0.9999 and < 1 => "more than 99.99 %",
        _ => (share * 100).ToString(share is < 0.01 or > 0.99 ? "0.##" : "0.#", CultureInfo.InvariantCulture) + " %",
    };
}
