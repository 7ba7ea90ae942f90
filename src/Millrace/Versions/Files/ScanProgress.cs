namespace Millrace.Versions.Files;

/// <summary>How far a walk is.</summary>
/// <param name="FileCount">Files looked at.</param>
/// <param name="SizeBytes">Bytes read.</param>
public readonly record struct ScanProgress(long FileCount, long SizeBytes);
