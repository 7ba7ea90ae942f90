using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Finds what a person names: a file or folder of this machine, which is stored first, or a path of an
/// import.</summary>
public sealed class TreeLookup(ObjectStore objects, ImportedTrees imports)
{
    const string IgnoreFileName = ".millraceignore";

    /// <param name="text">A path, or <c>NAME</c> or <c>NAME:PATH</c> of an import.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The entry, and the last part of what was named.</returns>
    /// <exception cref="MillraceException"><c>path-missing</c>, <c>import-attached</c>, and those of a put.</exception>
    public async Task<(TreeEntry Entry, string Name)> FindAsync(
        string text, CancellationToken cancellationToken = default)
    {
        if (Path.Exists(text))
            return await StoreAsync(Path.GetFullPath(text), cancellationToken).ConfigureAwait(false);
        var (name, path) = text.Split(':', 2) is [var before, var after] ? (before, after.Trim('/')) : (text, "");
        var import = await imports.FindAsync(name, cancellationToken).ConfigureAwait(false) ?? throw Missing(text);
        var tree = import.Tree ?? throw new MillraceException(
            ErrorKind.Unavailable, "import-attached", $"Files of the import '{name}' are not here yet.",
            $"Copy them with 'millrace dvc fetch {name}'.");
        var entry = new TreeStore(objects).Find(tree, path) ?? throw Missing(text);
        return (entry, path.Length == 0 ? name : path.Split('/')[^1]);
    }

    async Task<(TreeEntry Entry, string Name)> StoreAsync(string path, CancellationToken cancellationToken)
    {
        using var batch = objects.BeginBatch();
        var entry = Directory.Exists(path)
            ? Folder(batch, path, "", Rules(path), 0, cancellationToken) : FileEntry(batch, new FileInfo(path));
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (entry, Path.GetFileName(Path.TrimEndingDirectorySeparator(path)));
    }

    static TreeEntry Folder(
        ObjectBatch batch, string folder, string prefix, IgnoreRules rules, int depth,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (depth > TreeStore.DepthMax)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "folder-too-deep", $"'{folder}' lies deeper than {TreeStore.DepthMax} folders.",
                "Store its parts one by one.");
        }

        var entries = new List<TreeEntry>();
        foreach (var item in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            var path = prefix.Length == 0 ? item.Name : $"{prefix}/{item.Name}";
            var isFolder = item is DirectoryInfo && item.LinkTarget is null;
            if (item.Name is ".git" or ".dvc" or ".millrace" || rules.IsIgnored(path, isFolder))
                continue;
            if (!TreeNode.IsName(item.Name))
                throw new MillraceException(
                    ErrorKind.Invalid, "name-invalid", $"'{path}' has a name that is not UTF-8 or too long.",
                    "Give it another name, or leave it out with a line in '.millraceignore'.");
            entries.Add(isFolder
                ? Folder(batch, item.FullName, path, rules, depth + 1, cancellationToken) with { Name = item.Name }
                : FileEntry(batch, item));
        }

        // A tree has no empty folders, as git has none.
        entries.RemoveAll(entry => entry is { Kind: TreeEntryKind.Folder, FileCount: 0 });
        entries.Sort((left, right) => Utf8Order.Compare(left.Name, right.Name));
        return TreeStore.Write(batch, Path.GetFileName(folder), entries);
    }

    static TreeEntry FileEntry(ObjectBatch batch, FileSystemInfo item)
    {
        if (item.LinkTarget is { } target)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(target);
            return new TreeEntry(item.Name, TreeEntryKind.Link, batch.Put(bytes), bytes.Length, 1);
        }

        var stored = batch.PutFile(item.FullName);
        var isExecutable = (item.UnixFileMode & UnixFileMode.UserExecute) != 0;
        return new TreeEntry(
            item.Name, isExecutable ? TreeEntryKind.Executable : TreeEntryKind.File, stored.Hash, stored.SizeBytes, 1);
    }

    static IgnoreRules Rules(string folder)
    {
        var file = Path.Combine(folder, IgnoreFileName);
        return IgnoreRules.Parse(File.Exists(file) ? File.ReadAllText(file) : "");
    }

    static MillraceException Missing(string text) => new(
        ErrorKind.NotFound, "path-missing", $"'{text}' is neither a path here nor one of an import.",
        "'millrace dvc list' shows the imports; a path in one is 'NAME:PATH'.");
}
