namespace Millrace.Tables.Frames;

/// <summary>What a frame may use when it is computed.</summary>
/// <remarks>With more than one thread the last digits of sums of floating-point numbers depend on the load. What is
/// written to a table is computed on one thread.</remarks>
public sealed record FrameOptions
{
    /// <summary>Threads of a query.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Above it a query spills to the temporary folder.</summary>
    public int MemoryLimitMiB { get; init; } = 2048;
}
