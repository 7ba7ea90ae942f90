namespace Millrace.Tables.Profiles;

/// <summary>What is looked at, and how closely.</summary>
public sealed record ProfileOptions
{
    /// <summary>How many rows of a large table are looked at one by one, about; all rows are counted. The rows are
    /// chosen by the hash of their place, so the same version gives the same ones, and rows that are added later take
    /// none away from them.</summary>
    public int SampleRows { get; init; } = 100_000;

    /// <summary>The columns that are looked at, in this order; empty is all of them.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The column that is to be predicted; null for none.</summary>
    public string? Target { get; init; }

    /// <summary>The column of the time at which a row's prediction is to be made; null for none.</summary>
    public string? TargetTime { get; init; }

    /// <summary>Whether to end with what is known without reading a row.</summary>
    public bool IsFirstOnly { get; init; }

    /// <summary>Threads of the queries.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Above it a query spills to the temporary folder.</summary>
    public int MemoryLimitMiB { get; init; } = 2048;
}
