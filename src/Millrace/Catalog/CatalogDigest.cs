namespace Millrace.Catalog;

/// <summary>What a table of a catalog holds, whatever the order of its rows.</summary>
/// <param name="Table">The table.</param>
/// <param name="RowCount">Its rows.</param>
/// <param name="Hash">The sum of the SHA-256 of its rows, modulo 2^256, as hex digits.</param>
public readonly record struct CatalogDigest(string Table, long RowCount, string Hash);
