using Millrace.Objects;
using Millrace.Versions;

namespace Millrace.Buckets;

/// <summary>A bucket that nobody writes to: <c>REF/PATH</c> is the file at that path of a branch, a tag or a commit, so
/// that every S3 client reads versions without a checkout.</summary>
/// <remarks>Trees are walked as far as a page goes. A folder's keys come where its name with a slash sorts, which is
/// behind a file like <c>folder.txt</c> though the folder's name is before it.</remarks>
public sealed class VersionBucket
{
    /// <summary>The bucket's name.</summary>
    public const string Name = "millrace";

    const int TagDigits = 32;

    readonly TreeStore _trees;
    readonly Func<CancellationToken, Task<IReadOnlyList<VersionRef>>> _list;
    readonly Func<string, CancellationToken, Task<VersionRef?>> _resolve;

    /// <param name="objects">Where the trees are.</param>
    /// <param name="list">The names that listings show.</param>
    /// <param name="resolve">Finds any name of a version, also those that are not listed, as commits.</param>
    public VersionBucket(
        ObjectStore objects, Func<CancellationToken, Task<IReadOnlyList<VersionRef>>> list,
        Func<string, CancellationToken, Task<VersionRef?>> resolve)
    {
        _trees = new TreeStore(objects);
        _list = list;
        _resolve = resolve;
    }

    /// <summary>A page of the files of all names.</summary>
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>object-missing</c>.</exception>
    public async Task<ObjectPage> ListAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        var refs = (await _list(cancellationToken).ConfigureAwait(false))
            .OrderBy(version => $"{version.Name}/", Comparer<string>.Create((left, right) =>
                Utf8Order.Compare(left, right))).ToList();
        return BucketStore.Page(query, BucketStore.Start(query), (place, max) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return [.. Walk(refs, query.Prefix, place).Take(max).Select(
                version => new BucketStore.ListedRow(version, 0))];
        });
    }

    /// <summary>The file of a key; null when there is none.</summary>
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>object-missing</c>.</exception>
    public async Task<ObjectVersion?> FindAsync(string key, CancellationToken cancellationToken = default)
    {
        var refs = await _list(cancellationToken).ConfigureAwait(false);
        var named = refs.Where(version => key.StartsWith($"{version.Name}/", StringComparison.Ordinal))
            .MaxBy(version => version.Name.Length);
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        if (named is null && slash > 0)
            named = await _resolve(key[..slash], cancellationToken).ConfigureAwait(false);
        if (named is null)
            return null;
        var path = key[((named.Name.Length < key.Length && key.StartsWith($"{named.Name}/", StringComparison.Ordinal)
            ? named.Name.Length : slash) + 1)..];
        return path.Length > 0 && !path.Split('/').Contains("") && _trees.Find(named.Tree, path) is { } entry
            && IsFile(entry) ? Version(key, entry, named.Time) : null;
    }

    IEnumerable<ObjectVersion> Walk(List<VersionRef> refs, string prefix, BucketStore.Place place)
    {
        foreach (var version in refs)
        {
            foreach (var found in Folder(version.Tree, $"{version.Name}/", prefix, place, version.Time, 0))
                yield return found;
        }
    }

    IEnumerable<ObjectVersion> Folder(
        ContentHash tree, string path, string prefix, BucketStore.Place place, DateTimeOffset time, int depth)
    {
        if (depth > TreeStore.DepthMax || !MayHold(path, prefix, place))
            yield break;
        // Folders that wait for files whose names go on with a character before the slash.
        var waiting = new PriorityQueue<TreeEntry, string>(
            Comparer<string>.Create((left, right) => Utf8Order.Compare(left, right)));
        foreach (var entry in From(_trees.Read(tree), Begin(path, prefix, place)))
        {
            while (waiting.TryPeek(out var folder, out var name) && Utf8Order.Compare(name, entry.Name) < 0)
            {
                waiting.Dequeue();
                foreach (var found in Folder(folder.Hash, path + name, prefix, place, time, depth + 1))
                    yield return found;
            }

            if (entry.Kind == TreeEntryKind.Folder)
                waiting.Enqueue(entry, $"{entry.Name}/");
            else if (IsFile(entry) && IsListed(path + entry.Name, prefix, place))
                yield return Version(path + entry.Name, entry, time);
            else if (IsBehind(path + entry.Name, prefix))
                break;
        }

        while (waiting.TryDequeue(out var folder, out var name))
        {
            foreach (var found in Folder(folder.Hash, path + name, prefix, place, time, depth + 1))
                yield return found;
        }
    }

    /// <summary>The entries of a folder from a name on; nodes before it are not opened.</summary>
    IEnumerable<TreeEntry> From(TreeNode node, string name)
    {
        for (var i = 0; i < node.Entries.Count; i++)
        {
            if (node.Level == 0)
            {
                if (Utf8Order.Compare(node.Entries[i].Name, name) >= 0)
                    yield return node.Entries[i];
                continue;
            }

            if (i + 1 < node.Entries.Count && Utf8Order.Compare(node.Entries[i + 1].Name, name) <= 0)
                continue;
            foreach (var entry in From(_trees.Read(node.Entries[i].Hash), name))
                yield return entry;
        }
    }

    /// <summary>A name before which no entry of the folder has a key that is wanted.</summary>
    static string Begin(string path, string prefix, BucketStore.Place place)
    {
        var least = Utf8Order.Compare(place.Key, prefix) > 0 ? place.Key : prefix;
        if (!least.StartsWith(path, StringComparison.Ordinal))
            return "";
        var rest = least.AsSpan(path.Length);
        // A folder 'a' holds keys behind 'a-b', since the slash comes behind the hyphen.
        var end = rest.IndexOfAnyInRange('\0', '/');
        return (end < 0 ? rest : rest[..end]).ToString();
    }

    /// <summary>Whether a folder, by its path with a slash, may hold keys that are wanted.</summary>
    static bool MayHold(string path, string prefix, BucketStore.Place place) =>
        (path.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(path, StringComparison.Ordinal))
        && (KeyRange.End(path) is not { } end || Utf8Order.Compare(end, place.Key) > 0);

    static bool IsListed(string key, string prefix, BucketStore.Place place)
    {
        var order = Utf8Order.Compare(key, place.Key);
        return key.StartsWith(prefix, StringComparison.Ordinal) && (place.IsIncluded ? order >= 0 : order > 0);
    }

    static bool IsBehind(string key, string prefix) =>
        KeyRange.End(prefix) is { } end && prefix.Length > 0 && Utf8Order.Compare(key, end) >= 0;

    static bool IsFile(TreeEntry entry) =>
        entry.Kind is TreeEntryKind.File or TreeEntryKind.Executable or TreeEntryKind.Link;

    // The hyphen tells clients that this is no MD5.
    static ObjectVersion Version(string key, TreeEntry entry, DateTimeOffset time) => new()
    {
        Key = key,
        IsLatest = true,
        SizeBytes = entry.SizeBytes,
        ETag = $"{entry.Hash.ToString()[..TagDigits]}-1",
        ModifiedAt = time,
        Parts = [new BodyPart(entry.Hash, entry.SizeBytes)],
    };
}
