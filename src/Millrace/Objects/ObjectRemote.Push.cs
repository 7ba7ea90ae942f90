using System.Globalization;
using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

partial class ObjectRemote
{
    /// <summary>Entries that are gathered before they are sent.</summary>
    const int PushWindowMax = 500_000;

    /// <summary>Sends what the remote lacks of some objects, as it is stored here. Each entry is proved on its way:
    /// what is damaged here does not get there.</summary>
    /// <param name="store">Has the objects.</param>
    /// <param name="wanted">Which ones; the same may come again.</param>
    /// <param name="progress">Told after each pack; null is nobody.</param>
    /// <param name="cancellationToken">Ends it; what has gone over stays, and the next push sends the rest.</param>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>object-damaged</c>, and as for
    /// <see cref="RefreshAsync"/>.</exception>
    public Task<TransferReport> PushAsync(
        ObjectStore store,
        IAsyncEnumerable<ContentHash> wanted,
        IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default) =>
        PushAsync(store, wanted, looksAtParts: false, progress, cancellationToken);

    /// <inheritdoc cref="PushAsync(ObjectStore, IReadOnlyCollection{ContentHash}, IProgress{TransferReport}?,
    /// CancellationToken)"/>
    public Task<TransferReport> PushAsync(
        ObjectStore store,
        IReadOnlyCollection<ContentHash> wanted,
        IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default) =>
        PushAsync(store, wanted.ToAsyncEnumerable(), progress, cancellationToken);

    /// <summary>As the public one.</summary>
    /// <param name="store">Has the objects.</param>
    /// <param name="wanted">Which ones.</param>
    /// <param name="looksAtParts">Whether the parts of a large object are looked for although the remote has its list:
    /// after a sweep of the remote that came between.</param>
    /// <param name="progress">Told after each pack; null is nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<TransferReport> PushAsync(
        ObjectStore store, IAsyncEnumerable<ContentHash> wanted, bool looksAtParts,
        IProgress<TransferReport>? progress, CancellationToken cancellationToken)
    {
        StoreKey.Check(store.Packs.Cipher?.KeyName ?? new byte[EntryCipher.KeyNameSize], store.Folder, _cipher);
        await EnsureFormatAsync(cancellationToken).ConfigureAwait(false);
        await _index.RefreshAsync(cancellationToken).ConfigureAwait(false);
        RefusePlan();
        var push = new Push(this, store, looksAtParts, progress);
        await foreach (var hash in wanted.WithCancellation(cancellationToken).ConfigureAwait(false))
            await push.AddAsync(hash, cancellationToken).ConfigureAwait(false);
        await push.SendAsync(cancellationToken).ConfigureAwait(false);
        return push.Report;
    }

    /// <summary>What a sweep is about to drop must be known to whoever adds.</summary>
    internal void RefusePlan()
    {
        if (!_index.Plan.IsReadable)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "remote-damaged", $"'{RemoteIndex.PlanFile}' of remote '{Description}' is damaged.",
                $"End any 'millrace gc --remote' of it, then run '{RepairCommand}': it drops the plan, and the next "
                + "sweep makes another.");
        }
    }

    /// <summary>Drops a plan that cannot be read; the next sweep begins anew. A sweep that is on its way notices that
    /// its plan is gone.</summary>
    internal async Task DropDamagedPlanAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (_index.Plan.IsReadable || _index.PlanTag is not { } tag)
            return;
        await _backend.TryDeleteAsync(RemoteIndex.PlanFile, tag, cancellationToken).ConfigureAwait(false);
        await _index.RefreshAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One push: gathers what the remote lacks and sends it.</summary>
    sealed class Push(
        ObjectRemote remote, ObjectStore store, bool looksAtParts, IProgress<TransferReport>? progress)
    {
        readonly HashSet<(ContentHash Id, bool IsObject)> _gathered = [];
        readonly List<PackLocation> _entries = [];
        readonly List<ContentHash> _large = [];

        public TransferReport Report { get; private set; }

        public async Task AddAsync(ContentHash hash, CancellationToken cancellationToken)
        {
            Report = Report with { ObjectCount = Report.ObjectCount + 1 };
            if (_gathered.Contains((hash, true)))
                return;
            var isThere = remote._index.TryFindKept(hash, EntryKinds.Object, out var there);
            if (isThere && (!looksAtParts || there.Entry.Kind == EntryKind.Blob))
                return;
            if (!store.Packs.TryFind(hash, EntryKinds.Object, out var location))
            {
                if (isThere)
                    return;
                // What was erased here goes nowhere; whoever asks for it is told.
                if (store.IsErased?.Invoke(hash) == true)
                    return;
                throw store.Reader.Missing(hash);
            }

            if (location.Entry.Kind == EntryKind.Recipe)
            {
                _large.Add(hash);
                await AddPartsAsync(hash, location, cancellationToken).ConfigureAwait(false);
            }

            _gathered.Add((hash, true));
            if (isThere)
                return;
            _entries.Add(location);
            Report = Report with { SentCount = Report.SentCount + 1 };
            if (_entries.Count >= PushWindowMax)
                await SendAsync(cancellationToken).ConfigureAwait(false);
        }

        /// <summary>Sends what was gathered.</summary>
        public async Task SendAsync(CancellationToken cancellationToken)
        {
            if (_entries.Count == 0)
                return;
            var upload = new PackUpload(remote._backend, remote._index, store.Packs, store.Codecs);
            try
            {
                var sent = await upload.SendAsync(_entries, cancellationToken).ConfigureAwait(false);
                Report = Report with
                {
                    EntryCount = Report.EntryCount + _entries.Count,
                    SizeBytes = Report.SizeBytes + sent,
                };
            }
            catch (EntryDamagedException exception)
            {
                throw Damaged(exception);
            }

            progress?.Report(Report);
            _entries.Clear();
            _gathered.Clear();
            _large.Clear();
        }

        async Task AddPartsAsync(ContentHash hash, PackLocation location, CancellationToken cancellationToken)
        {
            var recipe = store.Reader.ReadRecipe(location, hash);
            if (recipe.PartKind == EntryKind.Chunk)
            {
                AddChunks(recipe, hash);
                return;
            }

            foreach (var part in recipe.Parts)
            {
                var isThere = remote._index.TryFindKept(part.Id, EntryKinds.Node, out _);
                if (_gathered.Contains((part.Id, false)) || (isThere && !looksAtParts))
                    continue;
                AddChunks(store.Reader.ReadNode(part.Id, hash), hash);
                _gathered.Add((part.Id, false));
                if (isThere)
                    continue;
                _entries.Add(store.Reader.Find(part.Id, EntryKinds.Node));
                if (_entries.Count < PushWindowMax)
                    continue;
                await SendAsync(cancellationToken).ConfigureAwait(false);
                _large.Add(hash);
            }
        }

        void AddChunks(Recipe list, ContentHash owner)
        {
            foreach (var chunk in list.Parts)
            {
                if (remote._index.TryFindKept(chunk.Id, EntryKinds.Bytes, out _) || !_gathered.Add((chunk.Id, false)))
                    continue;
                if (!store.Packs.TryFind(chunk.Id, EntryKinds.Bytes, out var location))
                    throw store.Reader.Missing(owner);
                _entries.Add(location);
            }
        }

        MillraceException Damaged(EntryDamagedException exception)
        {
            var (pack, entry) = exception.Location;
            var owner = entry.IsObject ? entry.Id : _large.Find(hash => IsPartOf(entry.Id, hash));
            return new MillraceException(
                ErrorKind.Corrupt, "object-damaged",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Object {owner} is damaged here and was not pushed: its bytes at {entry.Offset} of '{pack.Path}' ")
                + $"are not those of {entry.Id.Short}….",
                "'millrace fsck' lists all that is damaged; 'millrace fsck --repair' takes it again from a remote.",
                exception);
        }

        bool IsPartOf(ContentHash id, ContentHash hash)
        {
            var recipe = store.Reader.ReadRecipe(store.Reader.Find(hash, EntryKinds.Recipe), hash);
            foreach (var part in recipe.Parts)
            {
                if (part.Id == id)
                    return true;
                if (recipe.PartKind == EntryKind.Node
                    && store.Reader.ReadNode(part.Id, hash).Parts.Any(chunk => chunk.Id == id))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
