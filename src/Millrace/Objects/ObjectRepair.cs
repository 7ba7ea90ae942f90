using Millrace.Catalog;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary><c>fsck --repair</c>: moves what can be read out of damaged packs, puts those aside, and takes again from
/// elsewhere what was lost. It deletes nothing.</summary>
/// <remarks>Bytes: the whole store read once, the damaged packs written once more. May run beside readers and writers.
/// </remarks>
/// <param name="store">The store to repair.</param>
public sealed class ObjectRepair(ObjectStore store)
{
    /// <summary>The folder in the store for packs that were put aside.</summary>
    public const string FolderName = "damaged";

    /// <summary>Repairs what can be repaired.</summary>
    /// <param name="rooms">Everyone who holds references.</param>
    /// <param name="sources">Where an object may be had, in the order to ask; null is an answer. What they give is
    /// compared with its hash.</param>
    /// <param name="progress">Told while the store is read; null is nobody.</param>
    /// <param name="cancellationToken">Ends the repair; what was begun is left whole.</param>
    /// <exception cref="MillraceException"><c>sweep-running</c>, and those of writing.</exception>
    public async Task<RepairReport> RepairAsync(
        IEnumerable<IRootSource> rooms,
        IReadOnlyList<Func<ContentHash, CancellationToken, Task<Stream?>>> sources,
        IProgress<ObjectCheckProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var own = Directory.Exists(store.Folder)
            ? FolderLock.TryAcquire(store.Folder) ?? throw new MillraceException(
                ErrorKind.Conflict, "sweep-running", $"Another process sweeps or repairs '{store.Folder}'.",
                "Wait until it is done; then run the repair again.")
            : null;
        store.Packs.Writers.ReleaseFree();
        var check = new ObjectCheck(store);
        var before = await check.CheckAsync(rooms, progress, cancellationToken).ConfigureAwait(false);
        var (aside, inUse) = await Task.Run(() => PutAside(check.DamagedPacks), cancellationToken)
            .ConfigureAwait(false);
        var wanted = before.Damaged.Select(item => new MissingObject(item.Hash, item.References))
            .Concat(before.Missing).OrderBy(item => item.Hash).ToList();
        var restored = new List<ContentHash>();
        var lost = new List<MissingObject>();
        foreach (var item in wanted)
        {
            var isThere = await IsWholeAsync(item.Hash, cancellationToken).ConfigureAwait(false)
                || await TakeAsync(item.Hash, sources, cancellationToken).ConfigureAwait(false);
            if (isThere)
                restored.Add(item.Hash);
            else
                lost.Add(item);
        }

        return new RepairReport(before, aside, inUse, restored, lost);
    }

    (List<string> Aside, List<string> InUse) PutAside(IReadOnlyCollection<string> damaged)
    {
        var packs = store.Packs;
        var inUse = new List<string>();
        var broken = damaged.ToHashSet(StringComparer.Ordinal);
        foreach (var pack in packs.Loaded())
        {
            if (pack.PackEnd == pack.Length || pack.Length < PackFolder.HeaderSize)
                continue;
            using var file = PackFolder.TryLock(pack.Path);
            // Its end or its beginning is gone.
            if (file is not null && PackRecovery.Complete(file.Handle, pack.Path, packs.Cipher) is null)
                broken.Add(pack.Path);
        }

        if (broken.Count == 0)
            return ([], []);
        var folder = Path.Join(store.Folder, FolderName);
        DurableFile.CreateFolder(folder);
        using var rewrite = new PackRewrite(packs, folder);
        foreach (var path in broken.Order(StringComparer.Ordinal))
        {
            if (!rewrite.TryMoveReadable(path))
                inUse.Add(path);
        }

        rewrite.Complete();
        // Writers of other processes remember what was there; a plan that is new to them makes them look.
        store.Guard.TryPublish(store.Guard.ReadPlan() is { IsReadable: true } plan ? plan : SweepPlan.Empty);
        return (
            [.. broken.Where(path => !inUse.Contains(path)).Order(StringComparer.Ordinal)
                .Select(path => Path.Join(folder, Path.GetFileName(path)))],
            inUse);
    }

    async Task<bool> TakeAsync(
        ContentHash hash,
        IReadOnlyList<Func<ContentHash, CancellationToken, Task<Stream?>>> sources,
        CancellationToken cancellationToken)
    {
        foreach (var source in sources)
        {
            var stream = await source(hash, cancellationToken).ConfigureAwait(false);
            if (stream is null)
                continue;
            await using var owned = stream.ConfigureAwait(false);
            var put = await store.PutAsync(stream, cancellationToken).ConfigureAwait(false);
            if (put == hash && await IsWholeAsync(hash, cancellationToken).ConfigureAwait(false))
                return true;
        }

        return false;
    }

    async Task<bool> IsWholeAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        try
        {
            var stream = store.OpenRead(hash);
            await using var owned = stream.ConfigureAwait(false);
            await stream.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (MillraceException)
        {
            return false;
        }
    }
}
