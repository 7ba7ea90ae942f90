using Millrace.Catalog;
using Millrace.Lineage;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Datasets;

/// <summary>Datasets, for SQL.</summary>
static class DatasetTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        LineageTables.OfKind(
            catalog, "datasets", "A version of a dataset: a frozen choice of rows.", "dataset",
            (Text("table_version", "The version of the table that its rows are from."), "table"),
            (Int64("rows", "Its rows."), "rows"),
            (Int64("train", "Those of the split 'train'."), "train"),
            (Int64("validation", "Those of the split 'validation'."), "validation"),
            (Int64("test", "Those of the split 'test'."), "test"),
            (Text("url", "The object that says which rows they are."), "url")),
    ];
}
