using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

partial class RemoteIndex
{
    /// <summary>Packs whose indexes no longer count.</summary>
    readonly HashSet<string> _leftOut = new(StringComparer.Ordinal);

    /// <summary>Every pack that counts.</summary>
    public List<RemotePack> Packs()
    {
        lock (_lock)
            return [.. _packs];
    }

    /// <summary>Packs that were known here, and that the remote has no more: a sweep replaced them, or somebody
    /// deleted them.</summary>
    public IReadOnlyList<string> Gone()
    {
        if (!Directory.Exists(cacheFolder))
            return [];
        lock (_lock)
        {
            return [.. Directory.EnumerateFiles(cacheFolder, "*" + PackFolder.IndexSuffix)
                .Select(path => Path.GetFileNameWithoutExtension(path)).Where(name => !_names.Contains(name))];
        }
    }

    /// <summary>Lets go of what is kept of packs that are gone, once what they had is known to be there.</summary>
    public void ForgetGone(IReadOnlyList<string> names)
    {
        foreach (var name in names)
            File.Delete(Path.Join(cacheFolder, name + PackFolder.IndexSuffix));
    }

    /// <summary>From now on these packs count for nothing here, and no new one gets such a name.</summary>
    public void LeaveOut(IReadOnlyCollection<string> names)
    {
        lock (_lock)
        {
            _leftOut.UnionWith(names);
            var kept = _packs.FindAll(pack => !_leftOut.Contains(pack.Name));
            if (kept.Count == _packs.Count)
                return;
            _packs.Clear();
            _names.Clear();
            _table.Clear();
            kept.ForEach(Include);
        }
    }

    /// <summary>Lets a pack count again whose index is whole now.</summary>
    public void TakeBack(RemotePack pack)
    {
        lock (_lock)
            _leftOut.Remove(pack.Name);
        Add(pack);
    }

    /// <summary>Reads every index as the remote has it now, whatever is kept here, and compares each with its name and
    /// with the length of its pack. What does not fit counts for nothing from then on.</summary>
    public async Task<IReadOnlyList<RemoteIndexFault>> ProveAsync(CancellationToken cancellationToken)
    {
        var (sizes, indexes, _) = await ListAsync(cancellationToken).ConfigureAwait(false);
        var faults = new List<RemoteIndexFault>();
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = FetchesMax,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            indexes.Where(sizes.ContainsKey), options,
            async (name, cancel) =>
            {
                var (isThere, pack) = await ReadIndexAsync(name, cancel).ConfigureAwait(false);
                if (pack is not null)
                    Keep(pack);
                if (!isThere || pack?.Length == sizes[name])
                    return;
                lock (faults)
                    faults.Add(new RemoteIndexFault(name, pack, sizes[name]));
            }).ConfigureAwait(false);
        LeaveOut([.. faults.Select(fault => fault.Name)]);
        faults.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return faults;
    }

    /// <summary>Every entry of a pack, with its own id.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="strayCount">How many its index names that cannot be.</param>
    public RemoteLocation[] EntriesOf(RemotePack pack, out int strayCount)
    {
        var entries = new List<RemoteLocation>(pack.EntryCount);
        foreach (var entry in pack.InOrder())
        {
            if (entry.IsPlausible && entry.Kind != EntryKind.Commit && entry.End <= pack.Length)
                entries.Add(new RemoteLocation(pack, entry with { Id = cipher?.Reveal(entry.Id) ?? entry.Id }));
        }

        strayCount = pack.EntryCount - entries.Count;
        return [.. entries];
    }

    async Task<(bool IsThere, RemotePack? Pack)> ReadIndexAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await backend.ReadAsync(RemotePack.IndexFileOf(name), cancellationToken).ConfigureAwait(false)
                is { } value ? (true, RemotePack.TryRead(name, value.Bytes)) : (false, null);
        }
        catch (MillraceException exception) when (exception.Kind == ErrorKind.Corrupt)
        {
            // Longer than any index can be.
            return (true, null);
        }
    }
}
