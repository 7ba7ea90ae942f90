using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>What came of reading rows of a database.</summary>
/// <param name="Files">The files that hold them.</param>
/// <param name="Values">For each column, how many values were read.</param>
/// <param name="RowCount">Rows that came.</param>
/// <param name="WrittenCount">Rows that were written.</param>
/// <param name="ByteCount">Bytes that came.</param>
sealed record RowsResult(
    IReadOnlyList<DataFile> Files, IReadOnlyList<long> Values, long RowCount, long WrittenCount, long ByteCount);
