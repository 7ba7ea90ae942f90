namespace Millrace.Versions.Remotes;

/// <summary>What is below <c>refs/</c> of a remote.</summary>
/// <param name="Refs">Branches and tags.</param>
/// <param name="Erasures">Which parts of which erasures it tells of.</param>
sealed record RemoteListing(List<RemoteRef> Refs, List<(string Id, int Part)> Erasures);
