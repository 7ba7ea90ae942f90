using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>A name under which a tree of files is shown.</summary>
/// <param name="Name">A branch or a tag; it may have slashes.</param>
/// <param name="Tree">The root of its files.</param>
/// <param name="Time">When it came to be.</param>
public sealed record VersionRef(string Name, ContentHash Tree, DateTimeOffset Time);
