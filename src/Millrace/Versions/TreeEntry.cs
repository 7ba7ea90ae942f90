using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>One name in a folder of a tree.</summary>
/// <param name="Name">Without a slash.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Hash">The content; of a folder its root node.</param>
/// <param name="SizeBytes">Bytes of the content; of a folder, of all files in it.</param>
/// <param name="FileCount">1, or the number of files in a folder and those below.</param>
public sealed record TreeEntry(string Name, TreeEntryKind Kind, ContentHash Hash, long SizeBytes, long FileCount);
