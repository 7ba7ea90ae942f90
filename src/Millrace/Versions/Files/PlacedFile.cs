namespace Millrace.Versions.Files;

/// <summary>A file that is to be written, and where its content lies.</summary>
/// <param name="change">What happens to it.</param>
/// <param name="folder">The folder of its path; one text for all files in it.</param>
/// <param name="pack">The pack with its content.</param>
/// <param name="offset">Where in that.</param>
sealed class PlacedFile(TreeChange change, string folder, string pack, long offset)
{
    public TreeChange Change => change;

    public string Folder => folder;

    public string Name => folder.Length == 0 ? change.Path : change.Path[(folder.Length + 1)..];

    /// <summary>Whether a path is directly in a folder.</summary>
    public static bool IsIn(string folder, string path)
    {
        var slash = path.LastIndexOf('/');
        return Math.Max(slash, 0) == folder.Length && path.StartsWith(folder, StringComparison.Ordinal);
    }

    /// <summary>The order in which a disk gives the content best.</summary>
    public static int ByPlace(PlacedFile left, PlacedFile right)
    {
        var order = ReferenceEquals(left.Pack, right.Pack) ? 0 : string.CompareOrdinal(left.Pack, right.Pack);
        return order != 0 ? order : left.Offset.CompareTo(right.Offset);
    }

    string Pack => pack;

    long Offset => offset;
}
