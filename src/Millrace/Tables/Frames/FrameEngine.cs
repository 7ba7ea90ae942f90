namespace Millrace.Tables.Frames;

/// <summary>Makes frames of files, queries and records, and computes them. Each computation has a DuckDB to itself, so
/// frames may be used from several threads.</summary>
public sealed class FrameEngine
{
    readonly SessionPool _sessions;

    /// <param name="temporaryFolder">Where queries larger than memory spill and caches lie.</param>
    /// <param name="options">Null is the defaults.</param>
    public FrameEngine(string temporaryFolder, FrameOptions? options = null)
        : this(
            temporaryFolder, options ?? new FrameOptions(), new SessionPool(temporaryFolder, TimeProvider.System), null)
    {
    }

    internal FrameEngine(string temporaryFolder, FrameOptions options, SessionPool sessions, TableStore? tables)
    {
        ArgumentException.ThrowIfNullOrEmpty(temporaryFolder);
        _sessions = sessions;
        TemporaryFolder = temporaryFolder;
        Options = options;
        Tables = tables;
    }

    public FrameOptions Options { get; }

    /// <summary>The workspace's tables; null for an engine without a workspace, which can't write to them.</summary>
    internal TableStore? Tables { get; }

    internal string TemporaryFolder { get; }

    /// <summary>The same with other limits.</summary>
    public FrameEngine With(FrameOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FrameEngine(TemporaryFolder, options, _sessions, Tables);
    }

    /// <summary>The rows of a version of a table.</summary>
    public Frame Table(TableSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return FromSource(new TableFrameSource(snapshot));
    }

    /// <summary>The rows of Parquet files; columns are matched by their names.</summary>
    public Frame Parquet(params IReadOnlyList<string> paths) => Files(FileFormat.Parquet, paths);

    /// <summary>The rows of delimited text files. Types come from all of their rows.</summary>
    public Frame Csv(params IReadOnlyList<string> paths) => Files(FileFormat.Csv, paths);

    /// <summary>The rows of files of JSON. Columns and types come from all of their rows.</summary>
    public Frame Json(params IReadOnlyList<string> paths) => Files(FileFormat.Json, paths);

    /// <summary>The rows of a query. It is SQL, so no text from outside may be put into it.</summary>
    /// <param name="sql">One query of DuckDB.</param>
    /// <param name="frames">Frames that the query names as tables.</param>
    public Frame Sql(string sql, params IReadOnlyList<(string Name, Frame Frame)> frames) => Sql(sql, [], frames);

    /// <summary>The rows of records; they are looked at once, now.</summary>
    /// <param name="records">The records.</param>
    /// <param name="schema">How a record becomes a row.</param>
    public Frame Records<T>(IEnumerable<T> records, RowSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(schema);
        return FromSource(new RecordFrameSource<T>([.. records], schema));
    }

    /// <summary>The whole numbers from 0 to below a count, in the column <c>i</c>.</summary>
    public Frame Range(long count) => Sql(string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"select range as i from range({count})"));

    internal Frame Sql(
        string sql, IReadOnlyList<(string View, FrameSource Source)> tables, IReadOnlyList<(string, Frame)> frames)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        return FromSource(new SqlFrameSource(sql.TrimEnd().TrimEnd(';'), tables, frames, this));
    }

    internal Frame FromSource(FrameSource source) => new(this, new SourceNode(source));

    internal SqlSession OpenSession(int threads = 1) => _sessions.Open(threads, Options.MemoryLimitMiB);

    /// <summary>Names and types of a query's columns.</summary>
    internal static IReadOnlyList<FrameColumn> Describe(SqlSession session, string sql) => session.Rows(
        $"describe {sql}", reader => new FrameColumn(reader.GetString(0), reader.GetString(1)));

    /// <summary>Makes a view without rows that has some columns.</summary>
    internal static void AttachShape(SqlSession session, string view, IReadOnlyList<FrameColumn> columns) =>
        session.Execute(
            $"create or replace temp view {SqlName.Quote(view)} as select "
            + string.Join(", ", columns.Select(
                column => $"cast(null as {column.SqlType}) as {SqlName.Quote(column.Name)}"))
            + " where false");

    /// <summary>Names and types of a select's columns, without reading a row.</summary>
    internal IReadOnlyList<FrameColumn> Describe(SelectBlock block)
    {
        var query = FrameQuery.Render(DuckDbDialect.Instance, block, asViews: true);
        using var session = OpenSession();
        foreach (var (source, view) in query.Sources)
            AttachShape(session, view, source.Columns);
        return Describe(session, query.Sql);
    }

    Frame Files(FileFormat format, IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            throw new ArgumentException("A frame of files needs at least one.", nameof(paths));
        return FromSource(new FileFrameSource(format, [.. paths.Select(Path.GetFullPath)], this));
    }
}
