namespace Millrace.Tables.Frames;

/// <summary>Which rows around a row a window sees.</summary>
/// <param name="From">Rows before it (negative) or after it; null is the start of the partition.</param>
/// <param name="To">Rows before it (negative) or after it; null is the end of the partition.</param>
/// <param name="Span">When given, the rows whose order key lies within this time before the row's own, and the row's
/// peers; then the two others are not used.</param>
sealed record RowFrame(long? From, long? To, TimeSpan? Span = null);
