using System.Text;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Dvc;

/// <summary>Hands a tree to users of DVC: the <c>.dvc</c> file, the line in <c>.gitignore</c>, and the cache.</summary>
/// <remarks>A manifest is written only after every file that it names, and the <c>.dvc</c> file after both, so that
/// nothing ever names what is not there.</remarks>
public sealed class DvcExport(ObjectStore objects, ObjectDigests digests)
{
    const int RememberCount = 4096;

    /// <summary>Writes a file or a folder into a DVC project.</summary>
    /// <param name="entry">What to write.</param>
    /// <param name="project">The project's root; made into a project when it has no <c>.dvc/</c>.</param>
    /// <param name="path">Where it shall lie in the project, parted by slashes.</param>
    /// <param name="progress">Told the bytes of each file; nobody when null.</param>
    /// <param name="cancellationToken">Ends it; what is in the cache by then is right, and the <c>.dvc</c> file is as
    /// it was.</param>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>object-damaged</c>, <c>dvc-cannot-hold</c>,
    /// <c>dvc-path-outside</c>, <c>dvc-file-invalid</c>, <c>disk-full</c>, <c>not-writable</c>.</exception>
    public async Task<DvcExportResult> ExportAsync(
        TreeEntry entry, string project, string path, IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var root = Path.GetFullPath(project);
        DvcPath.CheckRelative(path, "the export");
        var config = PrepareProject(root);
        using var cache = new DvcCacheFolder(
            Path.GetFullPath(config.CacheFolder ?? "cache", Path.Combine(root, ".dvc")));
        var files = Files(entry);
        var written = await WriteFilesAsync(files, cache, progress, cancellationToken).ConfigureAwait(false);
        cache.Flush();
        DvcDigest digest;
        if (entry.Kind == TreeEntryKind.Folder)
        {
            var manifest = new DvcDirManifest(
                [.. files.Select((file, i) => new DvcDirEntry(file.Path, written[i]))]).ToBytes();
            digest = DvcDirManifest.NameOf(manifest);
            if (!cache.Contains(digest))
                cache.Write(new MemoryStream(manifest), isFolder: true);
            cache.Flush();
        }
        else
        {
            digest = written[0];
        }

        var size = files.Sum(file => file.Entry.SizeBytes);
        var output = DvcOut.Create(
            digest, size, entry.Kind == TreeEntryKind.Folder ? files.Count : null,
            entry.Kind == TreeEntryKind.Executable, path.Split('/')[^1]);
        var name = WriteFile(root, path, output);
        return new DvcExportResult(name, digest, files.Count, size, cache.WrittenCount);
    }

    static DvcConfig PrepareProject(string root)
    {
        var folder = Path.Combine(root, ".dvc");
        var config = Path.Combine(folder, "config");
        if (!File.Exists(config))
        {
            DurableFile.CreateFolder(folder);
            DurableFile.Write(Path.Combine(folder, ".gitignore"), "/config.local\n/tmp\n/cache\n"u8);
            DurableFile.Write(config, IsInGit(root) ? ""u8 : "[core]\n    no_scm = True\n"u8);
        }

        var local = Path.Combine(folder, "config.local");
        return DvcConfig.Parse(
            (config, File.ReadAllText(config)), (local, File.Exists(local) ? File.ReadAllText(local) : ""));
    }

    static bool IsInGit(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (Path.Exists(Path.Combine(at.FullName, ".git")))
                return true;
        }

        return false;
    }

    List<TreePath> Files(TreeEntry entry)
    {
        if (entry.Kind != TreeEntryKind.Folder)
            return Checked([new TreePath(entry.Name, entry)]);
        var files = Checked([.. new TreeStore(objects).Files(entry.Hash)]);
        // The walk goes folder by folder; DVC sorts whole paths, in which a slash has its place too.
        files.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
        return files;
    }

    List<TreePath> Checked(List<TreePath> files)
    {
        foreach (var (path, entry) in files)
        {
            DvcPath.CheckRelative(path, "the export");
            if (entry.Kind is TreeEntryKind.Link or TreeEntryKind.Table)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "dvc-cannot-hold",
                    $"'{path}' is a {(entry.Kind == TreeEntryKind.Link ? "symbolic link" : "table")}, which DVC does "
                    + "not keep.",
                    "Export the folders beside it one by one, or replace it by a file.");
            }

            if (!objects.Contains(entry.Hash))
            {
                throw new MillraceException(
                    ErrorKind.NotFound, "object-missing",
                    $"'{path}' is object {entry.Hash}, which the store does not have. Nothing was exported.",
                    "'millrace fsck' lists what is missing; 'millrace fetch' takes it again from a remote.");
            }
        }

        return files;
    }

    async Task<DvcDigest[]> WriteFilesAsync(
        List<TreePath> files, DvcCacheFolder cache, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var known = await digests.OfAsync(
            DvcDigest.Md5, files.Select(file => file.Entry.Hash).Distinct(), cancellationToken).ConfigureAwait(false);
        var done = new Dictionary<ContentHash, DvcDigest>();
        var found = new List<(ContentHash, string)>();
        foreach (var (_, entry) in files.OrderBy(file => objects.Locate(file.Entry.Hash)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (done.ContainsKey(entry.Hash))
                continue;
            if (known.TryGetValue(entry.Hash, out var text) && DvcDigest.TryParse(text, DvcDigest.Md5, out var digest)
                && cache.Contains(digest))
            {
                done.Add(entry.Hash, digest);
            }
            else
            {
                using var content = objects.OpenRead(entry.Hash);
                digest = cache.Write(content, isFolder: false);
                done.Add(entry.Hash, digest);
                found.Add((entry.Hash, digest.Hex));
            }

            progress?.Report(entry.SizeBytes);
            if (found.Count >= RememberCount)
                await RememberAsync(found, cancellationToken).ConfigureAwait(false);
        }

        await RememberAsync(found, cancellationToken).ConfigureAwait(false);
        return [.. files.Select(file => done[file.Entry.Hash])];
    }

    async Task RememberAsync(List<(ContentHash, string)> found, CancellationToken cancellationToken)
    {
        await digests.RememberAsync(DvcDigest.Md5, found, cancellationToken).ConfigureAwait(false);
        found.Clear();
    }

    static string WriteFile(string root, string path, DvcOut output)
    {
        var target = Path.Combine(root, path);
        DurableFile.CreateFolder(Path.GetDirectoryName(target)!);
        var name = target + DvcFile.Ending;
        var old = File.Exists(name) ? File.ReadAllText(name) : null;
        var file = old is null ? DvcFile.Of(output) : DvcFile.Parse(old, name);
        if (!file.Outs.Any(item => item.Path == output.Path))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "dvc-path-twice", $"'{name}' is there and tracks something else.",
                "Export to another path, or remove that file.");
        }

        AddToIgnore(Path.GetDirectoryName(target)!, output.Path);
        var text = old is null ? file.ToText() : DvcFileEdit.Apply(old, file, output, name);
        DurableFile.Write(name, Encoding.UTF8.GetBytes(text));
        return name;
    }

    static void AddToIgnore(string folder, string name)
    {
        var escaped = new StringBuilder("/");
        foreach (var value in name)
            escaped.Append(value is '*' or '?' or '[' or ']' or '\\' or '!' ? $"\\{value}" : value.ToString());
        var path = Path.Combine(folder, ".gitignore");
        var text = File.Exists(path) ? File.ReadAllText(path) : "";
        if (text.Split('\n').Any(line => line.TrimEnd('\r') == escaped.ToString()))
            return;
        var end = text.Length == 0 || text.EndsWith('\n') ? "" : "\n";
        DurableFile.Write(path, Encoding.UTF8.GetBytes($"{text}{end}{escaped}\n"));
    }
}
