namespace Millrace.Sources;

/// <summary>How far an ingest is.</summary>
/// <param name="Step">What it does now, as a word.</param>
/// <param name="Bytes">Bytes done in this step.</param>
/// <param name="TotalBytes">Of so many; 0 when nobody knows.</param>
/// <param name="Rows">Rows written.</param>
public readonly record struct IngestProgress(string Step, long Bytes, long TotalBytes, long Rows);
