namespace Millrace.Tables.Queries;

/// <summary>Runs SQL over everything that has a name: tables and their versions, views, files, and what the rooms know.
/// Thread-safe.</summary>
public sealed partial class SqlEngine
{
    readonly TableStore _tables;
    readonly Lazy<IReadOnlyDictionary<string, SqlFunction>> _functions;

    internal SqlEngine(TableStore tables)
    {
        _tables = tables;
        _functions = new Lazy<IReadOnlyDictionary<string, SqlFunction>>(() => SqlMacros.All.Concat(MoreFunctions())
            .ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The text of a view by its name; null when there is none.</summary>
    internal Func<string, CancellationToken, Task<string?>> ViewText { get; set; } =
        (_, _) => Task.FromResult<string?>(null);

    /// <summary>Statements that do more than read and may be run all the same, in small letters.</summary>
    internal IReadOnlyList<string> Allowed { get; set; } = [];

    /// <summary>Brings files by URL; null when none can be.</summary>
    internal FetchFiles? Fetch { get; set; }

    /// <summary>The schema <c>millrace</c>; made when a query first needs it.</summary>
    internal Lazy<SystemCatalog> System { get; set; } = new(() => new SystemCatalog([]));

    /// <summary>Functions of other rooms; made when a query first needs one.</summary>
    internal Func<IReadOnlyList<SqlFunction>> MoreFunctions { get; set; } = () => [];

    /// <summary>Functions beside DuckDB's own, by name.</summary>
    internal IReadOnlyDictionary<string, SqlFunction> Functions => _functions.Value;

    /// <summary>Whether a statement asks for rows of tables, and so may run on another engine.</summary>
    public static bool IsQuery(string statement) => SqlHead.FirstWord(statement) is var word
        && (word.Equals("select", StringComparison.OrdinalIgnoreCase)
            || word.Equals("with", StringComparison.OrdinalIgnoreCase));

    /// <summary>Finds what a query names and makes a session that has it.</summary>
    /// <param name="sql">One query of DuckDB's; <c>photos@v3</c> and <c>photos@2026-03-01</c> are other versions than
    /// the newest. It may be explained, and end in a semicolon.</param>
    /// <param name="options">How it is to be run.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>sql-text</c>, <c>sql-syntax</c>, <c>sql-statement</c>,
    /// <c>sql-function</c>, <c>table-missing</c>, <c>version-unknown</c>, <c>file-missing</c>, <c>file-format</c>,
    /// <c>file-denied</c>, <c>view-cycle</c>, and what fetching a file has to say.</exception>
    public async Task<SqlQuery> PrepareAsync(
        string sql, SqlQueryOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        ArgumentNullException.ThrowIfNull(options);
        var statement = VersionedNames.Quote(Only(sql));
        var isAllowed = Allowed.Contains(SqlHead.FirstWord(statement), StringComparer.OrdinalIgnoreCase);
        var (head, body) = SqlHead.Part(statement);
        var session = options.Session ?? OpenSession(options);
        try
        {
            var resolver = new SqlResolver(this, _tables, session, options);
            if (isAllowed)
                await resolver.AttachWordsAsync(body, cancellationToken).ConfigureAwait(false);
            else
                await resolver.AttachAsync(body, cancellationToken).ConfigureAwait(false);
            return new SqlQuery(_tables, session, options.Session is null, head + body, resolver)
            {
                Parameters = options.Parameters,
                IsExplained = head.Length > 0,
                IsStatement = isAllowed,
            };
        }
        catch
        {
            if (options.Session is null)
                session.Dispose();
            throw;
        }
    }

    /// <summary>A session with the limits that the options name, for several queries. The caller disposes it.</summary>
    public SqlSession OpenSession(SqlQueryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var session = new SqlSession(
            _tables.TemporaryFolder, options.Threads ?? Environment.ProcessorCount, options.MemoryLimitMiB);
        try
        {
            if (options.TemporaryLimitMiB is { } limit)
                session.Execute($"set max_temp_directory_size = '{limit}MiB'");
            if (!options.ReadsFiles)
            {
                // The tables' own files and what spills, and nothing else of this machine.
                session.Execute(
                    $"set allowed_directories = [{SqlName.Text(_tables.Folder + "/")}, "
                    + $"{SqlName.Text(_tables.TemporaryFolder + "/")}]; set enable_external_access = false");
            }

            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    static string Only(string sql)
    {
        var statements = SqlLexer.Split(sql);
        return statements.Count == 1 ? statements[0] : throw new MillraceException(
            ErrorKind.Invalid, "sql-statement",
            statements.Count == 0
                ? "The text holds no statement."
                : $"The text holds {statements.Count} statements where one was expected.",
            "Give one query, or run them one after the other.");
    }
}
