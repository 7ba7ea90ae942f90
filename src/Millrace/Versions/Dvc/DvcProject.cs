namespace Millrace.Versions.Dvc;

/// <summary>A DVC project: what its small files say, as they are in its folder or in a revision of git.</summary>
public sealed class DvcProject
{
    const string ConfigName = ".dvc/config";
    const string LocalConfigName = ".dvc/config.local";
    const int FileSizeMax = YamlReader.TextLengthMax;

    DvcProject(string folder, string origin, DvcConfig config, IReadOnlyList<DvcTracked> tracked)
    {
        Folder = folder;
        Origin = origin;
        Config = config;
        Tracked = tracked;
    }

    /// <summary>Its folder, as a full path.</summary>
    public string Folder { get; }

    /// <summary>The folder, and the revision if there is one.</summary>
    public string Origin { get; }

    /// <summary>The cache and the remotes that are folders, in the order in which they are asked.</summary>
    public IReadOnlyList<DvcSource> Sources =>
        [DvcSource.OfFolder(CacheFolder), .. DvcRemotes.Folders(Config, DvcFolder)];

    /// <summary>The remotes on S3, asked for what no folder has. The caller disposes them.</summary>
    /// <exception cref="MillraceException"><c>remote-url-invalid</c>.</exception>
    public IReadOnlyList<DvcSource> Services => DvcRemotes.Services(Config);

    /// <summary>A remote of the project by its name; null when it has none of that name.</summary>
    /// <exception cref="MillraceException"><c>dvc-remote-unsupported</c>, <c>remote-url-invalid</c>.</exception>
    public DvcSource? FindRemote(string name) => DvcRemotes.Find(Config, DvcFolder, name);

    /// <summary>Remotes whose objects are not read here, with their addresses.</summary>
    internal IReadOnlyList<string> UnreadRemotes => DvcRemotes.Unread(Config);

    internal DvcConfig Config { get; }

    internal IReadOnlyList<DvcTracked> Tracked { get; }

    string DvcFolder => Path.Combine(Folder, ".dvc");

    string CacheFolder => Path.GetFullPath(Config.CacheFolder ?? "cache", DvcFolder);

    /// <param name="folder">The project's root, which has <c>.dvc/</c>.</param>
    /// <param name="revision">A commit, a branch or a tag of git; null for the files as they are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>dvc-project-missing</c>, <c>dvc-file-invalid</c>,
    /// <c>dvc-config-invalid</c>, <c>dvc-path-outside</c>, <c>git-failed</c>.</exception>
    public static async Task<DvcProject> OpenAsync(
        string folder, string? revision, CancellationToken cancellationToken = default)
    {
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(Path.Combine(root, ".dvc")))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "dvc-project-missing", $"'{root}' has no folder '.dvc'.",
                "Name the root of a DVC project.");
        }

        var texts = revision is null
            ? ReadFolder(root)
            : await ReadRevisionAsync(root, revision, cancellationToken).ConfigureAwait(false);
        var config = DvcConfig.Parse(
            (ConfigName, texts.GetValueOrDefault(ConfigName, "")),
            (LocalConfigName, ReadIfThere(Path.Combine(root, LocalConfigName))));
        var tracked = new List<DvcTracked>();
        foreach (var (path, text) in texts)
        {
            if (path.EndsWith(DvcFile.Ending, StringComparison.Ordinal))
                tracked.AddRange(OutsOfFile(path, text));
            else if (Path.GetFileName(path) == DvcLock.FileName)
                tracked.AddRange(OutsOfLock(path, text, texts));
        }

        return new DvcProject(root, revision is null ? root : $"{root}@{revision}", config, Distinct(tracked));
    }

    static IEnumerable<DvcTracked> OutsOfFile(string path, string text)
    {
        var file = DvcFile.Parse(text, path);
        var working = DvcPath.Resolve(FolderOf(path), file.WorkingFolder, path);
        return file.Outs.Select(output => new DvcTracked(Place(working, output.Path, path), output, path));
    }

    // A stage's working folder, and what is not cached, stand in dvc.yaml beside the lock.
    static IEnumerable<DvcTracked> OutsOfLock(string path, string text, SortedDictionary<string, string> texts)
    {
        var folder = FolderOf(path);
        var declared = folder.Length == 0 ? DvcYaml.FileName : $"{folder}/{DvcYaml.FileName}";
        var places = DvcYamlPlace.Read(texts.GetValueOrDefault(declared, ""), declared);
        foreach (var stage in DvcLock.Parse(text, path).Stages)
        {
            var place = places.GetValueOrDefault(stage.Name)
                ?? places.GetValueOrDefault(stage.Name.Split('@')[0]) ?? new DvcYamlPlace("", []);
            var working = DvcPath.Resolve(folder, place.WorkingFolder, declared);
            foreach (var output in stage.Outs.Where(output => place.IsCached(output.Path)))
                yield return new DvcTracked(Place(working, output.Path, path), output, path);
        }
    }

    static string Place(string working, string output, string file) =>
        DvcPath.Resolve(working, output, file) is { Length: > 0 } path ? path : throw new MillraceException(
            ErrorKind.Invalid, "path-outside", $"'{file}' tracks the project's folder itself ('{output}').",
            "Track a file or a folder in it.");

    static string FolderOf(string path) => path.Contains('/', StringComparison.Ordinal)
        ? path[..path.LastIndexOf('/')] : "";

    // One path has one content, in however many files it stands.
    static List<DvcTracked> Distinct(List<DvcTracked> tracked)
    {
        var byPath = new SortedDictionary<string, DvcTracked>(Utf8Order.Instance);
        foreach (var item in tracked)
        {
            if (!byPath.TryAdd(item.Path, item) && byPath[item.Path].Out.Digest != item.Out.Digest)
            {
                throw new MillraceException(
                    ErrorKind.Conflict, "dvc-path-twice",
                    $"'{byPath[item.Path].File}' and '{item.File}' both track '{item.Path}', with other content.",
                    "Remove one of the two with 'dvc remove'.");
            }
        }

        return [.. byPath.Values];
    }

    static bool IsMetadata(string path) => path == ConfigName
        || (path.EndsWith(DvcFile.Ending, StringComparison.Ordinal) && Path.GetFileName(path) != DvcFile.Ending)
        || Path.GetFileName(path) is DvcLock.FileName or DvcYaml.FileName;

    static SortedDictionary<string, string> ReadFolder(string root)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [ConfigName] = ReadIfThere(Path.Combine(root, ConfigName)),
        };
        var ignore = new DvcIgnore();
        var folders = new Queue<string>([""]);
        while (folders.TryDequeue(out var folder))
        {
            var full = Path.Combine(root, folder);
            ignore.Add(folder, ReadIfThere(Path.Combine(full, DvcIgnore.FileName)));
            foreach (var entry in new DirectoryInfo(full).EnumerateFileSystemInfos())
            {
                var path = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
                var isFolder = entry is DirectoryInfo;
                if (entry.LinkTarget is not null || ignore.IsIgnored(path, isFolder))
                    continue;
                if (isFolder)
                    folders.Enqueue(path);
                else if (IsMetadata(path))
                    texts[path] = ReadIfThere(entry.FullName);
            }
        }

        return texts;
    }

    static async Task<SortedDictionary<string, string>> ReadRevisionAsync(
        string root, string revision, CancellationToken cancellationToken)
    {
        var git = new GitReader(root);
        var files = await git.ListAsync(revision, cancellationToken).ConfigureAwait(false);
        var ignore = new DvcIgnore();
        await git.ReadAsync(
            [.. files.Where(file => Path.GetFileName(file.Path) == DvcIgnore.FileName).Select(Sized)],
            (file, bytes) => ignore.Add(
                FolderOf(file.Path), System.Text.Encoding.UTF8.GetString(bytes)),
            cancellationToken).ConfigureAwait(false);
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await git.ReadAsync(
            [.. files.Where(file => IsMetadata(file.Path)
                && (file.Path == ConfigName || !ignore.IsIgnored(file.Path, isFolder: false))).Select(Sized)],
            (file, bytes) => texts[file.Path] = System.Text.Encoding.UTF8.GetString(bytes),
            cancellationToken).ConfigureAwait(false);
        return texts;
    }

    static GitFile Sized(GitFile file) => file.SizeBytes <= FileSizeMax
        ? file : throw YamlReader.Invalid(file.Path, 0, $"it has {file.SizeBytes} bytes");

    static string ReadIfThere(string path)
    {
        using var file = DvcSource.Open("", path);
        if (file is null)
            return "";
        if (file.Length > FileSizeMax)
            throw YamlReader.Invalid(path, 0, $"it has {file.Length} bytes, and at most {FileSizeMax} are read");
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
