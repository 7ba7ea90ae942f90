namespace Millrace.Versions.Files;

/// <summary>A name in a listing: where its bytes are, and the type that the file system told, if any.</summary>
readonly record struct ListedName(int Offset, int Length, byte Type);
