using Millrace.Catalog;
using Millrace.Lineage;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Models;

/// <summary>Models, for SQL.</summary>
static class ModelTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        LineageTables.OfKind(
            catalog, "models", "A version of a model.", "model",
            (Text("dataset", "The version of the dataset that it was trained with; null when none is noted."),
                "dataset"),
            (Double("test_error", "Its error on the test rows; null when none is noted."), "testError"),
            (Double("production_error", "That of the model which was in production; null when there was none."),
                "productionError"),
            (Boolean("is_production", "Whether it went to production when it was registered."), "isProduction"),
            (Time("as_of", "The time whose data it knows; null when none is noted."), "asOf"),
            (Text("url", "The object that holds it."), "url")),
    ];
}
