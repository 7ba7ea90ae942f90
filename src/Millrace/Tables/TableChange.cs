using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>What a version does beside adding files, and what it was made from: so that a writer that comes second can
/// tell whether the first one touched what it read.</summary>
/// <param name="Operation">As other engines name it: <c>DELETE</c>, <c>MERGE</c>, <c>OPTIMIZE</c>, …</param>
/// <param name="Parameters">JSON object of texts, for people.</param>
/// <param name="ReadVersion">The version that was read; -1 for none, when the table must not be there yet.</param>
public sealed record TableChange(string Operation, string Parameters, long ReadVersion)
{
    /// <summary>The operation that names another table's files.</summary>
    internal const string CloneTable = "CLONE";

    /// <summary>The condition of every row.</summary>
    internal const string AllRows = "true";

    /// <summary>The operation that makes the table what an older version was.</summary>
    internal const string Restore = "RESTORE";

    /// <summary>Files of the version that was read which are no longer in the table.</summary>
    public IReadOnlyList<DataFile> Removed { get; init; } = [];

    /// <summary>What the log says about the whole table from now on; null to leave it.</summary>
    public DeltaMetadata? Metadata { get; init; }

    /// <summary>What readers and writers must know from now on; null to leave it.</summary>
    public DeltaProtocol? Protocol { get; init; }

    /// <summary>Files with the rows that change, for the table's feed of changes.</summary>
    public IReadOnlyList<ChangeFile> Changes { get; init; } = [];

    /// <summary>How far applications have come, beside the attempt itself.</summary>
    public IReadOnlyList<TransactionMark> Transactions { get; init; } = [];

    /// <summary>Settings with names of their own.</summary>
    public IReadOnlyList<DomainMetadata> Domains { get; init; } = [];

    /// <summary>Whether rows change, and are not only arranged anew.</summary>
    public bool IsDataChange { get; init; } = true;

    /// <summary>The condition of the rows that were asked for, as SQL over the table's columns; null when none
    /// were.</summary>
    public string? ReadCondition { get; init; }

    /// <summary>The files whose rows decided what is written, beside those that are removed: their paths, with the
    /// deletion vector's id.</summary>
    public IReadOnlyList<string> ReadFiles { get; init; } = [];

    /// <summary>JSON object of counts, as Delta's <c>operationMetrics</c>.</summary>
    public string Metrics { get; init; } = "{}";
}
