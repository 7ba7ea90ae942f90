namespace Millrace.App.Versions;

/// <summary>A line of a status.</summary>
/// <param name="Word">What became of it; empty where the title says it.</param>
/// <param name="Path">The file; a folder ends with a slash and stands for its files.</param>
/// <param name="FileCount">1, or the files of the folder.</param>
/// <param name="From">What it was called before; null for nothing else.</param>
sealed record StatusLine(string Word, string Path, long FileCount = 1, string? From = null);
