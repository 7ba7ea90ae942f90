namespace Millrace.Datasets;

/// <summary>A frozen choice of rows, as data: kept as an object, and named by the dataset's version.</summary>
/// <param name="Format">1.</param>
/// <param name="Name">The dataset.</param>
/// <param name="Table">The table whose rows it chooses.</param>
/// <param name="TableNumber">The version of the table's log.</param>
/// <param name="TableHash">The identity of that version.</param>
/// <param name="KeyColumns">Rows are read in their order.</param>
/// <param name="Splits">In the order of <see cref="DatasetSplit.Names"/>.</param>
/// <param name="Hash">The dataset's identity: SHA-256 over the canonical rows of all splits.</param>
sealed record DatasetManifest(
    int Format,
    string Name,
    string Table,
    long TableNumber,
    string TableHash,
    IReadOnlyList<string> KeyColumns,
    IReadOnlyList<SplitManifest> Splits,
    string Hash);

/// <summary>One split.</summary>
/// <param name="Name"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
/// <param name="Filter">SQL over the table's columns; each row matches one split's.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="Hash">SHA-256 over its canonical rows.</param>
sealed record SplitManifest(string Name, string Filter, long RowCount, string Hash);
