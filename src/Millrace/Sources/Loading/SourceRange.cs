namespace Millrace.Sources.Loading;

/// <summary>The records of a file that begin in a stretch of it.</summary>
/// <param name="File">The file.</param>
/// <param name="Start">Where the first one begins.</param>
/// <param name="End">Where the first one of the next range begins.</param>
sealed record SourceRange(InputFile File, long Start, long End);

/// <summary>What becomes one file of the table.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Ranges">In order.</param>
sealed record SourcePart(int Number, IReadOnlyList<SourceRange> Ranges);

/// <summary>What was found in a range.</summary>
/// <param name="Range">The range.</param>
/// <param name="End">Where reading really ended.</param>
/// <param name="Records">Records, right or wrong.</param>
/// <param name="Rows">Rows that were written.</param>
/// <param name="Bad">Records that went to the quarantine.</param>
/// <param name="Lines">Lines.</param>
sealed record RangeResult(SourceRange Range, long End, long Records, long Rows, long Bad, long Lines);
