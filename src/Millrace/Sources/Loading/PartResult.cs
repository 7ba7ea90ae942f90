using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>What came of a part.</summary>
/// <param name="File">The file that was written; null when the part has no rows.</param>
/// <param name="Values">For each column, how many values were read.</param>
/// <param name="Ranges">What was found in each range.</param>
sealed record PartResult(DataFile? File, IReadOnlyList<long> Values, IReadOnlyList<RangeResult> Ranges);
