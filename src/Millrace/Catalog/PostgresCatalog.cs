using System.Data.Common;
using Npgsql;

namespace Millrace.Catalog;

/// <summary>The catalog on a PostgreSQL server, in a schema of its own, for workspaces that several machines share.
///</summary>
public sealed class PostgresCatalog : ICatalog
{
    // One writer at a time among all processes, as SQLite has it: rooms may then read, decide and write in one
    // transaction without thinking about isolation levels. The number is only a name for the lock.
    const long WriterLock = 0x6d696c6c72616365;

    readonly NpgsqlDataSource _source;
    readonly TimeProvider _time;
    readonly GroupCommit _writes;

    PostgresCatalog(NpgsqlDataSource source, string description, int formatVersion, TimeProvider time)
    {
        _source = source;
        _time = time;
        Description = description;
        FormatVersion = formatVersion;
        _writes = new GroupCommit(
            source.OpenConnection, BeginWrite, exception => Translate(exception, description), time);
    }

    public string Description { get; }

    public int FormatVersion { get; }

    /// <summary>Opens the catalog in <paramref name="schema"/> of a database, creating the schema when it is not there.
    ///</summary>
    /// <param name="connection">An Npgsql connection string.</param>
    /// <param name="schema">Lower-case letters, digits and underscores.</param>
    /// <param name="time">The clock of the transactions.</param>
    /// <exception cref="MillraceException"><c>format-newer</c>, <c>catalog-unavailable</c>.</exception>
    public static PostgresCatalog Open(string connection, string schema = "millrace", TimeProvider? time = null) =>
        Open(connection, schema, time ?? TimeProvider.System, Migration.All("postgres"));

    internal static PostgresCatalog Open(
        string connection, string schema, TimeProvider time, IReadOnlyList<Migration> migrations)
    {
        if (schema.Length is 0 or > 40
            || !schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "catalog-schema-name", $"'{schema}' can't name the catalog's PostgreSQL schema.",
                "Use up to 40 lower-case letters, digits and underscores.");
        }

        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connection) { SearchPath = schema, IncludeErrorDetail = true };
        }
        catch (ArgumentException exception)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "catalog-connection",
                $"The catalog's connection string can't be read: {exception.Message}",
                "Write it as 'Host=…;Port=…;Database=…;Username=…'.", exception);
        }

        var description = $"{settings.Host}:{settings.Port}/{settings.Database} schema {schema}";
        var source = NpgsqlDataSource.Create(settings);
        try
        {
            using var first = source.OpenConnection();
            Migrate(first, schema, description, time, migrations);
            return new PostgresCatalog(source, description, migrations[^1].Number, time);
        }
        catch (DbException exception)
        {
            source.Dispose();
            throw Translate(exception, description);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public Task<T> ReadAsync<T>(Func<CatalogSession, T> read, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            try
            {
                try
                {
                    return Read(read);
                }
                catch (NpgsqlException exception) when (IsLostConnection(exception))
                {
                    // A pooled connection may be to a server that was restarted since; the pool drops them all when
                    // one fails. A read changes nothing, so it may be done again.
                    return Read(read);
                }
            }
            catch (DbException exception)
            {
                throw Translate(exception, Description);
            }
        },
        cancellationToken);

    public Task<T> WriteAsync<T>(Func<CatalogSession, T> write, CancellationToken cancellationToken) =>
        _writes.WriteAsync(write, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    T Read<T>(Func<CatalogSession, T> read)
    {
        using var connection = _source.OpenConnection();
        using var transaction = connection.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        using var statements = new StatementCache(connection);
        return read(new CatalogSession(statements, transaction, CatalogTime.ToMicroseconds(_time.GetUtcNow())));
    }

    static NpgsqlTransaction BeginWrite(DbConnection connection)
    {
        var transaction = ((NpgsqlConnection)connection).BeginTransaction(System.Data.IsolationLevel.ReadCommitted);
        TakeWriterLock(connection, transaction);
        return transaction;
    }

    static void TakeWriterLock(DbConnection connection, DbTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        // Each schema is a catalog of its own, with a lock of its own.
        command.CommandText = $"select pg_advisory_xact_lock({WriterLock} # hashtext(current_schema())::bigint)";
        command.ExecuteNonQuery();
    }

    static void Migrate(
        NpgsqlConnection connection, string schema, string description, TimeProvider time, IReadOnlyList<Migration> all)
    {
        using var transaction = connection.BeginTransaction();
        using var statements = new StatementCache(connection);
        var session = new CatalogSession(statements, transaction, CatalogTime.ToMicroseconds(time.GetUtcNow()));
        session.Count($"select 1 from (select pg_advisory_xact_lock({WriterLock})) as waited");
        session.Execute($"create schema if not exists {schema}");
        // Also the lock of this schema's writers: the backup below shall hold one state.
        TakeWriterLock(connection, transaction);
        var isNew = session.Count(
            "select count(*) from information_schema.tables where table_schema = @schema and table_name = 'migration'",
            ("schema", schema)) == 0;
        var current = isNew ? 0 : (int)session.Count("select coalesce(max(number), 0) from migration");
        var pending = Migration.Pending(all, current, description);
        if (current > 0 && pending.Count > 0)
        {
            Backup(session, schema, current);
        }

        foreach (var migration in pending)
        {
            session.Execute(migration.Sql);
            session.Execute(
                "insert into migration (number, name, applied_at) values (@number, @name, @now)",
                ("number", migration.Number), ("name", migration.Name), ("now", session.Now));
        }

        transaction.Commit();
    }

    // A copy of every table in a schema beside it: it needs no program of the server's and is part of the transaction.
    static void Backup(CatalogSession session, string schema, int version)
    {
        var backup = $"{schema}_backup_v{version}";
        session.Execute($"drop schema if exists {backup} cascade");
        session.Execute($"create schema {backup}");
        var tables = session.Query(
            "select table_name from information_schema.tables "
            + "where table_schema = @schema and table_type = 'BASE TABLE'",
            row => row.Text(0), ("schema", schema));
        foreach (var table in tables)
        {
            session.Execute($"""create table {backup}."{table}" as table {schema}."{table}" """);
        }
    }

    // A server that shuts down says so on the connections that it closes; one that was killed closes them silently.
    static bool IsLostConnection(Exception exception) => exception
        is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown }
        or NpgsqlException { InnerException: IOException };

    static Exception Translate(Exception exception, string description) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => new MillraceException(
            ErrorKind.Unavailable, "disk-full", $"The disk of the catalog {description} is full.",
            "Free some space on the server and run the same command again; nothing half-written is kept.", exception),
        PostgresException
        {
            SqlState: PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidPassword
                or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName
        } => new MillraceException(
                ErrorKind.Unavailable, "catalog-unavailable",
                $"PostgreSQL refused {description}: {((PostgresException)exception).MessageText}",
                "Check the database, the user, its password and its rights in the catalog's settings.", exception),
        PostgresException { IsTransient: false } when !IsLostConnection(exception) => exception,
        NpgsqlException => new MillraceException(
            ErrorKind.Unavailable, "catalog-unavailable",
            $"The catalog {description} does not answer: {exception.Message}",
            "Check that PostgreSQL runs and can be reached, then run the same command again.", exception),
        _ => exception,
    };
}
