using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>A tree that came from elsewhere.</summary>
/// <param name="Name">As the importer was told.</param>
/// <param name="Tree">Its root; null while some of its files are only attached.</param>
/// <param name="Origin">Where it came from.</param>
/// <param name="ImportedAt">When.</param>
public sealed record ImportedTree(string Name, ContentHash? Tree, string Origin, DateTimeOffset ImportedAt);
