using Millrace.Objects;

namespace Millrace.Versions.Dvc;

/// <summary>Brings a DVC project in: its outputs become a tree with their paths. Nothing is written to the project, to
/// its cache or to a remote.</summary>
public sealed class DvcImport(ObjectStore objects, ObjectDigests digests, ImportedTrees imports)
{
    /// <summary>Imports what a project tracks.</summary>
    /// <param name="project">The project.</param>
    /// <param name="sources">Where its objects are, asked in order; most often its own and more.</param>
    /// <param name="options">Under which name, and whether bytes are copied.</param>
    /// <param name="progress">Told the bytes of each object that was read; nobody when null.</param>
    /// <param name="cancellationToken">Ends it; what was stored stays stored, and nothing is recorded.</param>
    /// <exception cref="MillraceException"><c>dvc-object-missing</c>, <c>dvc-object-damaged</c>,
    /// <c>dvc-manifest-invalid</c>, <c>dvc-path-outside</c>, <c>dvc-path-twice</c>, and those of a put.</exception>
    public async Task<DvcImportResult> ImportAsync(
        DvcProject project, IReadOnlyList<DvcSource> sources, DvcImportOptions options,
        IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ImportedTrees.CheckName(options.Name);
        using var hold = objects.Hold();
        var pool = new DvcObjects(objects, hold, digests, sources, project.UnreadRemotes);
        var outs = project.Tracked.Where(item => item.Out is { IsCached: true, Digest: not null }).ToList();
        var notStored = project.Tracked
            .Where(item => item.Out is { IsCached: true, Digest: null, Files: null })
            .Select(item => item.Path).ToList();
        // Manifests are small, and nothing can be planned without them.
        var manifests = outs.Select(item => item.Out.Digest!.Value).Where(digest => digest.IsFolder).ToList();
        await pool.RecallAsync(manifests, cancellationToken).ConfigureAwait(false);
        await pool.TakeAsync(manifests, progress, cancellationToken).ConfigureAwait(false);
        var files = Files(project, outs, pool);
        await pool.RecallAsync(files.Select(file => file.Digest), cancellationToken).ConfigureAwait(false);
        if (!options.IsAttached)
        {
            await pool.TakeAsync(files.Select(file => file.Digest), progress, cancellationToken)
                .ConfigureAwait(false);
        }

        return await RecordAsync(options.Name, project.Origin, files, pool, notStored, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Copies the attached files of an import at or below a path; when the last one is here, the import has
    /// its tree.</summary>
    /// <param name="name">The import.</param>
    /// <param name="path">A file or a folder of it; empty for all.</param>
    /// <param name="sources">Where the objects are.</param>
    /// <param name="progress">Told the bytes of each object that was read; nobody when null.</param>
    /// <param name="cancellationToken">Ends it; what was stored stays stored.</param>
    /// <exception cref="MillraceException"><c>import-missing</c>, and as for <see cref="ImportAsync"/>.</exception>
    public async Task<DvcImportResult> FetchAsync(
        string name, string path, IReadOnlyList<DvcSource> sources, IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var import = await imports.RequireAsync(name, cancellationToken).ConfigureAwait(false);
        var files = await imports.AttachedAsync(name, cancellationToken).ConfigureAwait(false);
        if (files.Count == 0)
            return new DvcImportResult(name, import.Tree, 0, 0, 0, 0, []);
        using var hold = objects.Hold();
        var pool = new DvcObjects(objects, hold, digests, sources, []);
        await pool.RecallAsync(files.Select(file => file.Digest), cancellationToken).ConfigureAwait(false);
        var wanted = files.Where(file => path.Length == 0 || file.Path == path
            || file.Path.StartsWith($"{path}/", StringComparison.Ordinal)).Select(file => file.Digest).ToList();
        if (wanted.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "path-unknown", $"The import '{name}' has no '{path}'.",
                $"'millrace ls import:{name}' shows what it has, once it is fetched.");
        }

        await pool.TakeAsync(wanted, progress, cancellationToken).ConfigureAwait(false);
        return await RecordAsync(name, import.Origin, files, pool, [], cancellationToken).ConfigureAwait(false);
    }

    List<AttachedFile> Files(DvcProject project, List<DvcTracked> outs, DvcObjects pool)
    {
        var files = new List<AttachedFile>();
        foreach (var item in project.Tracked.Where(item => item.Out is { IsCached: true, Files: not null }))
        {
            files.AddRange(item.Out.Files!.Select(file => new AttachedFile(
                $"{item.Path}/{file.Path}",
                file.Digest ?? throw YamlReader.Invalid(
                    item.File, 0, $"'{file.Path}' has no 'md5', so that its content cannot be told"),
                file.SizeBytes, file.IsExecutable)));
        }

        foreach (var item in outs.Where(item => item.Out.Files is null))
        {
            var digest = item.Out.Digest!.Value;
            if (!digest.IsFolder)
            {
                files.Add(new AttachedFile(item.Path, digest, item.Out.SizeBytes, item.Out.IsExecutable));
                continue;
            }

            files.AddRange(ReadManifest(digest, pool[digest].Hash).Entries.Select(
                entry => new AttachedFile($"{item.Path}/{entry.Path}", entry.Digest, entry.SizeBytes,
                    entry.IsExecutable)));
        }

        CheckPaths(files);
        return files;
    }

    DvcDirManifest ReadManifest(DvcDigest digest, ContentHash hash) =>
        objects.Size(hash) <= DvcDirManifest.SizeBytesMax
            ? DvcDirManifest.Parse(objects.Read(hash), digest)
            : throw new MillraceException(
                ErrorKind.Invalid, "dvc-manifest-invalid",
                $"The manifest '{digest}' has more than {DvcDirManifest.SizeBytesMax} bytes.",
                "Track its folders one by one.");

    // Two outputs must not meet: one path is one file, and no file is a folder too.
    static void CheckPaths(List<AttachedFile> files)
    {
        files.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
        var paths = new HashSet<string>(files.Select(file => file.Path), StringComparer.Ordinal);
        foreach (var file in files)
        {
            for (var slash = file.Path.IndexOf('/', StringComparison.Ordinal); slash > 0;
                 slash = file.Path.IndexOf('/', slash + 1))
            {
                if (paths.Contains(file.Path[..slash]))
                    throw Twice(file.Path[..slash]);
            }
        }

        for (var i = 1; i < files.Count; i++)
        {
            if (files[i].Path == files[i - 1].Path)
                throw Twice(files[i].Path);
        }
    }

    static MillraceException Twice(string path) => new(
        ErrorKind.Conflict, "dvc-path-twice", $"Two outputs of the project have the path '{path}'.",
        "Remove one of the two with 'dvc remove'.");

    async Task<DvcImportResult> RecordAsync(
        string name, string origin, List<AttachedFile> files, DvcObjects pool, IReadOnlyList<string> notStored,
        CancellationToken cancellationToken)
    {
        var attached = files.Count(file => !pool.Contains(file.Digest));
        ContentHash? tree = null;
        if (attached == 0)
        {
            using var batch = objects.BeginBatch();
            tree = new TreeStore(objects).Apply(
                batch, null,
                files.ToDictionary(file => file.Path, TreeEntry? (file) => Entry(file, pool[file.Digest]),
                    StringComparer.Ordinal)).Hash;
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        var size = files.Sum(file => pool.Contains(file.Digest) ? pool[file.Digest].SizeBytes : file.SizeBytes ?? 0);
        await imports.RecordAsync(name, tree, size, origin, attached == 0 ? [] : files, cancellationToken)
            .ConfigureAwait(false);
        return new DvcImportResult(name, tree, files.Count, size, pool.CopiedCount, attached, notStored);
    }

    static TreeEntry Entry(AttachedFile file, (ContentHash Hash, long SizeBytes) content) => new(
        file.Path, file.IsExecutable ? TreeEntryKind.Executable : TreeEntryKind.File, content.Hash, content.SizeBytes,
        1);
}
