namespace Millrace.Sources.Reading;

/// <summary>A record that can't be a row.</summary>
/// <param name="Offset">Where it begins in the file, unpacked.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Line">The line it begins at, counted from 1 within its range.</param>
/// <param name="Column">The column that is wrong, or null when it is the record.</param>
/// <param name="Reason">Why, as a sentence without its capital and full stop.</param>
readonly record struct BadRecord(long Offset, long Length, long Line, string? Column, string Reason);
