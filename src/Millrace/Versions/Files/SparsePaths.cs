using System.Text;

namespace Millrace.Versions.Files;

/// <summary>The paths that a sparse checkout has, with all below them. Those of a path's other files are only in the
/// index.</summary>
sealed class SparsePaths(IEnumerable<string> paths)
{
    readonly List<string> _paths = [.. paths.Distinct(StringComparer.Ordinal).Order(Utf8Order.Instance)];

    public IReadOnlyList<string> Paths => _paths;

    /// <summary>Whether the checkout has what is at a path.</summary>
    public bool Has(string path)
    {
        foreach (var taken in _paths)
        {
            if (TreeScan.IsWithin(path, taken))
                return true;
        }

        return false;
    }

    public SparsePaths With(IEnumerable<string> more) => new(_paths.Concat(more));

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Concat(_paths.Select(path => path + "\0")));

    /// <returns>Null when the bytes are no list of paths.</returns>
    public static SparsePaths? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes) || (bytes.Length > 0 && bytes[^1] != 0))
            return null;
        return new SparsePaths(Encoding.UTF8.GetString(bytes).Split('\0', StringSplitOptions.RemoveEmptyEntries));
    }
}
