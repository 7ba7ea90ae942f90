using Millrace.Objects;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>Where a worker finds the workspace.</summary>
/// <param name="Tables">The folder of the tables, or of their new files when they are elsewhere.</param>
/// <param name="Objects">The folder of the objects.</param>
/// <param name="Online">The folder of the online store.</param>
/// <param name="Temporary">A folder that is swept.</param>
public sealed record WorkspacePaths(string Tables, string Objects, string Online, string Temporary)
{
    /// <summary>Where the object store lives and how it is encrypted.</summary>
    public ObjectSettings ObjectSettings { get; init; } = new();

    /// <summary>Where the tables are.</summary>
    public TableSettings TableSettings { get; init; } = new();
}
