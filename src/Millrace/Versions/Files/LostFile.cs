namespace Millrace.Versions.Files;

/// <summary>A file that was not written because its content cannot be had.</summary>
/// <param name="Path">From the root.</param>
/// <param name="Why">What is wrong with it.</param>
sealed record LostFile(string Path, MillraceException Why);
