using System.Collections.Concurrent;
using Millrace.Objects;

namespace Millrace.Versions.Lfs;

/// <summary>Brings in what git-lfs keeps for a revision of a repository: each object is compared with its oid while it
/// is stored. The repository is only read.</summary>
public sealed class LfsImport(ObjectStore objects, ImportedTrees imports)
{
    const int WindowCount = 4096;
    const int Parallelism = 4;
    const int NamedMax = 5;

    /// <param name="repository">A folder of the work tree, or a bare repository.</param>
    /// <param name="revision">A commit, a branch or a tag.</param>
    /// <param name="name">What the import is called here.</param>
    /// <param name="progress">Told the bytes of each object that was read; nobody when null.</param>
    /// <param name="cancellationToken">Ends it; what was stored stays stored, and nothing is recorded.</param>
    /// <exception cref="MillraceException"><c>lfs-object-missing</c>, <c>lfs-object-damaged</c>,
    /// <c>lfs-pointer-missing</c>, <c>name-invalid</c>, <c>git-failed</c>, and those of a put.</exception>
    public async Task<LfsImportResult> ImportAsync(
        string repository, string revision, string name, IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ImportedTrees.CheckName(name);
        var git = new GitReader(repository);
        var files = await git.ListAsync(revision, cancellationToken).ConfigureAwait(false);
        var pointers = new List<(GitFile File, LfsPointer Pointer)>();
        await git.ReadAsync(
            [.. files.Where(file => file.SizeBytes is > 0 and < LfsPointer.SizeBytesMax)],
            (file, bytes) =>
            {
                if (LfsPointer.TryParse(bytes, out var pointer, out _))
                    pointers.Add((file, pointer));
            },
            cancellationToken).ConfigureAwait(false);
        if (pointers.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "lfs-pointer-missing",
                $"'{revision}' of '{repository}' has no file that git-lfs keeps.",
                "See with 'git lfs ls-files' what it keeps; name another revision with '--rev'.");
        }

        if (pointers.Find(item => !item.File.IsText).File is { } unreadable)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "name-invalid",
                $"A file that git-lfs keeps, '{unreadable.Path}', has a name that is not UTF-8.",
                "Rename it in git and commit that; 'git -c core.quotePath=true ls-files' shows its bytes.");
        }

        var folder = await ObjectFolderAsync(git, repository, cancellationToken).ConfigureAwait(false);
        using var hold = objects.Hold();
        var copied = await TakeAsync(pointers, folder, hold, progress, cancellationToken).ConfigureAwait(false);
        using var batch = objects.BeginBatch();
        var tree = new TreeStore(objects).Apply(
            batch, null,
            pointers.ToDictionary(
                item => item.File.Path,
                TreeEntry? (item) => new TreeEntry(
                    item.File.Path, item.File.IsExecutable ? TreeEntryKind.Executable : TreeEntryKind.File,
                    item.Pointer.Oid, item.Pointer.SizeBytes, 1),
                StringComparer.Ordinal));
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        await imports.RecordAsync(
            name, tree.Hash, tree.SizeBytes, $"{Path.GetFullPath(repository)}@{revision}", [], cancellationToken)
            .ConfigureAwait(false);
        return new LfsImportResult(name, tree.Hash, pointers.Count, tree.SizeBytes, copied);
    }

    static async Task<string> ObjectFolderAsync(GitReader git, string repository, CancellationToken cancellationToken)
    {
        var common = Path.GetFullPath(
            (await git.RunAsync(["rev-parse", "--git-common-dir"], cancellationToken).ConfigureAwait(false)).Trim(),
            Path.GetFullPath(repository));
        var storage = (await git.RunAsync(
            ["config", "--default", "lfs", "--get", "lfs.storage"], cancellationToken).ConfigureAwait(false)).Trim();
        return Path.Combine(Path.GetFullPath(storage, common), "objects");
    }

    async Task<long> TakeAsync(
        List<(GitFile File, LfsPointer Pointer)> pointers, string folder, ObjectHold hold, IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        var missing = new ConcurrentQueue<string>();
        var damaged = new ConcurrentQueue<string>();
        var copied = 0L;
        foreach (var window in pointers.DistinctBy(item => item.Pointer.Oid)
            .Where(item => !hold.Keeps(item.Pointer.Oid)).Chunk(WindowCount))
        {
            using var batch = objects.BeginBatch();
            await Parallel.ForEachAsync(
                window,
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                (item, _) =>
                {
                    var path = Path.Join(folder, item.Pointer.Key);
                    // Empty content has no file.
                    if (item.Pointer.SizeBytes == 0 && batch.Put([]) == item.Pointer.Oid)
                        return ValueTask.CompletedTask;
                    if (!File.Exists(path))
                    {
                        missing.Enqueue(item.File.Path);
                        return ValueTask.CompletedTask;
                    }

                    var stored = batch.PutFile(path);
                    if (stored.Hash != item.Pointer.Oid || stored.SizeBytes != item.Pointer.SizeBytes)
                        damaged.Enqueue(item.File.Path);
                    else
                        Interlocked.Increment(ref copied);
                    progress?.Report(stored.SizeBytes);
                    return ValueTask.CompletedTask;
                }).ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        Complain([.. missing], [.. damaged], folder);
        return copied;
    }

    static void Complain(List<string> missing, List<string> damaged, string folder)
    {
        if (damaged.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "lfs-object-damaged",
                $"{damaged.Count} objects in '{folder}' are not what their oid says, of {Named(damaged)}.",
                "Move them away and run 'git lfs fetch'; what is right was stored.");
        }

        if (missing.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "lfs-object-missing",
                $"{missing.Count} objects are not in '{folder}', of {Named(missing)}.",
                "Run 'git lfs fetch' there, then this command again; what was found was stored.");
        }
    }

    static string Named(List<string> paths) => string.Join(", ", paths.Take(NamedMax).Select(path => $"'{path}'"))
        + (paths.Count > NamedMax ? $" and {paths.Count - NamedMax} more" : "");
}
