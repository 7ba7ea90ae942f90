using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Sources.Databases;
using Millrace.Sources.Loading;
using Millrace.Sources.Media;
using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>Where rows and files come in and go out: <c>workspace.Sources</c>.</summary>
public sealed class SourceGate
{
    readonly IngestPlaces _places;

    internal SourceGate(
        TableStore tables,
        TaskLedger ledger,
        ObjectStore objects,
        string folder,
        string temporaryFolder,
        TimeProvider time) =>
        _places = new IngestPlaces(tables, ledger, objects, folder, temporaryFolder, time);

    /// <summary>Takes files into a table, so that every record of theirs is a row of it or of its quarantine
    /// <c>TABLE$quarantine</c>: all in one publication, or nothing. An input that the table holds is not added again.
    /// </summary>
    /// <param name="settings">What to take, and how.</param>
    /// <param name="progress">Told how far it is, from several threads.</param>
    /// <param name="cancellationToken">Ends it; then nothing is added.</param>
    /// <exception cref="MillraceException"><c>source-missing</c>, <c>source-damaged</c>, <c>source-inflates</c>,
    /// <c>source-encoding</c>, <c>source-changed</c>, <c>source-format</c>, <c>columns-many</c>, <c>schema-drift</c>,
    /// <c>ingest-mismatch</c>, <c>disk-full</c>.</exception>
    public Task<IngestReport> IngestAsync(
        IngestSettings settings,
        IProgress<IngestProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.Kind == FileKind.None
            ? new TableIngest(_places, settings, progress).RunAsync(cancellationToken)
            : new FolderTable(_places, settings, progress).RunAsync(cancellationToken);
    }

    /// <summary>Takes tables or a query of a database into tables: all from one state of it and in one publication, or
    /// nothing. Every row that came is a row of the table or of its quarantine <c>TABLE$quarantine</c>, and bytes
    /// become objects.</summary>
    /// <param name="settings">What to take, and how.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; then nothing is added.</param>
    /// <returns>A report for each source.</returns>
    /// <exception cref="MillraceException"><c>source-unavailable</c>, <c>source-missing</c>, <c>source-failed</c>,
    /// <c>source-damaged</c>, <c>source-loaded</c>, <c>cursor-changed</c>, <c>lookback-invalid</c>, <c>row-large</c>,
    /// <c>schema-drift</c>, <c>duplicate-key</c>, <c>key-missing</c>, <c>ingest-mismatch</c>, <c>disk-full</c>.
    /// </exception>
    public Task<IReadOnlyList<IngestReport>> IngestDatabaseAsync(
        DatabaseIngestSettings settings,
        IProgress<IngestProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new DatabaseIngest(_places, settings, progress).RunAsync(cancellationToken);
    }

    /// <summary>Writes a version of a table as a file of another format, or into a table of a database. The file or its
    /// rows are there whole or not at all.</summary>
    /// <param name="settings">What to write, and where.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; then nothing is written.</param>
    /// <exception cref="MillraceException"><c>thing-unknown</c>, <c>version-unknown</c>, <c>target-exists</c>,
    /// <c>format-unknown</c>, <c>format-unsupported</c>, <c>column-unknown</c>, <c>workbook-large</c>,
    /// <c>disk-full</c>, <c>remote-unavailable</c>, <c>export-type</c>, <c>export-value</c>, <c>source-failed</c>,
    /// <c>source-unavailable</c>.</exception>
    public Task<ExportReport> ExportAsync(
        ExportSettings settings,
        IProgress<IngestProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (SourceDatabase.IsDatabase(settings.Target))
        {
            return new DatabaseExport(_places, settings, progress).RunAsync(cancellationToken);
        }

        return new TableExport(_places, settings, progress).RunAsync(cancellationToken);
    }
}
