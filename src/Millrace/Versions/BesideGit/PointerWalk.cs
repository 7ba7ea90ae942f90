using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

/// <summary>Finds the pointers of a work tree. Folders that a pointer stands for, other git work trees, and what
/// <c>.millraceignore</c> leaves out are not entered; no link is followed.</summary>
/// <remarks>Resource: one getdents for each folder of sources; files are not looked at.</remarks>
sealed class PointerWalk(string root, CancellationToken cancellationToken)
{
    static readonly byte[] Suffix = ".millrace"u8.ToArray();

    readonly List<FoundPointer> _found = [];

    public static List<FoundPointer> Run(string root, CancellationToken cancellationToken)
    {
        var walk = new PointerWalk(root, cancellationToken);
        walk.Visit("", FolderIgnore.ReadAll(root, ""), 0);
        walk._found.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
        return walk._found;
    }

    /// <summary>Reads one pointer.</summary>
    /// <returns>Null when there is none.</returns>
    public static FoundPointer? TryRead(string root, string path)
    {
        var file = Path.Join(root, path + Pointer.Suffix);
        try
        {
            if (new FileInfo(file) is not { Exists: true, LinkTarget: null } info)
                return null;
            if (info.Length > Pointer.TextBytesMax)
                return FoundPointer.Read(path, new byte[Pointer.TextBytesMax + 1]);
            return FoundPointer.Read(path, File.ReadAllBytes(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new FoundPointer(path, null, new MillraceException(
                ErrorKind.Unavailable, "pointer-unreadable", $"'{file}' cannot be read: {exception.Message}",
                "See to the permissions of that file.", exception));
        }
    }

    void Visit(string folder, FolderIgnore? rules, int depth)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var listing = FolderListing.TryOpen(Path.Join(root, folder), out _);
        if (listing is null || depth > TreeStore.DepthMax)
            return;
        var folders = new List<string>();
        var pointers = new HashSet<string>(StringComparer.Ordinal);
        var hasRules = false;
        for (var i = 0; i < listing.Count; i++)
        {
            var name = listing.Name(i);
            var isFolder = IsFolder(listing, i);
            // A repository of its own, as a submodule is, or a work tree elsewhere.
            if (folder.Length > 0 && name.SequenceEqual(".git"u8))
                return;
            if (!isFolder && name.Length > Suffix.Length && name.EndsWith(Suffix))
                pointers.Add(listing.NameText(i)[..^Suffix.Length]);
            else if (isFolder && !name.SequenceEqual(".git"u8) && !name.SequenceEqual(".millrace"u8))
                folders.Add(listing.NameText(i));
            hasRules |= name.SequenceEqual(".millraceignore"u8);
        }

        if (hasRules)
            rules = FolderIgnore.Read(rules, folder, Path.Join(root, folder, FolderIgnore.FileName));
        foreach (var name in pointers)
        {
            if (TryRead(root, PathOf(folder, name)) is { } found)
                _found.Add(found);
        }

        foreach (var name in folders)
        {
            var path = PathOf(folder, name);
            if (!pointers.Contains(name) && rules?.Ignores(path, isFolder: true) != true)
                Visit(path, rules, depth + 1);
        }
    }

    static bool IsFolder(FolderListing listing, int i)
    {
        var type = listing.Type(i);
        if (type != FileModes.ListedUnknown)
            return type == FileModes.ListedFolder;
        return listing.TryStatus(i, out var status) && (status.Mode & FileModes.TypeMask) == FileModes.Folder;
    }

    static string PathOf(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";
}
