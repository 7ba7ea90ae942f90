using Millrace.Objects;

namespace Millrace.Pipelines;

/// <summary>Where a worker finds the workspace.</summary>
/// <param name="Tables">The folder of the tables.</param>
/// <param name="Objects">The folder of the objects.</param>
/// <param name="Online">The folder of the online store.</param>
/// <param name="Temporary">A folder that is swept.</param>
public sealed record WorkspacePaths(string Tables, string Objects, string Online, string Temporary)
{
    /// <summary>Where the object store lives and how it is encrypted.</summary>
    public ObjectSettings ObjectSettings { get; init; } = new();
}
