namespace Millrace.Versions.Urls;

/// <summary>What came of bringing something in.</summary>
/// <param name="Record">What is remembered of it.</param>
/// <param name="IsTaken">Whether it was taken now; else it has not changed there.</param>
/// <param name="Files">Beside git, the files that git should take.</param>
public sealed record UrlImportResult(UrlImportRecord Record, bool IsTaken, IReadOnlyList<string> Files);
