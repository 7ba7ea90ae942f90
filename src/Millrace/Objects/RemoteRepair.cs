using Millrace.Catalog;
using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

/// <summary><c>fsck --remote --repair</c>: makes indexes again from their packs, pushes what is lost and this store
/// has, moves what can be read out of damaged packs, and puts those aside that something was lost of.</summary>
/// <remarks>A new pack is there before an old one goes, so that an interruption loses nothing; done again it does the
/// rest. Of what is lost in the end no list remains that names it: the next push from a workspace that has it sends it.
/// Bytes: the remote read once, the damaged packs read and written once more.</remarks>
/// <param name="remote">The remote; not disposed.</param>
/// <param name="store">Has what may be lost there.</param>
/// <param name="scratchFolder">What stays of a pack goes through a store in this folder; made here and deleted.</param>
/// <param name="key">The key of the remote; null when it is not encrypted.</param>
public sealed class RemoteRepair(ObjectRemote remote, ObjectStore store, string scratchFolder, StoreKey? key)
{
    /// <summary>Where packs are put aside on the remote.</summary>
    public const string FolderName = "damaged/";

    const int BlockSize = 1 << 20;

    readonly RemoteIndex _index = remote.Index;

    /// <summary>Repairs what can be repaired.</summary>
    /// <param name="rooms">Everyone who holds references to objects of the remote.</param>
    /// <param name="progress">Told while the remote is read; null is nobody.</param>
    /// <param name="cancellationToken">Ends it; what was begun is left whole.</param>
    /// <exception cref="MillraceException"><c>remote-damaged</c>: the plan of a sweep cannot be read; and as for
    /// <see cref="ObjectRemote.PushAsync(ObjectStore, IReadOnlyCollection{ContentHash}, IProgress{TransferReport}?,
    /// CancellationToken)"/>.</exception>
    public async Task<RemoteRepairReport> RepairAsync(
        IEnumerable<IRootSource> rooms, IProgress<ObjectCheckProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (store.Packs.Tier is { } tier)
            tier.KeepsAll = true;
        var check = new RemoteCheck(remote);
        var before = await check.CheckAsync(rooms, progress, cancellationToken).ConfigureAwait(false);
        if (before.IsClean)
            return new RemoteRepairReport(before, [], [], [], []);
        await remote.DropDamagedPlanAsync(cancellationToken).ConfigureAwait(false);
        remote.RefusePlan();
        var strange = await MendIndexesAsync(check.Faults, cancellationToken).ConfigureAwait(false);
        List<MissingObject> wanted =
            [.. before.Damaged.Select(item => new MissingObject(item.Hash, item.References))
                .Concat(before.Missing).OrderBy(item => item.Hash)];
        var here = new List<ContentHash>();
        foreach (var item in wanted)
        {
            if (await IsWholeHereAsync(item.Hash, cancellationToken).ConfigureAwait(false))
                here.Add(item.Hash);
        }

        List<RemotePack> packs =
            [.. check.DamagedPacks.Concat(strange).Concat(check.BrokenLists
                .Where(location => location.Entry.Kind == EntryKind.Node || !here.Contains(location.Entry.Id))
                .Select(location => location.Pack)).DistinctBy(pack => pack.Name)];
        _index.LeaveOut([.. packs.Select(pack => pack.Name)]);
        await remote.PushAsync(store, here.ToAsyncEnumerable(), looksAtParts: true, null, cancellationToken)
            .ConfigureAwait(false);
        // What names others comes after them, so that no index names what is not there.
        foreach (var kinds in (EntryKinds[])[EntryKinds.Bytes, EntryKinds.Node, EntryKinds.Recipe])
        {
            foreach (var pack in packs)
                await MoveAsync(pack, kinds, cancellationToken).ConfigureAwait(false);
        }

        var aside = new List<string>();
        foreach (var pack in packs)
        {
            if (RemotePack.NameOf(pack.Index) != pack.Name || !IsAllElsewhere(pack))
                aside.Add(await PutAsideAsync(pack, cancellationToken).ConfigureAwait(false));
            await remote.Backend.DeleteAsync(pack.File, cancellationToken).ConfigureAwait(false);
            await remote.Backend.DeleteAsync(RemotePack.IndexFileOf(pack.Name), cancellationToken)
                .ConfigureAwait(false);
        }

        var lost = wanted.FindAll(item => !_index.TryFind(item.Hash, EntryKinds.Object, out _));
        return new RemoteRepairReport(
            before, [.. packs.Select(pack => pack.File)], aside,
            [.. wanted.Except(lost).Select(item => item.Hash)], lost);
    }

    /// <summary>Writes again the indexes whose packs still tell what they held.</summary>
    /// <returns>The packs that do not, with what can be read of them.</returns>
    async Task<List<RemotePack>> MendIndexesAsync(
        IReadOnlyList<RemoteIndexFault> faults, CancellationToken cancellationToken)
    {
        var strange = new List<RemotePack>();
        foreach (var fault in faults)
        {
            if (fault.Pack is { } cut)
            {
                strange.Add(cut);
                continue;
            }

            var pack = await ScanAsync(fault, cancellationToken).ConfigureAwait(false);
            if (RemotePack.NameOf(pack.Index) != fault.Name)
            {
                strange.Add(pack);
                continue;
            }

            using var bytes = new MemoryStream(pack.Index, writable: false);
            await remote.Backend.PutAsync(
                RemotePack.IndexFileOf(pack.Name), bytes, pack.Index.Length, cancellationToken).ConfigureAwait(false);
            _index.TakeBack(pack);
        }

        return strange;
    }

    /// <summary>The pack with an index of what in it proves itself.</summary>
    async Task<RemotePack> ScanAsync(RemoteIndexFault fault, CancellationToken cancellationToken)
    {
        var path = await TakeAsync(RemotePack.FileOf(fault.Name), cancellationToken).ConfigureAwait(false);
        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            var entries = await Task.Run(
                () => PackRecovery.Scan(file, PackFolder.HeaderSize, length, remote.Cipher), cancellationToken)
                .ConfigureAwait(false);
            return new RemotePack(
                fault.Name, PackIndex.Write(entries, PackFolder.HeaderSize, length, remote.Cipher), length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    async Task<bool> IsWholeHereAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        if (store.IsErased?.Invoke(hash) == true)
            return false;
        try
        {
            var stream = store.OpenRead(hash);
            await using var owned = stream.ConfigureAwait(false);
            await stream.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
        {
            return false;
        }
    }

    /// <summary>Sends in new packs what can be read of one and is nowhere else. A list of which something is lost
    /// stays behind.</summary>
    async Task MoveAsync(RemotePack pack, EntryKinds kinds, CancellationToken cancellationToken)
    {
        RemoteLocation[] entries = [.. _index.EntriesOf(pack, out _).Where(location =>
            kinds.Has(location.Entry.Kind) && !IsElsewhere(location.Entry))];
        if (entries.Length == 0)
            return;
        try
        {
            using var scratch = new ObjectStore(scratchFolder, key);
            using (var batch = scratch.BeginBatch())
            {
                await remote.Reader.ReadAsync(
                    entries,
                    (number, payload) =>
                    {
                        if (kinds == EntryKinds.Bytes || IsWhole(entries[number], payload))
                            batch.PutStored(entries[number].Entry, payload);
                    },
                    cancellationToken, _ => { }).ConfigureAwait(false);
                await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            var kept = scratch.Packs.List(EntryKinds.All);
            if (kept.Count > 0)
            {
                await new PackUpload(remote.Backend, _index, scratch.Packs, scratch.Codecs)
                    .SendAsync(kept, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (Directory.Exists(scratchFolder))
                Directory.Delete(scratchFolder, recursive: true);
        }
    }

    bool IsWhole(RemoteLocation location, ReadOnlySpan<byte> payload)
    {
        var list = remote.List(location, payload);
        var kinds = list.PartKind == EntryKind.Node ? EntryKinds.Node : EntryKinds.Bytes;
        return list.Parts.All(part => _index.TryFind(part.Id, kinds, out _));
    }

    bool IsElsewhere(PackEntry entry) => _index.TryFind(
        entry.Id,
        entry.Kind switch
        {
            EntryKind.Chunk => EntryKinds.Bytes,
            EntryKind.Node => EntryKinds.Node,
            _ => EntryKinds.Object,
        },
        out _);

    bool IsAllElsewhere(RemotePack pack) =>
        _index.EntriesOf(pack, out var strayCount).All(location => IsElsewhere(location.Entry)) && strayCount == 0;

    async Task<string> PutAsideAsync(RemotePack pack, CancellationToken cancellationToken)
    {
        var name = $"{FolderName}{pack.Name}{PackFolder.PackSuffix}";
        var path = await TakeAsync(pack.File, cancellationToken).ConfigureAwait(false);
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            await using var owned = file.ConfigureAwait(false);
            await remote.Backend.PutAsync(name, file, file.Length, cancellationToken).ConfigureAwait(false);
            return name;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Copies a file of the remote into a scratch file.</summary>
    async Task<string> TakeAsync(string name, CancellationToken cancellationToken)
    {
        var path = scratchFolder + ".file";
        DurableFile.MakeFolder(DurableFile.FolderOf(path));
        var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        await using var owned = file.ConfigureAwait(false);
        var block = new byte[BlockSize];
        int count;
        while ((count = await remote.Backend.ReadAsync(name, file.Position, block, cancellationToken)
            .ConfigureAwait(false)) > 0)
        {
            await file.WriteAsync(block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }

        return path;
    }
}
