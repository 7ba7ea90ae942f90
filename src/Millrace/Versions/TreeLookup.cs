using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

/// <summary>Finds what a person names: a file or folder of this machine, which is stored first, or a path of an
/// import.</summary>
public sealed class TreeLookup(ObjectStore objects, ImportedTrees imports)
{
    /// <param name="text">A path, or <c>NAME</c> or <c>NAME:PATH</c> of an import, also after <c>import:</c>.</param>
    /// <param name="progress">Told of how far a walk of files is; null is nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The entry, and the last part of what was named.</returns>
    /// <exception cref="MillraceException"><c>path-missing</c>, <c>import-attached</c>, and those of a put.</exception>
    public async Task<(TreeEntry Entry, string Name)> FindAsync(
        string text, IProgress<ScanProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (Path.Exists(text))
            return await StoreAsync(Path.GetFullPath(text), progress, cancellationToken).ConfigureAwait(false);
        var named = ImportedTrees.NameIn(text) ?? text;
        var (name, path) = named.Split(':', 2) is [var before, var after] ? (before, after.Trim('/')) : (named, "");
        if (await imports.FindAsync(name, cancellationToken).ConfigureAwait(false) is null)
            throw Missing(text);
        var tree = await imports.TreeAsync(name, cancellationToken).ConfigureAwait(false);
        var entry = new TreeStore(objects).Find(tree, path) ?? throw Missing(text);
        return (entry, path.Length == 0 ? name : path.Split('/')[^1]);
    }

    async Task<(TreeEntry Entry, string Name)> StoreAsync(
        string path, IProgress<ScanProgress>? progress, CancellationToken cancellationToken)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        var isFolder = Directory.Exists(path) && new FileInfo(path).LinkTarget is null;
        var (root, name) = (isFolder ? path : Path.GetDirectoryName(path)!, Path.GetFileName(path));
        using var batch = objects.BeginBatch();
        // A file that is named is taken, whatever the rules of its folder say.
        var (index, found) = new WorkingTree(root, TimeProvider.System).StoreChanged(
            FileIndex.Empty, [isFolder ? "" : name],
            new ScanOptions { Batch = batch, TakesIgnored = !isFolder, Progress = progress },
            cancellationToken);
        if (found.LeftOut.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, found.LeftOut[0].Code,
                $"'{found.LeftOut[0].Path}' cannot be stored: {found.LeftOut[0].Message}.",
                $"See to that file, or leave it out with a line in '{FolderIgnore.FileName}'.");
        }

        if (!isFolder && index.Find(name) is null)
            throw Missing(path);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        var size = index.Folders.Values.Sum(folder => folder.Records.Sum(record => record.SizeBytes));
        var entry = isFolder
            ? new TreeEntry(name, TreeEntryKind.Folder, index.Tree!.Value, size, index.FileCount)
            : IndexTree.Entry(name, index.Find(name)!.Value);
        return (entry, name);
    }

    static MillraceException Missing(string text) => new(
        ErrorKind.NotFound, "path-missing", $"'{text}' is neither a path here nor one of an import.",
        "'millrace dvc list' shows the imports; a path in one is 'NAME:PATH'.");
}
