namespace Millrace.Objects.Remotes;

/// <summary>Entries of one pack that are read at once.</summary>
/// <param name="Pack">Their pack.</param>
/// <param name="First">The number of the first of them among those that are wanted.</param>
/// <param name="Count">How many.</param>
/// <param name="Begin">Where the first begins.</param>
/// <param name="End">Where the last ends.</param>
readonly record struct RemoteRun(RemotePack Pack, int First, int Count, long Begin, long End);
