using Millrace.Lineage;

namespace Millrace.Tables;

/// <summary>What the catalog knows of a table.</summary>
/// <param name="Name">The table.</param>
/// <param name="KeyColumns">The columns that tell rows apart; may be empty.</param>
/// <param name="Newest">The newest version that Millrace's readers see.</param>
public sealed record TableEntry(string Name, IReadOnlyList<string> KeyColumns, ThingVersion Newest);
