namespace Millrace.Tables.Queries;

/// <summary>Runs SQL over everything that has a name: tables and their versions, views, files, and what the rooms know.
/// </summary>
public sealed class SqlEngine
{
    readonly TableStore _tables;
    readonly string _temporaryFolder;

    internal SqlEngine(TableStore tables, string temporaryFolder)
    {
        _tables = tables;
        _temporaryFolder = temporaryFolder;
    }

    /// <summary>The text of a view by its name; null when there is none.</summary>
    internal Func<string, CancellationToken, Task<string?>> ViewText { get; set; } =
        (_, _) => Task.FromResult<string?>(null);

    /// <summary>Finds what a query names and makes a session that has it.</summary>
    /// <param name="sql">One query of DuckDB's; <c>photos@v3</c> and <c>photos@2026-03-01</c> are other versions than
    /// the newest.</param>
    /// <param name="options">How it is to be run.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SqlQuery> PrepareAsync(
        string sql, SqlQueryOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        ArgumentNullException.ThrowIfNull(options);
        var session = options.Session ?? new SqlSession(
            _temporaryFolder, options.Threads ?? Environment.ProcessorCount, options.MemoryLimitMiB);
        try
        {
            foreach (var entry in await _tables.ListAsync(cancellationToken).ConfigureAwait(false))
                session.Attach(entry.Name, _tables.Open(entry.Newest));
            return new SqlQuery(session, options.Session is null, sql) { Parameters = options.Parameters };
        }
        catch
        {
            if (options.Session is null)
                session.Dispose();
            throw;
        }
    }
}
