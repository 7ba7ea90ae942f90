using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>How a walk treats what it finds.</summary>
sealed record ScanOptions
{
    /// <summary>Where files go that differ from the index; null when they are only compared.</summary>
    public ObjectBatch? Batch { get; init; }

    /// <summary>Whether to take files that <c>.millraceignore</c> leaves out.</summary>
    public bool TakesIgnored { get; init; }

    /// <summary>Whether to take files that are not in the index.</summary>
    public bool TakesUntracked { get; init; } = true;

    /// <summary>Which paths the checkout has; a file elsewhere that is not on the disk is left out, not deleted. Null
    /// for all.</summary>
    public SparsePaths? Sparse { get; init; }

    /// <summary>Told after each folder or part of one, from any thread.</summary>
    public IProgress<ScanProgress>? Progress { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
