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
    public async Task<TransferReport> PushAsync(
        ObjectStore store,
        IAsyncEnumerable<ContentHash> wanted,
        IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        StoreKey.Check(store.Packs.Cipher?.KeyName ?? new byte[EntryCipher.KeyNameSize], store.Folder, _cipher);
        await EnsureFormatAsync(cancellationToken).ConfigureAwait(false);
        await _index.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var push = new Push(this, store, progress);
        await foreach (var hash in wanted.WithCancellation(cancellationToken).ConfigureAwait(false))
            await push.AddAsync(hash, cancellationToken).ConfigureAwait(false);
        await push.SendAsync(cancellationToken).ConfigureAwait(false);
        return push.Report;
    }

    /// <inheritdoc cref="PushAsync(ObjectStore, IAsyncEnumerable{ContentHash}, IProgress{TransferReport}?,
    /// CancellationToken)"/>
    public Task<TransferReport> PushAsync(
        ObjectStore store,
        IReadOnlyCollection<ContentHash> wanted,
        IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default) =>
        PushAsync(store, wanted.ToAsyncEnumerable(), progress, cancellationToken);

    /// <summary>One push: gathers what the remote lacks and sends it.</summary>
    sealed class Push(ObjectRemote remote, ObjectStore store, IProgress<TransferReport>? progress)
    {
        readonly HashSet<(ContentHash Id, bool IsObject)> _gathered = [];
        readonly List<PackLocation> _entries = [];
        readonly List<ContentHash> _large = [];

        public TransferReport Report { get; private set; }

        public async Task AddAsync(ContentHash hash, CancellationToken cancellationToken)
        {
            Report = Report with { ObjectCount = Report.ObjectCount + 1 };
            if (_gathered.Contains((hash, true)) || remote._index.TryFind(hash, EntryKinds.Object, out _))
                return;
            if (!store.Packs.TryFind(hash, EntryKinds.Object, out var location))
            {
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
                if (_gathered.Contains((part.Id, false)) || remote._index.TryFind(part.Id, EntryKinds.Node, out _))
                    continue;
                AddChunks(store.Reader.ReadNode(part.Id, hash), hash);
                _gathered.Add((part.Id, false));
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
                if (remote._index.TryFind(chunk.Id, EntryKinds.Bytes, out _) || !_gathered.Add((chunk.Id, false)))
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
