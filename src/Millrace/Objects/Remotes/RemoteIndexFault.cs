namespace Millrace.Objects.Remotes;

/// <summary>An index on a remote that does not tell what its pack holds.</summary>
/// <param name="Name">The 32 digits.</param>
/// <param name="Pack">The pack as its index tells, when only the pack's length is another; null when the index itself
/// is damaged.</param>
/// <param name="SizeBytes">How long the pack is.</param>
sealed record RemoteIndexFault(string Name, RemotePack? Pack, long SizeBytes);
