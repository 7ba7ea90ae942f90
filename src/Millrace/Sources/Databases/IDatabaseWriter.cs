using DuckDB.NET.Data;

namespace Millrace.Sources.Databases;

/// <summary>A transaction that adds rows to a table of a database: PostgreSQL or SQLite. Disposed without a commit, it
/// leaves nothing.</summary>
interface IDatabaseWriter : IDisposable
{
    /// <summary>Bytes that were sent.</summary>
    long ByteCount { get; }

    /// <summary>Adds the row that the reader stands on.</summary>
    /// <exception cref="MillraceException"><c>export-value</c>.</exception>
    void Add(DuckDBDataReader row);

    /// <summary>Makes the rows visible.</summary>
    /// <param name="rows">How many were added.</param>
    /// <exception cref="MillraceException"><c>export-mismatch</c>, <c>source-failed</c>.</exception>
    void Commit(long rows);
}
