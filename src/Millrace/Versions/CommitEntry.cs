using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>A commit and its id.</summary>
/// <param name="Id">The hash of the commit's bytes.</param>
/// <param name="Commit">The commit.</param>
public sealed record CommitEntry(ContentHash Id, Commit Commit);
