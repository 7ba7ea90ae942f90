namespace Millrace.Versions.BesideGit;

/// <summary>Where a hash is named.</summary>
/// <param name="Path">The file that names it.</param>
/// <param name="MayBeFolder">Whether it is a folder's tree, or nobody knows.</param>
readonly record struct PointerMention(string Path, bool MayBeFolder);
