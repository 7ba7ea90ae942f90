using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Millrace.Catalog;

/// <summary>The embedded catalog: one SQLite file in WAL mode with <c>synchronous=FULL</c>, so that what was
/// acknowledged survives a power cut.</summary>
public sealed class SqliteCatalog : ICatalog
{
    const int BusySeconds = 30;

    // SQLite's result codes, https://www.sqlite.org/rescode.html
    const int Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10;
    const int Corrupt = 11, Full = 13, CannotOpen = 14, NotADb = 26;

    // SQLITE_IOERR_SHMSIZE, an extended code: the disk has no room for the file by which processes share the WAL.
    const int NoRoomToShare = 4874;

    readonly string _path;
    readonly int _busySeconds;
    readonly TimeProvider _time;
    readonly ConcurrentBag<SqliteReader> _readers = [];
    readonly GroupCommit _writes;

    SqliteCatalog(string path, int formatVersion, TimeProvider time, int busySeconds)
    {
        _path = path;
        _busySeconds = busySeconds;
        _time = time;
        FormatVersion = formatVersion;
        _writes = new GroupCommit(
            () => Connect(path, busySeconds),
            connection => ((SqliteConnection)connection).BeginTransaction(deferred: false),
            Translate, time);
    }

    public string Description => $"'{_path}'";

    public int FormatVersion { get; }

    /// <summary>Opens or creates the catalog at <paramref name="path"/> and brings it to the newest format version,
    /// after a backup beside it when it already held one.</summary>
    /// <exception cref="MillraceException"><c>format-newer</c>, <c>catalog-damaged</c>,
    /// <c>catalog-busy</c>.</exception>
    public static SqliteCatalog Open(string path, TimeProvider? time = null) =>
        Open(path, time ?? TimeProvider.System, Migration.All("sqlite"), BusySeconds);

    internal static SqliteCatalog Open(
        string path, TimeProvider time, IReadOnlyList<Migration> migrations, int busySeconds)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = Connect(path, busySeconds);
            Migrate(connection, path, time, migrations, busySeconds);
            var catalog = new SqliteCatalog(path, migrations[^1].Number, time, busySeconds);
            // The first who reads goes on with it.
            catalog._readers.Add(new SqliteReader(connection));
            connection = null;
            return catalog;
        }
        catch (DbException exception)
        {
            throw Translate(exception, path, busySeconds);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>One text of a catalog that is there, without bringing it to the newest format version; null when there
    /// is none, or when only <see cref="Open(string, TimeProvider?)"/> can tell.</summary>
    /// <param name="path">The catalog's file.</param>
    /// <param name="sql">Reads it; <c>@name</c> is the only parameter.</param>
    /// <param name="name">The parameter.</param>
    internal static string? Peek(string path, string sql, string name)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var connection = Connect(path, BusySeconds);
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Parameters.AddWithValue("name", name);
            return command.ExecuteScalar() as string;
        }
        catch (DbException)
        {
            // An older format, a lock, damage: the whole way says what it is.
            return null;
        }
    }

    public Task<T> ReadAsync<T>(Func<CatalogSession, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SqliteReader? reader = null;
        try
        {
            reader = _readers.TryTake(out var free) ? free : new SqliteReader(Connect(_path, _busySeconds));
            var result = reader.Read(read, CatalogTime.ToMicroseconds(_time.GetUtcNow()));
            // It goes to another only when everything that used it is disposed.
            _readers.Add(reader);
            reader = null;
            return Task.FromResult(result);
        }
        catch (DbException exception)
        {
            return Task.FromException<T>(Translate(exception));
        }
        catch (MillraceException exception)
        {
            return Task.FromException<T>(exception);
        }
        finally
        {
            reader?.Dispose();
        }
    }

    public Task<T> WriteAsync<T>(Func<CatalogSession, T> write, CancellationToken cancellationToken) =>
        _writes.WriteAsync(write, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync().ConfigureAwait(false);
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    static SqliteConnection Connect(string path, int busySeconds)
    {
        // By hand: the builder's quoting brings in the whole of regular expressions. A pooled connection would keep the
        // file open after the catalog is disposed.
        var quoted = path.Replace("\"", "\"\"", StringComparison.Ordinal);
        var connection = new SqliteConnection(
            $"Data Source=\"{quoted}\";Mode=ReadWriteCreate;Foreign Keys=True;Pooling=False;"
            + $"Default Timeout={busySeconds}");
        try
        {
            connection.Open();
            Run(
                connection, null,
                $"pragma busy_timeout={busySeconds * 1000}; pragma journal_mode=wal; pragma synchronous=full;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    static void Migrate(
        SqliteConnection connection, string path, TimeProvider time, IReadOnlyList<Migration> all, int busySeconds)
    {
        if (Migration.Pending(all, CurrentVersion(connection), $"'{path}'").Count == 0)
        {
            return;
        }

        // The lock comes before the look: of several processes one migrates, and the backup holds the old format.
        using var transaction = connection.BeginTransaction(deferred: false);
        var current = CurrentVersion(connection);
        var pending = Migration.Pending(all, current, $"'{path}'");
        if (current > 0 && pending.Count > 0)
        {
            Backup(path, $"{path}.v{current}.backup", busySeconds);
        }

        foreach (var migration in pending)
        {
            Run(connection, transaction, migration.Sql);
            using var statements = new StatementCache(connection);
            var session = new CatalogSession(statements, transaction, CatalogTime.ToMicroseconds(time.GetUtcNow()));
            session.Execute(
                "insert into migration (number, name, applied_at) values (@number, @name, @now)",
                ("number", migration.Number), ("name", migration.Name), ("now", session.Now));
        }

        transaction.Commit();
    }

    static int CurrentVersion(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from sqlite_schema where type = 'table' and name = 'migration'";
        if ((long)command.ExecuteScalar()! == 0)
        {
            return 0;
        }

        command.CommandText = "select coalesce(max(number), 0) from migration";
        return (int)(long)command.ExecuteScalar()!;
    }

    static void Backup(string path, string target, int busySeconds)
    {
        // VACUUM INTO refuses an existing file; one that is there is from an attempt that did not end. It is not
        // allowed inside a transaction either, so it reads through a connection of its own.
        var aside = $"{target}.part";
        File.Delete(aside);
        using var connection = Connect(path, busySeconds);
        using var command = connection.CreateCommand();
        command.CommandText = "vacuum into @target";
        command.Parameters.AddWithValue("target", aside);
        command.ExecuteNonQuery();
        using (var file = File.OpenHandle(aside, FileMode.Open, FileAccess.ReadWrite))
        {
            DurableFile.Sync(file, aside);
        }

        DurableFile.Publish(aside, target);
    }

    static void Run(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        // Not ExecuteNonQuery: after a statement with a result, as pragmas and ALTER TABLE are, it runs the others
        // while it closes, and hides their errors.
        using var reader = command.ExecuteReader();
        while (reader.Read() || reader.NextResult())
        {
        }
    }

    Exception Translate(Exception exception) => Translate(exception, _path, _busySeconds);

    static Exception Translate(Exception exception, string path, int busySeconds) =>
        exception is not SqliteException sqlite ? exception
        : (sqlite.SqliteExtendedErrorCode == NoRoomToShare ? Full : sqlite.SqliteErrorCode) switch
        {
            Busy or Locked => new MillraceException(
                ErrorKind.Conflict, "catalog-busy",
                $"The catalog '{path}' has been locked by another process for {busySeconds} s.",
                "Wait for the other process, or find it with 'fuser' on the file; nothing was changed.", exception),
            Full => new MillraceException(
                ErrorKind.Unavailable, "disk-full", $"The disk of the catalog '{path}' is full.",
                "Free some space and run the same command again; nothing half-written is kept.", exception),
            Corrupt or NotADb => new MillraceException(
                ErrorKind.Corrupt, "catalog-damaged", $"The catalog '{path}' is damaged: {sqlite.Message}",
                "Put back the newest '.backup' file beside it, or a copy of your own.", exception),
            InputOutput or ReadOnly or CannotOpen => new MillraceException(
                ErrorKind.Unavailable, "catalog-unavailable",
                $"The catalog '{path}' can't be opened or written: {sqlite.Message}",
                "Check that the folder exists, that you may write to it, and that its disk works.", exception),
            _ => exception,
        };
}
