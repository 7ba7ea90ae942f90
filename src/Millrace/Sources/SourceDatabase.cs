using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Millrace.Sources.Databases;
using Npgsql;

namespace Millrace.Sources;

/// <summary>A database that rows come from or go to: PostgreSQL or SQLite.</summary>
/// <remarks>Written as <c>sqlite:PATH</c>, as <c>postgres://user@host:port/database</c>, or as <c>postgres:</c> and an
/// Npgsql connection string.</remarks>
public sealed class SourceDatabase
{
    const string SqlitePrefix = "sqlite:";
    const string PostgresPrefix = "postgres:";

    readonly string _connection;
    readonly string _schema;

    SourceDatabase(string name, string path)
    {
        Name = name;
        SqlitePath = path;
        _connection = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString();
        _schema = "";
        Identity = SqlitePrefix + Path.GetFullPath(path);
    }

    SourceDatabase(string? name, NpgsqlConnectionStringBuilder settings, string schema)
    {
        Name = name ?? $"{settings.Host}/{settings.Database}";
        _connection = settings.ToString();
        _schema = schema;
        Identity = $"postgres://{settings.Host}:{settings.Port}/{settings.Database}";
    }

    /// <summary>What it is called in lineage: the file's name, or host and database; never a user or
    /// password.</summary>
    public string Name { get; }

    /// <summary>What tells it from every other database: where it is, without who reads it.</summary>
    internal string Identity { get; }

    internal bool IsPostgres => SqlitePath is null;

    /// <summary>The file; null when it is PostgreSQL.</summary>
    internal string? SqlitePath { get; }

    /// <summary>For PostgreSQL: how it is reached.</summary>
    internal string Connection => _connection;

    /// <summary>For PostgreSQL: where tables are whose names say no schema.</summary>
    internal string Schema => _schema;

    /// <summary>Whether a text is meant to be a database's.</summary>
    public static bool IsDatabase(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(SqlitePrefix, StringComparison.Ordinal)
            || text.StartsWith(PostgresPrefix, StringComparison.Ordinal) || PostgresUrl.Is(text);
    }

    /// <param name="text"><c>sqlite:PATH</c>, <c>postgres://…</c> or <c>postgres:CONNECTION</c>. In a URL
    /// <c>${NAME}</c> stands for a variable of the environment, and what is left out comes from a service file,
    /// <c>PGHOST</c> and the others, and <c>~/.pgpass</c>.</param>
    /// <param name="schema">For PostgreSQL: where the tables are.</param>
    /// <param name="name">What it is called in lineage; when null, the file's name, or host and database. Two
    /// databases of one name would be one source.</param>
    /// <exception cref="MillraceException"><c>source-connection</c>.</exception>
    public static SourceDatabase Parse(string text, string schema = "public", string? name = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith(SqlitePrefix, StringComparison.Ordinal))
        {
            var path = text[SqlitePrefix.Length..];
            return path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
                ? new SourceDatabase(name ?? Path.GetFileName(path), path) : throw Unreadable();
        }

        if (PostgresUrl.Is(text))
        {
            return new SourceDatabase(
                name, new PostgresUrl(Environment.GetEnvironmentVariable).Parse(text), schema);
        }

        if (text.StartsWith(PostgresPrefix, StringComparison.Ordinal))
        {
            try
            {
                var settings = new NpgsqlConnectionStringBuilder(text[PostgresPrefix.Length..])
                {
                    Pooling = false,
                    // Times without a zone are UTC, whatever the server's own zone is.
                    Timezone = "UTC",
                };
                return new SourceDatabase(name, settings, schema);
            }
            catch (ArgumentException exception)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "source-connection", $"The connection can't be read: {exception.Message}",
                    "Write it as 'postgres:Host=…;Port=…;Database=…;Username=…'.", exception);
            }
        }

        throw Unreadable();
    }

    static MillraceException Unreadable() => new(
        ErrorKind.Invalid, "source-connection",
        "A database is written 'sqlite:PATH' or 'postgres://user@host:port/database'.",
        "Such as 'sqlite:site/site.db' or 'postgres://reader@localhost/site'.");

    /// <summary>Runs <paramref name="read"/> in a read-only transaction that sees one state of the database.</summary>
    /// <exception cref="MillraceException"><c>source-unavailable</c>, <c>source-failed</c>.</exception>
    internal T Read<T>(Func<DbConnection, T> read)
    {
        try
        {
            using DbConnection connection = IsPostgres
                ? new NpgsqlConnection(_connection)
                : new SqliteConnection(_connection);
            connection.Open();
            using var transaction = connection.BeginTransaction(
                IsPostgres ? System.Data.IsolationLevel.RepeatableRead : System.Data.IsolationLevel.Serializable);
            return read(connection);
        }
        catch (DbException exception)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "source-unavailable",
                $"The database '{Name}' can't be read: {exception.Message}",
                IsPostgres
                    ? "Check that the server runs, and the host, port, user and rights in the connection."
                    : "Check the path, that the file is a SQLite database, and that you may read it.",
                exception);
        }
    }

    /// <summary>The table's name with its schema, quoted.</summary>
    internal string Quote(string table) => IsPostgres ? $"{Quoted(_schema)}.{Quoted(table)}" : Quoted(table);

    /// <summary>A time column as something that compares with <see cref="TimeValue"/>: SQLite has no times, and texts
    /// of several forms are common, so they are brought to one.</summary>
    internal string TimeExpression(string column) =>
        IsPostgres ? Quoted(column) : $"strftime('%Y-%m-%dT%H:%M:%fZ', {Quoted(column)})";

    internal object TimeValue(DateTimeOffset time) => IsPostgres
        ? time.UtcDateTime
        : time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    internal static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
