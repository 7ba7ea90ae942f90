using Millrace.Catalog;
using Millrace.Lineage;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Features;

/// <summary>Feature views, for SQL.</summary>
static class FeatureTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        LineageTables.OfKind(
            catalog, "features", "A version of a feature view's values in the online store.", "feature",
            (Time("as_of", "The time as of which the values are."), "asOf"),
            (Int64("entities", "Its entities."), "entities"),
            (Int64("features", "Values of each entity."), "features")),
    ];
}
