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

    /// <summary>Names whose files are looked for at first; then twice as many each time.</summary>
    const int RefsAtFirst = 32;

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
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>tree-too-large</c>, <c>object-missing</c>.
    /// </exception>
    public async Task<ObjectPage> ListAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        var start = BucketStore.Start(query);
        var refs = (await NamedAsync(query.Prefix, cancellationToken).ConfigureAwait(false))
            .Where(version => start is not null && MayHold($"{version.Name}/", query.Prefix, start))
            .OrderBy(version => $"{version.Name}/", Utf8Order.Instance).ToList();
        var shown = new List<ShownRef>();
        while (true)
        {
            // What a name shows may be a question to git, and most of them are on later pages.
            var more = Math.Max(RefsAtFirst, shown.Count);
            foreach (var version in refs.Skip(shown.Count).Take(more))
                shown.Add(new ShownRef(version, await version.RootsAsync(cancellationToken).ConfigureAwait(false)));
            var page = BucketStore.Page(query, start, (place, max) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return [.. Walk(shown, query.Prefix, place).Take(max).Select(
                    version => new BucketStore.ListedRow(version, 0))];
            });
            // A name within another one's goes with that.
            if (shown.Count == refs.Count
                || (page.IsTruncated && !shown.Exists(one => IsWithin(refs[shown.Count], one.Ref))))
            {
                return page;
            }
        }
    }

    /// <summary>When the newest of all names came to be; null when there is none.</summary>
    public async Task<DateTimeOffset?> ModifiedAtAsync(CancellationToken cancellationToken = default)
    {
        var refs = await _list(cancellationToken).ConfigureAwait(false);
        return refs.Count == 0 ? null : refs.Max(version => version.Time);
    }

    /// <summary>The names that are listed, and the commit that a prefix names by another one.</summary>
    async Task<IReadOnlyList<VersionRef>> NamedAsync(string prefix, CancellationToken cancellationToken)
    {
        var refs = await _list(cancellationToken).ConfigureAwait(false);
        var slash = prefix.IndexOf('/', StringComparison.Ordinal);
        var first = slash <= 0 ? "" : prefix[..(slash + 1)];
        if (slash <= 0 || refs.Any(version => $"{version.Name}/".StartsWith(first, StringComparison.Ordinal)))
            return refs;
        return await _resolve(prefix[..slash], cancellationToken).ConfigureAwait(false) is { } found
            ? [.. refs, found with { Name = prefix[..slash] }] : refs;
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
        if (path.Length == 0 || path.Split('/').Contains(""))
            return null;
        foreach (var root in await named.RootsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Find(root, path) is { } entry && IsFile(entry))
                return Version(key, entry, named.Time);
        }

        return null;
    }

    TreeEntry? Find(TreePath root, string path)
    {
        if (root.Path == path)
            return root.Entry;
        if (root.Entry.Kind != TreeEntryKind.Folder)
            return null;
        return root.Path.Length == 0 ? _trees.Find(root.Entry.Hash, path)
            : path.StartsWith($"{root.Path}/", StringComparison.Ordinal)
                ? _trees.Find(root.Entry.Hash, path[(root.Path.Length + 1)..]) : null;
    }

    /// <summary>The files of names in the order of their keys. A tag may be named like a folder of a branch; its files
    /// are then among that one's, and are meant where both have one.</summary>
    IEnumerable<ObjectVersion> Walk(List<ShownRef> refs, string prefix, BucketStore.Place place)
    {
        for (var i = 0; i < refs.Count;)
        {
            var count = 1;
            while (i + count < refs.Count && IsWithin(refs[i + count].Ref, refs[i].Ref))
                count++;
            var files = count == 1 ? Files(refs[i], prefix, place)
                : Merge(refs.GetRange(i, count).ConvertAll(version => Files(version, prefix, place)));
            foreach (var found in files)
                yield return found;
            i += count;
        }
    }

    static bool IsWithin(VersionRef one, VersionRef other) =>
        one.Name.StartsWith($"{other.Name}/", StringComparison.Ordinal);

    /// <summary>Files in order from several that are in order; of one key the last one's.</summary>
    static IEnumerable<ObjectVersion> Merge(List<IEnumerable<ObjectVersion>> all)
    {
        var heads = new List<IEnumerator<ObjectVersion>>();
        try
        {
            foreach (var files in all)
            {
                var head = files.GetEnumerator();
                heads.Add(head);
                if (!head.MoveNext())
                    Drop(heads, head);
            }

            while (heads.Count > 0)
            {
                var least = heads[0].Current;
                foreach (var head in heads)
                    least = Utf8Order.Compare(head.Current.Key, least.Key) <= 0 ? head.Current : least;
                yield return least;
                foreach (var head in heads.Where(head => head.Current.Key == least.Key).ToList())
                {
                    if (!head.MoveNext())
                        Drop(heads, head);
                }
            }
        }
        finally
        {
            heads.ForEach(head => head.Dispose());
        }
    }

    static void Drop(List<IEnumerator<ObjectVersion>> heads, IEnumerator<ObjectVersion> head)
    {
        heads.Remove(head);
        head.Dispose();
    }

    IEnumerable<ObjectVersion> Files(ShownRef version, string prefix, BucketStore.Place place)
    {
        foreach (var (path, entry) in version.Roots)
        {
            var key = path.Length == 0 ? version.Ref.Name : $"{version.Ref.Name}/{path}";
            if (entry.Kind != TreeEntryKind.Folder)
            {
                if (IsFile(entry) && IsListed(key, prefix, place))
                    yield return Version(key, entry, version.Ref.Time);
                continue;
            }

            if (!MayHold($"{key}/", prefix, place) || IsLeftOut(entry, version.Ref))
                continue;
            var budget = new TreeBudget(entry.Hash, TreeStore.SaidFiles(_trees.Read(entry.Hash)));
            foreach (var found in Folder(entry, $"{key}/", new Walked(version.Ref, prefix, place, budget), 0))
                yield return found;
        }
    }

    IEnumerable<ObjectVersion> Folder(TreeEntry tree, string path, Walked walked, int depth)
    {
        var (version, prefix, place, budget) = walked;
        if (!MayHold(path, prefix, place) || IsLeftOut(tree, version))
            yield break;
        if (depth > TreeStore.DepthMax)
            throw TreeStore.Damaged(tree.Hash, $"it is more than {TreeStore.DepthMax} folders deep");
        var before = budget.FileCount;
        // Folders that wait for files whose names go on with a character before the slash.
        var waiting = new PriorityQueue<TreeEntry, string>(Utf8Order.Instance);
        foreach (var entry in From(_trees.Read(tree.Hash), Begin(path, prefix, place), version))
        {
            while (waiting.TryPeek(out var folder, out var name) && Utf8Order.Compare(name, entry.Name) < 0)
            {
                waiting.Dequeue();
                foreach (var found in Folder(folder, path + name, walked, depth + 1))
                    yield return found;
            }

            if (entry.Kind == TreeEntryKind.Folder)
            {
                waiting.Enqueue(entry, $"{entry.Name}/");
                continue;
            }

            budget.Take(1);
            if (IsFile(entry) && IsListed(path + entry.Name, prefix, place))
                yield return Version(path + entry.Name, entry, version.Time);
            else if (IsBehind(path + entry.Name, prefix))
                break;
        }

        while (waiting.TryDequeue(out var folder, out var name))
        {
            foreach (var found in Folder(folder, path + name, walked, depth + 1))
                yield return found;
        }

        budget.Leave(before);
    }

    /// <summary>The entries of a folder from a name on; nodes before it are not opened.</summary>
    IEnumerable<TreeEntry> From(TreeNode node, string name, VersionRef version)
    {
        TreeEntry? last = null;
        for (var i = 0; i < node.Entries.Count; i++)
        {
            if (node.Level == 0)
            {
                if (Utf8Order.Compare(node.Entries[i].Name, name) >= 0)
                    yield return node.Entries[i];
                continue;
            }

            if ((i + 1 < node.Entries.Count && Utf8Order.Compare(node.Entries[i + 1].Name, name) <= 0)
                || IsLeftOut(node.Entries[i], version))
            {
                continue;
            }

            foreach (var entry in From(_trees.ReadBelow(node.Entries[i], node.Level - 1, last), name, version))
                yield return last = entry;
        }
    }

    bool IsLeftOut(TreeEntry folder, VersionRef version) =>
        version.MayLack && !_trees.Objects.Contains(folder.Hash);

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

    /// <summary>A name with what it shows.</summary>
    sealed record ShownRef(VersionRef Ref, IReadOnlyList<TreePath> Roots);

    /// <summary>What a walk of one tree is for.</summary>
    sealed record Walked(VersionRef Ref, string Prefix, BucketStore.Place Place, TreeBudget Budget);
}
