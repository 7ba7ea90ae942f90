namespace Millrace.Versions.Files;

/// <summary>A file that is on the disk as it shall be.</summary>
/// <param name="Path">From the root.</param>
/// <param name="Record">What the index is to say of it.</param>
/// <remarks>A class: code of lists of it is there when the program starts, that of lists of a structure is not.
/// </remarks>
sealed record WrittenFile(string Path, IndexRecord Record);
