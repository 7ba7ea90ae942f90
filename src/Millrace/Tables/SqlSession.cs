using System.Data;
using System.Globalization;
using DuckDB.NET.Data;
using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>A private in-memory DuckDB with snapshots attached as views. Not thread-safe.</summary>
/// <remarks>One thread is the default: then sums of floating-point numbers, and the bytes of the Parquet files that are
/// written, do not depend on the machine's load. Work is spread over cores by running several sessions.</remarks>
public sealed class SqlSession : IDisposable
{
    const string NoRoom = "No space left on device";

    static readonly string[] OfText =
        ["Parser Error", "Syntax Error", "Binder Error", "Catalog Error", "Conversion Error", "Out of Memory"];

    readonly DuckDBConnection _connection;
    readonly Dictionary<string, (TableSnapshot Table, IReadOnlyList<DataFile> Files)> _scans =
        new(StringComparer.Ordinal);
    readonly List<string> _ownFiles = [];
    Action? _release;
    int _hiddenTables;

    /// <param name="temporaryFolder">Where a query larger than memory spills.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="memoryLimitMiB">Above it a query spills to the temporary folder.</param>
    public SqlSession(string temporaryFolder, int threads = 1, int memoryLimitMiB = 2048)
    {
        _connection = OpenDatabase(temporaryFolder, threads, memoryLimitMiB);
        SetLocally();
    }

    /// <param name="database">A connection of a DuckDB that nobody else works with.</param>
    /// <param name="release">Called when the session has ended.</param>
    internal SqlSession(DuckDBConnection database, Action release)
    {
        _connection = database.Duplicate();
        _connection.Open();
        SetLocally();
        _release = release;
    }

    /// <summary>For what this class does not offer; the session keeps its ownership.</summary>
    internal DuckDBConnection Connection => _connection;

    /// <summary>Names of the functions that were made in it.</summary>
    internal HashSet<string> Registered { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Shows a snapshot as a view.</summary>
    public void Attach(string view, TableSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Attach(view, snapshot, snapshot.Files);
    }

    /// <summary>Shows the rows of some of a snapshot's files as a view.</summary>
    /// <param name="view">Its name.</param>
    /// <param name="snapshot">The table.</param>
    /// <param name="files">Files of the snapshot.</param>
    /// <exception cref="MillraceException"><c>table-path-outside</c>, <c>deletion-vector-damaged</c>.</exception>
    public void Attach(string view, TableSnapshot snapshot, IReadOnlyList<DataFile> files)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(files);
        Note(view, snapshot, files);
        Execute(
            $"create or replace temp view {SqlName.Quote(view)} as {new DataScan(this, snapshot).Sql(files)}");
    }

    /// <summary>Shows the rows that versions changed as a view: the table's columns, and <c>_change_type</c>,
    /// <c>_commit_version</c> and <c>_commit_timestamp</c>.</summary>
    /// <param name="view">Its name.</param>
    /// <param name="last">The table at the last version that is wanted.</param>
    /// <param name="firstVersion">The first version that is wanted.</param>
    /// <exception cref="MillraceException"><c>version-unknown</c>: a version whose entry is no longer in the log.
    /// </exception>
    public void AttachChanges(string view, TableSnapshot last, long firstVersion)
    {
        ArgumentNullException.ThrowIfNull(last);
        Execute($"create or replace temp view {SqlName.Quote(view)} as {ChangeFeed.Sql(this, last, firstVersion)}");
    }

    /// <summary>Runs statements that give no rows.</summary>
    /// <exception cref="MillraceException"><c>sql-failed</c>: DuckDB refused; its message names the place.</exception>
    public int Execute(string sql, CancellationToken cancellationToken = default) =>
        Run(sql, [], command => command.ExecuteNonQuery(), cancellationToken);

    /// <summary>Runs a query and hands over its reader.</summary>
    /// <param name="sql">One query; parameters are <c>$name</c>.</param>
    /// <param name="parameters">Their values.</param>
    /// <param name="read">Called once; the reader is closed afterwards.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>.</exception>
    public T Query<T>(
        string sql,
        IReadOnlyList<SqlParameter> parameters,
        Func<DuckDBDataReader, T> read,
        CancellationToken cancellationToken = default) =>
        Run(
            sql, parameters,
            command =>
            {
                using var reader = (DuckDBDataReader)command.ExecuteReader(CommandBehavior.Default);
                return read(reader);
            },
            cancellationToken);

    /// <summary>All rows of a query, mapped.</summary>
    public List<T> Rows<T>(string sql, Func<DuckDBDataReader, T> map, params IReadOnlyList<SqlParameter> parameters) =>
        Query(sql, parameters, reader =>
        {
            var rows = new List<T>();
            while (reader.Read())
            {
                rows.Add(map(reader));
            }

            return rows;
        });

    /// <summary>The first column of the first row; <c>default</c> when it is null or there is no row.</summary>
    public T? Value<T>(string sql, params IReadOnlyList<SqlParameter> parameters) => Query(
        sql, parameters, reader => reader.Read() && !reader.IsDBNull(0) ? reader.GetFieldValue<T>(0) : default);

    public void Dispose()
    {
        _connection.Dispose();
        foreach (var file in _ownFiles)
            File.Delete(file);
        _release?.Invoke();
        _release = null;
    }

    /// <summary>A new DuckDB; as for the constructor.</summary>
    internal static DuckDBConnection OpenDatabase(string temporaryFolder, int threads, int memoryLimitMiB)
    {
        var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            set threads = {threads};
            set memory_limit = '{memoryLimitMiB}MiB';
            set temp_directory = {SqlName.Text(Path.Combine(temporaryFolder, $"duckdb-{Guid.NewGuid():N}"))};
            set autoinstall_known_extensions = false;
            set autoload_known_extensions = false;
            set parquet_metadata_cache = true;
            """;
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>What each connection has for itself.</summary>
    void SetLocally() => Execute(
        "set timezone = 'UTC'; set enable_progress_bar = true; set enable_progress_bar_print = false;");

    /// <summary>How much of the running query is done, from 0 to 1; null when DuckDB can't tell, or nothing runs. May
    /// be asked by another thread.</summary>
    public double? Progress =>
        QueryProgress.Read(_connection.NativeConnection.DangerousGetHandle()) is >= 0 and var percent
            ? percent / 100 : null;

    /// <summary>Deletes a file with the session, whether or not it is there.</summary>
    internal void Own(string file) => _ownFiles.Add(file);

    /// <summary>Shows files whose columns are named as in the schema.</summary>
    internal void AttachFiles(string view, TableSchema schema, IReadOnlyList<string> files) =>
        Execute($"create or replace temp view {SqlName.Quote(view)} as {DataScan.Sql(schema, files)}");

    /// <summary>Notes what a view reads, so that a damaged file can be named.</summary>
    internal void Note(string view, TableSnapshot snapshot, IReadOnlyList<DataFile> files) =>
        _scans[view] = (snapshot, files);

    /// <summary>A name for a temporary table of the session's own.</summary>
    internal string NextHiddenTable() => $"millrace_{_hiddenTables++}";

    T Run<T>(
        string sql,
        IReadOnlyList<SqlParameter> parameters,
        Func<DuckDBCommand, T> run,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new DuckDBParameter(parameter.Name, parameter.Value ?? DBNull.Value));
        }

        using var registration = cancellationToken.Register(command.Cancel);
        try
        {
            return run(command);
        }
        catch (DuckDBException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The query was cancelled.", exception, cancellationToken);
        }
        catch (DuckDBException exception)
        {
            throw (MayBeOfFiles(exception) ? FileDamage.Find(_scans.Values, exception, CanRead) : null)
                ?? Translate(exception);
        }
    }

    /// <summary>Whether a query failed while it read, and not because of its text, its values or its room.</summary>
    static bool MayBeOfFiles(DuckDBException exception) =>
        !exception.Message.Contains(NoRoom, StringComparison.Ordinal)
        && !OfText.Any(kind => exception.Message.TrimStart().StartsWith(kind, StringComparison.OrdinalIgnoreCase));

    bool CanRead(string path)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"select num_rows from parquet_file_metadata({SqlName.Text(DataScan.Literal(path))})";
        try
        {
            command.ExecuteScalar();
            return true;
        }
        catch (DuckDBException)
        {
            return false;
        }
    }

    internal static MillraceException Translate(DuckDBException exception)
    {
        var message = exception.Message.Trim();
        if (message.Contains(NoRoom, StringComparison.Ordinal))
        {
            return new MillraceException(
                ErrorKind.Unavailable, "disk-full", $"The disk filled up while a query wrote: {FirstLine(message)}",
                "Free some space and run the same command again; nothing half-written is kept.", exception);
        }

        if (message.StartsWith("Out of Memory", StringComparison.OrdinalIgnoreCase))
        {
            return new MillraceException(
                ErrorKind.Unavailable, "memory-limit",
                $"The query needs more memory than it may use: {FirstLine(message)}",
                "Read fewer columns or rows at once, or raise the memory limit.", exception);
        }

        if (message.StartsWith("IO Error", StringComparison.OrdinalIgnoreCase)
            && message.Contains("Permission denied", StringComparison.Ordinal))
        {
            return new MillraceException(
                ErrorKind.Unavailable, "file-denied",
                $"A file or folder may not be used by this user: {FirstLine(message)}",
                "Give this user the right to it, then run the same command again.", exception);
        }

        return new MillraceException(
            ErrorKind.Invalid, "sql-failed", message,
            "Correct the SQL at the place that the message names; 'millrace sql \"describe TABLE\"' shows a table's "
            + "columns.", exception);
    }

    static string FirstLine(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return string.Create(CultureInfo.InvariantCulture, $"{(end < 0 ? text : text[..end])}");
    }
}
