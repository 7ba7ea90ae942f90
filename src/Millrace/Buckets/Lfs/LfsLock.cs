namespace Millrace.Buckets.Lfs;

/// <summary>A path that somebody has locked for others.</summary>
/// <param name="Id">The lock's own name.</param>
/// <param name="Path">In the work tree.</param>
/// <param name="Owner">Who has it.</param>
/// <param name="LockedAt">Since when.</param>
public sealed record LfsLock(string Id, string Path, string Owner, DateTimeOffset LockedAt);
