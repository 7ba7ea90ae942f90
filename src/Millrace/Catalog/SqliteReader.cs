using Microsoft.Data.Sqlite;

namespace Millrace.Catalog;

/// <summary>A connection that reads, with the statements that it has parsed. For one thread at a time.</summary>
sealed class SqliteReader(SqliteConnection connection) : IDisposable
{
    readonly StatementCache _statements = new(connection);

    /// <param name="read">Given a transaction of its own, which is taken back: a read changes nothing, whatever its
    /// statements were.</param>
    /// <param name="now">The time of the transaction, in microseconds since 1970 UTC.</param>
    public T Read<T>(Func<CatalogSession, T> read, long now)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        var result = read(new CatalogSession(_statements, transaction, now));
        transaction.Rollback();
        return result;
    }

    public void Dispose()
    {
        _statements.Dispose();
        connection.Dispose();
    }
}
