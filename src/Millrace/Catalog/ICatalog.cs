namespace Millrace.Catalog;

/// <summary>The one OLTP database: names, refs, runs, lineage, leases. SQLite when embedded, PostgreSQL when several
/// machines share it. Thread-safe.</summary>
public interface ICatalog : IAsyncDisposable
{
    /// <summary>What it is and where, without credentials; for messages.</summary>
    string Description { get; }

    /// <summary>The number of the newest migration that is applied.</summary>
    int FormatVersion { get; }

    /// <summary>Runs <paramref name="read"/> in a read transaction that sees one state of the catalog.</summary>
    /// <exception cref="MillraceException"><c>catalog-busy</c>, <c>catalog-unavailable</c>, <c>catalog-damaged</c>.
    /// </exception>
    Task<T> ReadAsync<T>(Func<CatalogSession, T> read, CancellationToken cancellationToken = default);

    /// <summary>Runs <paramref name="write"/> in a write transaction; when the task ends, the change is
    /// durable.</summary>
    /// <remarks>Writes that wait at the same time share one commit, and so one fsync. Each has a savepoint of its own:
    /// one that throws leaves the others alone. The delegate may be run again after a lost connection, so it must do
    /// nothing but catalog work.</remarks>
    /// <exception cref="MillraceException"><c>catalog-busy</c>, <c>catalog-unavailable</c>,
    /// <c>disk-full</c>.</exception>
    Task<T> WriteAsync<T>(Func<CatalogSession, T> write, CancellationToken cancellationToken = default);
}
