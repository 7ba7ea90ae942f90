using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>How much one walk of trees may see. A few objects can name each other so often that they stand for more
/// files than there are atoms: a walk ends when there are more than the trees say, than a tree may have, or when folder
/// after folder has none.</summary>
sealed class TreeBudget
{
    /// <summary>Trees that say that they have more files are not walked.</summary>
    public const long FilesMax = 50_000_000;

    /// <summary>Folders that nothing came of; in trees that Millrace wrote there are none.</summary>
    const int BarrenMax = 100_000;

    readonly ContentHash _root;
    readonly long _filesMax;
    int _barren;

    /// <param name="root">What errors name.</param>
    /// <param name="said">How many files each tree says that it has.</param>
    /// <exception cref="MillraceException"><c>tree-too-large</c>.</exception>
    public TreeBudget(ContentHash root, params ReadOnlySpan<long> said)
    {
        foreach (var count in said)
        {
            _filesMax += count;
            if (count <= FilesMax)
                continue;
            throw new MillraceException(
                ErrorKind.Invalid, "tree-too-large",
                $"The tree {root} says that it has more files than the {FilesMax:N0} that one may have.",
                "Name a folder in it; when nobody made such a tree, the remote that it came from is not to be "
                + "trusted.");
        }

        _root = root;
    }

    /// <summary>Files so far.</summary>
    public long FileCount { get; private set; }

    /// <exception cref="MillraceException"><c>tree-damaged</c>.</exception>
    public void Take(int count)
    {
        FileCount += count;
        if (FileCount > _filesMax)
            throw TreeStore.Damaged(_root, "it has more files than it says");
    }

    /// <summary>A folder was walked.</summary>
    /// <param name="before">What <see cref="FileCount"/> was before it.</param>
    /// <exception cref="MillraceException"><c>tree-damaged</c>.</exception>
    public void Leave(long before)
    {
        if (FileCount == before && ++_barren > BarrenMax)
            throw TreeStore.Damaged(_root, $"it has more than {BarrenMax:N0} folders without a file");
    }
}
