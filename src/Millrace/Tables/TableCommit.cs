using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>A version of a table as its log tells it.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Time">When it was written: later than every version before it.</param>
/// <param name="Note">What its writer noted; null for nothing.</param>
public sealed record TableCommit(long Version, DateTimeOffset Time, CommitNote? Note);
