namespace Millrace.Versions;

/// <summary>One path that differs between two trees.</summary>
/// <param name="Path">Where; for a rename, where it is now.</param>
/// <param name="Before">What was there; null when it was added.</param>
/// <param name="After">What is there now; null when it was removed.</param>
/// <param name="RenamedFrom">Where the same content was before, when that path is gone.</param>
public sealed record TreeChange(string Path, TreeEntry? Before, TreeEntry? After, string? RenamedFrom = null);
