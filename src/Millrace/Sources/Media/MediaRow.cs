namespace Millrace.Sources.Media;

/// <summary>A file of a folder.</summary>
/// <param name="Path">Relative to the folder.</param>
/// <param name="Url">The URL of the object that has its bytes; null when they could not be read.</param>
/// <param name="Hash">64 hex digits.</param>
/// <param name="SizeBytes">Its bytes.</param>
/// <param name="Facts">What its headers tell.</param>
/// <param name="ModifiedAt">When it was changed last.</param>
/// <param name="Fault">Why it goes to the quarantine, as a sentence; null when it does not.</param>
/// <param name="IsKnown">Whether the table or its quarantine has it already.</param>
sealed record MediaRow(
    string Path,
    string? Url,
    string Hash,
    long SizeBytes,
    MediaFacts? Facts,
    DateTime? ModifiedAt,
    string? Fault,
    bool IsKnown);
