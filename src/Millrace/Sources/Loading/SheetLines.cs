namespace Millrace.Sources.Loading;

/// <summary>What was found when a sheet was written aside.</summary>
/// <param name="Names">The columns of its header, in order; empty without one.</param>
/// <param name="Notices">What a person should know.</param>
sealed record SheetLines(IReadOnlyList<string> Names, IReadOnlyList<string> Notices);
