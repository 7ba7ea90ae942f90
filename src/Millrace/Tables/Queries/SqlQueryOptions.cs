namespace Millrace.Tables.Queries;

/// <summary>How a query is run.</summary>
public sealed record SqlQueryOptions
{
    /// <summary>Values of <c>$name</c> in the text.</summary>
    public IReadOnlyList<SqlParameter> Parameters { get; init; } = [];

    /// <summary>Above it a query spills to the temporary folder.</summary>
    public int MemoryLimitMiB { get; init; } = 2048;

    /// <summary>What a query may spill; above it the query ends. Null is nine tenths of the disk's free space.
    /// </summary>
    public int? TemporaryLimitMiB { get; init; }

    /// <summary>At least 1; null is one for each core. With more than one the order of rows without <c>order by</c>
    /// and the last digits of sums of floating-point numbers may differ from run to run.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the query may read files that it names by path or URL.</summary>
    public bool ReadsFiles { get; init; } = true;

    /// <summary>Names that the session has already, so that they are not looked for.</summary>
    public IReadOnlyCollection<string> Known { get; init; } = [];

    /// <summary>Where to prepare the query; its owner disposes it. Null makes a session of the query's own.</summary>
    public SqlSession? Session { get; init; }
}
