using Millrace.Catalog;
using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    /// <summary>Looks whether a file may be brought in at a path.</summary>
    /// <exception cref="MillraceException">As for <see cref="AddAsync"/>.</exception>
    internal Task CheckImportAsync(string path, CancellationToken cancellationToken) =>
        RefuseAsync([path], PointerWalk.Run(Root, cancellationToken), replacesLinks: false, cancellationToken);

    /// <summary>Writes content that is in the store to a file, and a pointer beside it.</summary>
    /// <param name="path">From the workspace's folder.</param>
    /// <param name="entry">The content.</param>
    /// <param name="before">What the file may have now; null for what was checked out or stored.</param>
    /// <param name="isResumed">Whether the same was cut off before.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The files that git should take.</returns>
    /// <exception cref="MillraceException">As for <see cref="AddAsync"/>, <c>pointer-moved</c> and
    /// <c>local-changes</c>.</exception>
    internal async Task<IReadOnlyList<string>> PlaceAsync(
        string path, TreeEntry entry, TreeEntry? before, bool isResumed, CancellationToken cancellationToken)
    {
        using var held = _state.Lock(cancellationToken);
        _versions.RefuseUnfinished();
        var pointers = PointerWalk.Run(Root, cancellationToken);
        await RefuseAsync([path], pointers, replacesLinks: false, cancellationToken).ConfigureAwait(false);
        var index = FileIndex.Load(_state.IndexFile);
        var known = Known(index, pointers);
        var old = pointers.Find(found => found.Path == path);
        RefuseMoved(old, entry, known, index);
        var edit = new IndexEdit(index);
        edit.Set(path, _versions.WriteFile(index, path, entry, before, isResumed, cancellationToken));
        var folders = edit.Folders();
        using var batch = _objects.BeginBatch();
        var tree = IndexTree.Write(batch, folders);
        await batch.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        var files = new List<string>();
        var pointer = Pointer.Of(NameOf(path), entry);
        if (old?.Pointer != pointer)
        {
            DurableFile.Write(FullPath(path + Pointer.Suffix), pointer.ToBytes());
            files.Add(path + Pointer.Suffix);
        }

        if (GitIgnoreFile.Add(FullPath(FolderOf(path)), NameOf(path)))
            files.Add(IgnoreFileOf(path));
        Save(new FileIndex(folders, tree), known.Keys.Append(path));
        return files;
    }
}
