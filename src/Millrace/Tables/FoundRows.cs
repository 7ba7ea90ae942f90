using Millrace.Objects;

namespace Millrace.Tables;

/// <summary>Rows of a choice in one data file.</summary>
/// <param name="File">The file.</param>
/// <param name="Count">How many.</param>
/// <param name="Keys">Their keys as texts; empty when the file has none.</param>
/// <param name="Objects">The objects that they name.</param>
/// <param name="KeptObjects">The objects that the other rows of the file name.</param>
sealed record FoundRows(
    LoggedFile File,
    long Count,
    IReadOnlyList<string> Keys,
    IReadOnlySet<ContentHash> Objects,
    IReadOnlySet<ContentHash> KeptObjects);
