using System.Globalization;

namespace Millrace.Tables.Delta;

/// <summary>Where the set of a data file's deleted rows is. Delta protocol, "Deletion Vector Descriptor Schema".
/// </summary>
/// <param name="StorageType"><c>u</c>: a file beside the data, named by an id; <c>i</c>: in the log; <c>p</c>: a file
/// with a whole path.</param>
/// <param name="PathOrInline">The id, the bytes in Z85, or the path as a URI.</param>
/// <param name="Offset">Where it begins in its file; null for the beginning, or when it is in the log.</param>
/// <param name="SizeBytes">Without length and checksum.</param>
/// <param name="Cardinality">How many rows it deletes.</param>
public sealed record DeletionVector(
    string StorageType, string PathOrInline, int? Offset, int SizeBytes, long Cardinality)
{
    /// <summary>Tells one set apart from another of the same file.</summary>
    public string UniqueId => StorageType + PathOrInline
        + (Offset is { } offset ? "@" + offset.ToString(CultureInfo.InvariantCulture) : "");
}
