namespace Millrace;

/// <summary>A version of a table as it is without the rows.</summary>
/// <param name="Id">In the catalog.</param>
/// <param name="RowCount">Rows that are left.</param>
/// <param name="SizeBytes">Bytes of its files.</param>
/// <param name="FileCount">Its files.</param>
sealed record WorkspaceErasedVersion(long Id, long RowCount, long SizeBytes, int FileCount);
