using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Millrace.Sources;

/// <summary>A database to extract from: PostgreSQL or SQLite, behind ADO.NET.</summary>
/// <remarks>Written as <c>sqlite:PATH</c>, or as <c>postgres:</c> and an Npgsql connection string.</remarks>
public sealed class SourceDatabase
{
    const string SqlitePrefix = "sqlite:";
    const string PostgresPrefix = "postgres:";

    readonly string _connection;
    readonly string _schema;

    SourceDatabase(string name, string connection, bool isPostgres, string schema)
    {
        Name = name;
        _connection = connection;
        IsPostgres = isPostgres;
        _schema = schema;
    }

    /// <summary>What it is called in lineage: the file's name, or host and database; never a user or
    /// password.</summary>
    public string Name { get; }

    internal bool IsPostgres { get; }

    /// <param name="text"><c>sqlite:PATH</c> or <c>postgres:CONNECTION</c>.</param>
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
            var settings = new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            };
            return new SourceDatabase(name ?? Path.GetFileName(path), settings.ToString(), false, "");
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
                return new SourceDatabase(
                    name ?? $"{settings.Host}/{settings.Database}", settings.ToString(), true, schema);
            }
            catch (ArgumentException exception)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "source-connection", $"The connection can't be read: {exception.Message}",
                    "Write it as 'postgres:Host=…;Port=…;Database=…;Username=…'.", exception);
            }
        }

        throw new MillraceException(
            ErrorKind.Invalid, "source-connection",
            "A source database is written 'sqlite:PATH' or 'postgres:CONNECTION'.",
            "Such as 'sqlite:site/site.db' or 'postgres:Host=localhost;Database=site'.");
    }

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
