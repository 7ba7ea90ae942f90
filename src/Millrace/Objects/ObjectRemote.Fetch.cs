using System.Security.Cryptography;
using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

partial class ObjectRemote
{
    /// <summary>Entries that are gathered before they are read.</summary>
    const int FetchWindowMax = 65_536;

    /// <summary>Bytes of lists of large objects that are held at once, unless a single one is larger.</summary>
    const long FetchListBytesMax = 32 << 20;

    /// <summary>Nodes of one object that are held at once.</summary>
    const int FetchNodesMax = 1024;

    /// <summary>Takes what a store lacks of some objects. Every entry is proved, and a large object as a whole before
    /// it counts; chunks that are there already are not taken again.</summary>
    /// <param name="store">Gets the objects.</param>
    /// <param name="wanted">Which ones; the same may come again.</param>
    /// <param name="progress">Told from time to time; null is nobody.</param>
    /// <param name="cancellationToken">Ends it; what has arrived stays, and the next fetch takes the rest.</param>
    /// <exception cref="MillraceException"><c>object-missing</c>: the remote lacks it, or part of it;
    /// <c>remote-damaged</c>; as for <see cref="RefreshAsync"/> and <see cref="ObjectStore.Put"/>.</exception>
    public async Task<TransferReport> FetchAsync(
        ObjectStore store,
        IAsyncEnumerable<ContentHash> wanted,
        IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        StoreKey.Check(store.Packs.Cipher?.KeyName ?? new byte[EntryCipher.KeyNameSize], store.Folder, _cipher);
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        store.Packs.Refresh();
        using var hold = store.Hold();
        var fetch = new Fetch(this, store, hold, progress);
        await foreach (var hash in wanted.WithCancellation(cancellationToken).ConfigureAwait(false))
            await fetch.AddAsync(hash, cancellationToken).ConfigureAwait(false);
        await fetch.FinishAsync(cancellationToken).ConfigureAwait(false);
        return fetch.Report;
    }

    /// <inheritdoc cref="FetchAsync(ObjectStore, IAsyncEnumerable{ContentHash}, IProgress{TransferReport}?,
    /// CancellationToken)"/>
    public Task<TransferReport> FetchAsync(
        ObjectStore store,
        IReadOnlyCollection<ContentHash> wanted,
        IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default) =>
        FetchAsync(store, wanted.ToAsyncEnumerable(), progress, cancellationToken);

    /// <summary>One fetch: gathers what the store lacks, reads it and adds it.</summary>
    /// <remarks>The caller holds what the fetch relies on.</remarks>
    sealed class Fetch(
        ObjectRemote remote, ObjectStore store, ObjectHold hold, IProgress<TransferReport>? progress)
    {
        readonly HashSet<ContentHash> _objects = [];
        readonly HashSet<ContentHash> _parts = [];
        readonly List<RemoteLocation> _needed = [];
        readonly List<RemoteLocation> _large = [];
        long _largeBytes;

        public TransferReport Report { get; private set; }

        public async Task AddAsync(ContentHash hash, CancellationToken cancellationToken)
        {
            Report = Report with { ObjectCount = Report.ObjectCount + 1 };
            if (hold.IsHere(hash, EntryKinds.Blob) || !_objects.Add(hash) || IsLargeHere(hash))
                return;
            // What was erased here does not come back by itself.
            if (store.IsErased?.Invoke(hash) == true)
                return;
            var location = remote.Find(hash, EntryKinds.Object, hash);
            Report = Report with { SentCount = Report.SentCount + 1 };
            if (location.Entry.Kind != EntryKind.Recipe)
            {
                _needed.Add(location);
                if (_needed.Count >= FetchWindowMax)
                    await TakeAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            // Each is held as it is stored and as a list.
            var size = (long)location.Entry.RawLength + location.Entry.StoredLength;
            if (_large.Count > 0 && _largeBytes + size > FetchListBytesMax)
                await FinishAsync(cancellationToken).ConfigureAwait(false);
            _large.Add(location);
            _largeBytes += size;
            if (_large.Count >= FetchWindowMax)
                await FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        /// <summary>Whether a large object is here with all its parts: what is here of a store that lives elsewhere,
        /// or lived, may be the list of a large object and few of its chunks.</summary>
        bool IsLargeHere(ContentHash hash)
        {
            if (!hold.IsHere(hash, EntryKinds.Recipe, out var location))
                return false;
            var recipe = store.Reader.ReadAnyRecipe(location, hash);
            if (recipe.PartKind == EntryKind.Chunk)
                return recipe.Parts.All(part => hold.IsHere(part.Id, EntryKinds.Bytes));
            foreach (var part in recipe.Parts)
            {
                if (!hold.IsHere(part.Id, EntryKinds.Node)
                    || !store.Reader.ReadNode(part.Id, hash).Parts
                        .All(chunk => hold.IsHere(chunk.Id, EntryKinds.Bytes)))
                {
                    return false;
                }
            }

            return true;
        }

        /// <summary>Takes what was gathered, then the large objects, whose parts show only now.</summary>
        public async Task FinishAsync(CancellationToken cancellationToken)
        {
            var recipes = new (Recipe List, byte[] Payload)[_large.Count];
            var locations = _large.ToArray();
            var read = await remote._reader.ReadAsync(
                locations,
                (number, payload) => recipes[number] =
                    (remote.List(locations[number], payload), payload.ToArray()),
                cancellationToken).ConfigureAwait(false);
            Count(locations.Length, read);
            for (var i = 0; i < locations.Length; i++)
                await AddPartsAsync(locations[i].Entry.Id, recipes[i].List, cancellationToken).ConfigureAwait(false);
            await TakeAsync(cancellationToken).ConfigureAwait(false);
            using var batch = store.BeginBatch();
            for (var i = 0; i < locations.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Prove(locations[i], recipes[i].List);
                batch.PutStored(locations[i].Entry, recipes[i].Payload);
            }

            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            _large.Clear();
            _largeBytes = 0;
            _objects.Clear();
        }

        async Task AddPartsAsync(ContentHash owner, Recipe recipe, CancellationToken cancellationToken)
        {
            if (recipe.PartKind == EntryKind.Chunk)
            {
                await AddChunksAsync(owner, recipe, cancellationToken).ConfigureAwait(false);
                return;
            }

            foreach (var window in recipe.Parts.Chunk(FetchNodesMax))
            {
                foreach (var list in await NodesAsync(owner, window, cancellationToken).ConfigureAwait(false))
                    await AddChunksAsync(owner, list, cancellationToken).ConfigureAwait(false);
            }
        }

        /// <summary>Takes the nodes that are not here.</summary>
        /// <returns>What they list, and those that are here.</returns>
        async Task<List<Recipe>> NodesAsync(
            ContentHash owner, RecipePart[] parts, CancellationToken cancellationToken)
        {
            var nodes = new List<RemoteLocation>();
            var lists = new List<Recipe>();
            foreach (var part in parts)
            {
                // A node that is here does not say that its chunks are: a sweep or a fetch may have been cut off.
                if (hold.IsHere(part.Id, EntryKinds.Node))
                    lists.Add(store.Reader.ReadNode(part.Id, owner));
                else if (_parts.Add(part.Id))
                    nodes.Add(remote.Find(part.Id, EntryKinds.Node, owner));
            }

            var locations = nodes.ToArray();
            using var batch = store.BeginBatch();
            var read = await remote._reader.ReadAsync(
                locations,
                (number, payload) =>
                {
                    lists.Add(remote.List(locations[number], payload));
                    batch.PutStored(locations[number].Entry, payload);
                },
                cancellationToken).ConfigureAwait(false);
            Count(locations.Length, read);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            return lists;
        }

        async Task AddChunksAsync(ContentHash owner, Recipe list, CancellationToken cancellationToken)
        {
            foreach (var chunk in list.Parts)
            {
                if (hold.IsHere(chunk.Id, EntryKinds.Bytes) || !_parts.Add(chunk.Id))
                    continue;
                _needed.Add(remote.Find(chunk.Id, EntryKinds.Bytes, owner));
                if (_needed.Count >= FetchWindowMax)
                    await TakeAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        /// <summary>Reads what was gathered and makes it durable.</summary>
        async Task TakeAsync(CancellationToken cancellationToken)
        {
            if (_needed.Count == 0)
                return;
            var locations = _needed.ToArray();
            using var batch = store.BeginBatch();
            var read = await remote._reader.ReadAsync(
                locations,
                (number, payload) => batch.PutStored(locations[number].Entry, payload),
                cancellationToken).ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            Count(locations.Length, read);
            _needed.Clear();
            _parts.Clear();
        }

        /// <summary>A recipe's checksum only tells that it is as it was written; that its parts make the object, only
        /// the object's hash tells.</summary>
        void Prove(RemoteLocation location, Recipe recipe)
        {
            var id = location.Entry.Id;
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[GearChunker.SizeMax];
            if (recipe.PartKind == EntryKind.Chunk)
                Append(recipe);
            else
                foreach (var part in recipe.Parts)
                    Append(store.Reader.ReadNode(part.Id, id));
            if (ContentHash.OfFinished(sha) != id)
                throw remote._reader.Damaged(location);

            void Append(Recipe list)
            {
                foreach (var chunk in list.Parts)
                {
                    if (chunk.Length > buffer.Length)
                        throw remote._reader.Damaged(location);
                    var bytes = buffer.AsSpan(0, (int)chunk.Length);
                    store.Reader.Read(chunk.Id, EntryKinds.Bytes, bytes, id);
                    sha.AppendData(bytes);
                }
            }
        }

        void Count(int entries, long read)
        {
            if (entries == 0)
                return;
            Report = Report with
            {
                EntryCount = Report.EntryCount + entries,
                SizeBytes = Report.SizeBytes + read,
            };
            progress?.Report(Report);
        }
    }

    /// <summary>The list in a recipe or node whose payload was proved.</summary>
    internal Recipe List(RemoteLocation location, ReadOnlySpan<byte> payload)
    {
        var codec = _codecs.Take();
        var list = EntryPayload.ReadRecipe(location.Entry, payload, codec, _cipher);
        _codecs.Return(codec);
        return list is not null && (location.Entry.Kind == EntryKind.Recipe || list.PartKind == EntryKind.Chunk)
            ? list
            : throw _reader.Damaged(location);
    }
}
