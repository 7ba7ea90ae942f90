namespace Millrace.Objects;

/// <summary>A file that was stored, and what told it apart when it was read.</summary>
/// <param name="Hash">Its content.</param>
/// <param name="SizeBytes">Bytes of it.</param>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="ModifiedAt">When its content was last changed, in nanoseconds since 1970 UTC.</param>
/// <param name="ChangedAt">When the file or what describes it was last changed, likewise.</param>
/// <param name="Mode">Its type and permissions, as stat(2) gives them.</param>
public readonly record struct StoredFile(
    ContentHash Hash, long SizeBytes, ulong Inode, long ModifiedAt, long ChangedAt, uint Mode);
