using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>A local entry is not what its id says. Whoever knows which object it belongs to turns it into the error
/// that people see.</summary>
sealed class EntryDamagedException(PackLocation location)
    : Exception($"The entry at {location.Entry.Offset} of '{location.Pack.Path}' is damaged.")
{
    public PackLocation Location => location;
}
