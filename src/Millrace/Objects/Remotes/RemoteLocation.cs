using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>An entry and the pack of the remote that has it.</summary>
readonly record struct RemoteLocation(RemotePack Pack, PackEntry Entry);
