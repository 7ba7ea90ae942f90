using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tables;
using Millrace.Versions;

namespace Millrace;

partial class WorkspaceErasure
{
    const int ReferencesMax = 20;

    sealed record Decision(
        WorkspaceErasureReport Report,
        TableEntry? Table,
        RowChoice? Choice,
        IReadOnlyList<FoundRows> Found,
        IReadOnlyList<ThingVersion> Versions,
        IReadOnlyList<(string View, IReadOnlyList<string> Hashes)> Segments)
    {
        public HashSet<string> Keys { get; } = Found.SelectMany(rows => rows.Keys).ToHashSet(StringComparer.Ordinal);
    }

    async Task<Decision> DecideAsync(WorkspaceErasureRequest request, CancellationToken cancellationToken)
    {
        var (table, choice) = await RowsOfAsync(request, cancellationToken).ConfigureAwait(false);
        var found = table is null ? [] : Rows.Find(table, choice!, cancellationToken);
        var versions = table is null
            ? [] : await VersionsWithAsync(table, found, cancellationToken).ConfigureAwait(false);
        var wanted = request.Objects.ToHashSet();
        foreach (var path in request.Paths)
            wanted.UnionWith(await OfPathAsync(path, cancellationToken).ConfigureAwait(false));
        var ofRows = found.SelectMany(rows => rows.Objects).ToHashSet();
        var references = await ReferencesAsync(wanted.Union(ofRows).ToHashSet(), cancellationToken)
            .ConfigureAwait(false);
        ofRows.ExceptWith(wanted);
        ofRows.ExceptWith(await NeededByOthersAsync(found, references, table, ofRows, cancellationToken)
            .ConfigureAwait(false));
        if (request.WithObjects)
            wanted.UnionWith(ofRows);
        List<ContentHash> hashes = [.. wanted.Order()];
        var objects = new List<WorkspaceErasedObject>();
        foreach (var hash in hashes)
        {
            var names = references.GetValueOrDefault(hash, []);
            var isHere = workspace.Objects.Contains(hash);
            if (!isHere && names.Count == 0 && !workspace.Tombstones.IsErased(hash))
                throw workspace.Objects.Reader.Missing(hash);
            objects.Add(new WorkspaceErasedObject(hash, names, isHere));
        }

        RefuseStructure(objects);
        var report = new WorkspaceErasureReport
        {
            RowCount = found.Sum(rows => rows.Count),
            FileCount = found.Count,
            TableVersions = [.. versions.Select(version => version.Label)],
            Objects = objects,
            LeftObjects = request.WithObjects ? [] : [.. ofRows.Order()],
            UsedBy = await UsedByAsync(versions, objects, cancellationToken).ConfigureAwait(false),
            Remotes = hashes.Count == 0 ? [] : await AskRemotesAsync(hashes, cancellationToken).ConfigureAwait(false),
            SizeBytes = found.Sum(rows => rows.File.SizeBytes)
                + await MeasureAsync(hashes, cancellationToken).ConfigureAwait(false),
            Notes = Notes(request),
        };
        var decision = new Decision(report, table, choice, found, versions, []);
        var segments = table is null ? [] : Segments(table, decision.Keys);
        return decision with
        {
            Segments = segments,
            Report = report with { FeatureViews = [.. segments.Select(item => item.View)] },
        };
    }

    /// <summary>The bytes that go with objects, here and where the store is; refuses those that cannot go, before
    /// anything is written.</summary>
    async Task<long> MeasureAsync(List<ContentHash> hashes, CancellationToken cancellationToken)
    {
        if (hashes.Count == 0)
            return 0;
        var size = new ObjectErasure(workspace.Objects).Measure(hashes);
        return workspace.Objects.Packs.Tier is { } tier
            ? size + await tier.Remote.MeasureErasureAsync(hashes, cancellationToken).ConfigureAwait(false) : size;
    }

    async Task<(TableEntry? Table, RowChoice? Choice)> RowsOfAsync(
        WorkspaceErasureRequest request, CancellationToken cancellationToken)
    {
        var hasRows = request.Keys.Count > 0 || request.Where is not null;
        if (request.Table is not { } name)
        {
            return hasRows || request.Objects.Count + request.Paths.Count == 0
                ? throw new MillraceException(
                    ErrorKind.Invalid, "erase-nothing", "Nothing is named that shall be erased.",
                    "Name rows with '--table T --keys FILE' or '--table T --where SQL', or give '--object HASH' or "
                    + "'--path PATH'.")
                : (null, null);
        }

        if (request.Keys.Count > 0 == request.Where is not null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "erase-nothing", $"It is not said which rows of table '{name}' shall be erased.",
                "Give either '--keys FILE' or '--where SQL'.");
        }

        var table = await workspace.Tables.FindAnyAsync(name, cancellationToken).ConfigureAwait(false);
        if (table is null)
        {
            // It says what there is, and what may have been meant.
            await workspace.Lineage.ResolveAsync(new ThingName("table", name, null, null), cancellationToken)
                .ConfigureAwait(false);
            throw new MillraceException(
                ErrorKind.NotFound, "thing-unknown", $"There is no table '{name}'.",
                "'millrace table list' shows the tables.");
        }

        return (table, request.Where is { } where
            ? new RowChoice(where, []) : TableErasure.OfKeys(table, request.Keys));
    }

    async Task<IReadOnlyList<ThingVersion>> VersionsWithAsync(
        TableEntry table, IReadOnlyList<FoundRows> found, CancellationToken cancellationToken)
    {
        var paths = found.Select(rows => rows.File.Path).ToHashSet(StringComparer.Ordinal);
        var all = await workspace.Lineage.VersionsAsync("table", table.Name, cancellationToken).ConfigureAwait(false);
        return [.. all.Where(version => workspace.Tables.OpenAt(version.Name, version.Number).Files.Any(
            file => paths.Contains(file.Path)))];
    }

    /// <summary>What a path had in every commit, and has in what is staged.</summary>
    async Task<IReadOnlySet<ContentHash>> OfPathAsync(string path, CancellationToken cancellationToken)
    {
        var versions = workspace.Versions;
        var tips = (await versions.Refs.TipsAsync(cancellationToken).ConfigureAwait(false)).Select(tip => tip.Item1)
            .ToList();
        if ((await versions.HeadAsync(cancellationToken).ConfigureAwait(false)).Commit is { } head)
            tips.Add(head);
        var hashes = new HashSet<ContentHash>();
        var trees = new HashSet<ContentHash>();
        foreach (var entry in versions.History.Walk(tips))
            Add(entry.Commit.Tree);
        if (versions.StagedTree is { } staged)
            Add(staged);
        return hashes.Count > 0 ? hashes : throw new MillraceException(
            ErrorKind.NotFound, "path-unknown", $"No commit has a file '{path}'.",
            "'millrace ls' shows what there is; paths begin at the workspace's folder.");

        void Add(ContentHash tree)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!trees.Add(tree) || versions.Find(tree, path) is not { } entry)
                return;
            if (entry.Kind == TreeEntryKind.Folder)
                hashes.UnionWith(versions.ListFiles(entry.Hash).Select(file => file.Entry.Hash));
            else
                hashes.Add(entry.Hash);
        }
    }

    async Task<Dictionary<ContentHash, List<string>>> ReferencesAsync(
        HashSet<ContentHash> hashes, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ContentHash, List<string>>();
        if (hashes.Count == 0)
            return found;
        foreach (var room in workspace.RootSources)
        {
            await foreach (var root in room.RootsAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!hashes.Contains(root.Hash))
                    continue;
                if (!found.TryGetValue(root.Hash, out var names))
                    found.Add(root.Hash, names = []);
                if (names.Count < ReferencesMax)
                    names.Add($"{room.Room}: {root.ReferencedBy}");
            }
        }

        return found;
    }

    /// <summary>Objects of erased rows that other rows, or other rooms than lineage, name too.</summary>
    async Task<IReadOnlySet<ContentHash>> NeededByOthersAsync(
        IReadOnlyList<FoundRows> found, Dictionary<ContentHash, List<string>> references, TableEntry? table,
        HashSet<ContentHash> candidates, CancellationToken cancellationToken)
    {
        var needed = found.SelectMany(rows => rows.KeptObjects).ToHashSet();
        foreach (var (hash, names) in references)
        {
            if (names.Any(name => !name.StartsWith("tables: ", StringComparison.Ordinal)
                && !name.StartsWith("lineage: object:", StringComparison.Ordinal)))
            {
                needed.Add(hash);
            }
        }

        if (candidates.Count == 0)
            return needed;
        var rewritten = found.Select(rows => rows.File.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var other in await workspace.Tables.ListAllAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var (file, list) in workspace.Tables.ObjectLists(other.Name))
            {
                if (other.Name == table?.Name && rewritten.Contains(file))
                    continue;
                await foreach (var line in File.ReadLinesAsync(list, cancellationToken).ConfigureAwait(false))
                    needed.Add(ContentHash.Parse(line));
            }
        }

        return needed;
    }

    /// <summary>Without a folder or a commit, everything in it would be lost.</summary>
    void RefuseStructure(IReadOnlyList<WorkspaceErasedObject> objects)
    {
        foreach (var item in objects.Where(item => item.IsHere))
        {
            if (workspace.Objects.Size(item.Hash) > 2 * Commit.MessageBytesMax)
                continue;
            var bytes = workspace.Objects.Read(item.Hash);
            if (TreeNode.TryRead(bytes) is null && Commit.TryRead(bytes) is null)
                continue;
            throw new MillraceException(
                ErrorKind.Invalid, "object-structure",
                $"Object {item.Hash} is a commit or a folder of one: without it the files that it names were lost.",
                "Name the files themselves with '--path PATH' or '--object HASH'.");
        }
    }

    async Task<IReadOnlyList<string>> UsedByAsync(
        IReadOnlyList<ThingVersion> versions, List<WorkspaceErasedObject> objects, CancellationToken cancellationToken)
    {
        var labels = new SortedSet<string>(StringComparer.Ordinal);
        var starts = versions.ToDictionary(version => version.Id);
        foreach (var item in objects)
        {
            foreach (var version in await workspace.Lineage.OfHashAsync(item.Hash.ToString(), cancellationToken)
                .ConfigureAwait(false))
            {
                starts[version.Id] = version;
            }

            foreach (var reference in item.References)
            {
                var label = reference[(reference.IndexOf(": ", StringComparison.Ordinal) + 2)..];
                if (!reference.StartsWith("tables: ", StringComparison.Ordinal)
                    && !reference.StartsWith("lineage: ", StringComparison.Ordinal))
                {
                    continue;
                }

                var version = await workspace.Lineage.ResolveAsync(ThingName.Parse(label), cancellationToken)
                    .ConfigureAwait(false);
                starts[version.Id] = version;
                labels.Add(version.Label);
            }
        }

        foreach (var id in starts.Keys)
            Add(await workspace.Lineage.ImpactAsync(id, cancellationToken).ConfigureAwait(false));
        return [.. labels];

        void Add(LineageNode root)
        {
            var open = new Stack<LineageNode>(root.Next);
            while (open.TryPop(out var node))
            {
                labels.Add(node.Version.Label);
                foreach (var next in node.Next)
                    open.Push(next);
            }
        }
    }

    IReadOnlyList<(string View, IReadOnlyList<string> Hashes)> Segments(TableEntry table, IReadOnlySet<string> keys)
    {
        if (!Directory.Exists(workspace.Paths.Online))
            return [];
        return [.. Directory.EnumerateDirectories(workspace.Paths.Online).Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal)
            .Select(view => (view, Online.Find(view, table.KeyColumns, keys)))
            .Where(item => item.Item2.Count > 0)];
    }

    async Task<IReadOnlyList<string>> AskRemotesAsync(
        List<ContentHash> hashes, CancellationToken cancellationToken)
    {
        var answers = new List<string>();
        foreach (var name in workspace.Settings.Remotes.ByName.Keys)
        {
            try
            {
                using var remote = workspace.OpenRemote(name);
                var there = await remote.FindAsync(hashes, cancellationToken).ConfigureAwait(false);
                if (there.Count > 0)
                {
                    answers.Add(
                        $"'{name}' ({remote.Description}) has {there.Count} of the objects; '--remotes' erases there.");
                }
            }
            catch (MillraceException exception)
            {
                answers.Add($"'{name}' could not be asked and may have the objects: {exception.Message}");
            }
        }

        return answers;
    }

    List<string> Notes(WorkspaceErasureRequest request)
    {
        var notes = new List<string>();
        var aside = Path.Combine(workspace.Objects.Folder, ObjectRepair.FolderName);
        if (Directory.Exists(aside) && Directory.EnumerateFileSystemEntries(aside).Any())
            notes.Add($"'{aside}' holds packs that 'fsck --repair' put aside; they may hold the objects: delete them.");
        if (request.Paths.Count > 0)
            notes.Add("Files in the workspace's folder stay as they are; delete those that shall go.");
        if (request.Table is not null)
            notes.Add("Tables and models that were made from the rows are listed, not changed: make them anew.");
        return notes;
    }
}
