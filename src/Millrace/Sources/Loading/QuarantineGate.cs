using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Refuses an ingest of which too much would go to the quarantine.</summary>
static class QuarantineGate
{
    /// <param name="settings">What was asked for.</param>
    /// <param name="files">What came of each input.</param>
    /// <param name="hasRows">Whether the table has rows now.</param>
    /// <param name="sample">A record that is no row, and why.</param>
    /// <exception cref="MillraceException"><c>quarantine-many</c>, <c>records-bad</c>.</exception>
    public static void Check(
        IngestSettings settings, IReadOnlyList<IngestedFile> files, bool hasRows, Func<string> sample)
    {
        var quarantined = files.Sum(file => file.Quarantined);
        var records = files.Sum(file => file.Records);
        if (settings.MaxQuarantined is { } limit && !limit.Allows(quarantined, records))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "quarantine-many",
                $"{quarantined:N0} of {records:N0} records are no rows, and {limit} may be: {sample()}.",
                "Correct the input or how it is read ('--delimiter', '--encoding', '--type'), or raise "
                + "'--max-quarantined'. Nothing was added.");
        }

        if (settings.Mode == TableMode.Overwrite && hasRows && quarantined > 0 && quarantined == records)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "records-bad",
                $"None of the {records:N0} records is a row, so that '{settings.Table}' would lose all of its rows: "
                + $"{sample()}.",
                "Correct the input or how it is read. 'millrace table delete TABLE --all' empties a table. Nothing was "
                + "changed.");
        }
    }
}
