using Millrace.Objects;
using Millrace.Objects.Packs;

namespace Millrace.Versions.Files;

/// <summary>A file that is to be written, and where its content lies.</summary>
/// <param name="change">What happens to it.</param>
/// <param name="folder">The folder of its path; one text for all files in it.</param>
sealed class PlacedFile(TreeChange change, string folder)
{
    PackLocation _location;

    public TreeChange Change => change;

    public string Folder => folder;

    public string Name => folder.Length == 0 ? change.Path : change.Path[(folder.Length + 1)..];

    /// <summary>Where its content lies in a pack; the default when it is large, or not here.</summary>
    public ref readonly PackLocation Location => ref _location;

    /// <summary>Whether a path is directly in a folder.</summary>
    public static bool IsIn(string folder, string path)
    {
        var slash = path.LastIndexOf('/');
        return Math.Max(slash, 0) == folder.Length && path.StartsWith(folder, StringComparison.Ordinal);
    }

    public void Locate(ObjectStore objects) =>
        _location = objects.TryLocate(change.After!.Hash, out var found) ? found : default;

    /// <summary>The order in which a disk gives the content best; what is not small comes last.</summary>
    public static int ByPlace(PlacedFile left, PlacedFile right)
    {
        ref readonly var first = ref left._location;
        ref readonly var second = ref right._location;
        if (ReferenceEquals(first.Pack, second.Pack))
            return first.Entry.Offset.CompareTo(second.Entry.Offset);
        return first.Pack is null ? 1
            : second.Pack is null ? -1 : string.CompareOrdinal(first.Pack.Path, second.Pack.Path);
    }
}
