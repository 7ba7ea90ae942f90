namespace Millrace.Objects.Packs;

/// <summary>An entry and the pack that has it.</summary>
readonly record struct PackLocation(LoadedPack Pack, PackEntry Entry);
