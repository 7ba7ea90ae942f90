namespace Millrace.Tables.Delta;

/// <summary>A checkpoint by its name. Delta protocol, "Checkpoint Naming Scheme".</summary>
/// <param name="Version">The version that it stands for.</param>
/// <param name="Names">Its files in <c>_delta_log</c>, in the order of their parts.</param>
/// <param name="IsJson">Whether the file is JSON and not Parquet.</param>
sealed record CheckpointFiles(long Version, IReadOnlyList<string> Names, bool IsJson);
