using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Millrace.Objects.Backends;
using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

/// <summary>Objects in another place: a folder or an S3 bucket that holds packs as a store does. Thread-safe for
/// reading; one push and one fetch at a time.</summary>
/// <remarks>What it has is known from the indexes of its packs, which are fetched once. An index appears after its
/// pack, and one that names a large object after those of all its parts: what a remote names it has, whatever was cut
/// off when. See docs/formats/objects.md.</remarks>
public sealed partial class ObjectRemote : IDisposable
{
    /// <summary>The file that says how the remote is laid out and which key it has.</summary>
    const string FormatFile = "millrace-remote.json";

    /// <summary>The file that says that objects here may be named from elsewhere than by branches and tags here.
    /// </summary>
    const string KeepFile = "millrace-keep";

    const int FormatVersion = 1;
    const int ReadWindowMax = 256;

    readonly CountedBackend _backend;
    readonly EntryCipher? _cipher;
    readonly CodecPool _codecs = new();
    readonly RemoteIndex _index;
    readonly RemoteReader _reader;
    bool _isChecked;
    bool _hasFormat;
    bool _isKept;
    bool _isTidy;

    /// <param name="backend">Disposed with this.</param>
    /// <param name="cacheFolder">Keeps what is known of the remote; a folder for each remote, which may be deleted.
    /// </param>
    /// <param name="key">The key of the packs; null when they are not encrypted.</param>
    /// <param name="repairCommand">What mends it.</param>
    internal ObjectRemote(
        IObjectBackend backend, string cacheFolder, StoreKey? key = null,
        string repairCommand = "millrace fsck --remote NAME --repair")
    {
        RepairCommand = repairCommand;
        _backend = new CountedBackend(backend);
        _cipher = key is null ? null : new EntryCipher(key.Bytes);
        _index = new RemoteIndex(_backend, Path.GetFullPath(cacheFolder), _cipher, repairCommand);
        _reader = new RemoteReader(_backend, _codecs, _cipher, RelocateAsync, repairCommand);
    }

    /// <summary>The place, without credentials.</summary>
    public string Description => _backend.Description;

    /// <summary>Requests that were made so far; a file that went up in parts counts once.</summary>
    public long RequestCount => _backend.RequestCount;

    /// <summary>The command that mends what is damaged there, as hints name it.</summary>
    internal string RepairCommand { get; }

    /// <summary>For files that are no objects, such as refs.</summary>
    internal IObjectBackend Backend => _backend;

    internal RemoteIndex Index => _index;

    internal RemoteReader Reader => _reader;

    /// <summary>The key of the packs; null when they are not encrypted.</summary>
    internal EntryCipher? Cipher => _cipher;

    /// <summary>How often a look at the remote showed that a sweep of it had come a step further.</summary>
    internal int PlanChangeCount => _index.PlanChangeCount;

    /// <summary>Opens a remote; nothing is asked yet.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="baseFolder">What a relative path begins at.</param>
    /// <param name="cacheFolder">Keeps what is known of the remote; a folder for each remote, which may be deleted.
    /// </param>
    /// <param name="key">The key of the packs; null when they are not encrypted.</param>
    /// <param name="name">What the settings call it, for hints; null when they do not.</param>
    /// <exception cref="MillraceException"><c>remote-url-invalid</c>, <c>remote-credentials</c>.</exception>
    public static ObjectRemote Open(
        RemoteSettings settings, string baseFolder, string cacheFolder, StoreKey? key = null, string? name = null) =>
        new(
            BackendFactory.Open(settings, baseFolder), cacheFolder, key,
            $"millrace fsck --remote {name ?? "NAME"} --repair");

    /// <summary>Opens the place where a store lives; as <see cref="Open"/>.</summary>
    internal static ObjectRemote OpenStore(
        RemoteSettings settings, string baseFolder, string cacheFolder, StoreKey? key) =>
        new(BackendFactory.Open(settings, baseFolder), cacheFolder, key, "millrace fsck --repair");

    /// <summary>Asks the remote what it has now. Every other member does so by itself the first time.</summary>
    /// <exception cref="MillraceException"><c>remote-unavailable</c>, <c>remote-denied</c>, <c>remote-missing</c>,
    /// <c>remote-damaged</c>, <c>remote-format-newer</c>, <c>encryption-key-missing</c>,
    /// <c>encryption-key-wrong</c>.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken = default)
    {
        await CheckFormatAsync(cancellationToken).ConfigureAwait(false);
        await _index.RefreshAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sees that the place of the remote is there, and that it can be used with the key.</summary>
    /// <exception cref="MillraceException"><c>remote-missing</c>, and those of <see cref="RefreshAsync"/>.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        if (!_backend.IsThere)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "remote-missing", $"There is no folder '{Description}'.",
                "Check the address; 'millrace push' makes the folder of a new remote.");
        }

        await CheckFormatAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the remote has the object, as it was last asked.</summary>
    public async Task<bool> ContainsAsync(ContentHash hash, CancellationToken cancellationToken = default)
    {
        await EnsureLoadedAsync(cancellationToken).ConfigureAwait(false);
        return _index.TryFind(hash, EntryKinds.Object, out _);
    }

    /// <summary>Every object of the remote in ascending order, as it is now.</summary>
    public async IAsyncEnumerable<ContentHash> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        var ids = _index.List(EntryKinds.Object);
        ids.Sort();
        for (var i = 0; i < ids.Count; i++)
        {
            if (i == 0 || ids[i] != ids[i - 1])
                yield return ids[i];
        }
    }

    /// <summary>A whole object, verified.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>remote-damaged</c>.</exception>
    public async Task<byte[]> ReadAsync(ContentHash hash, CancellationToken cancellationToken = default)
    {
        using var stream = new MemoryStream();
        await CopyToAsync(hash, stream, cancellationToken).ConfigureAwait(false);
        return stream.ToArray();
    }

    /// <summary>Writes an object into a stream in constant memory; each chunk is compared with its hash before it is
    /// written.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>remote-damaged</c>.</exception>
    public async Task CopyToAsync(ContentHash hash, Stream target, CancellationToken cancellationToken = default)
    {
        await EnsureLoadedAsync(cancellationToken).ConfigureAwait(false);
        var found = Find(hash, EntryKinds.Object, hash);
        if (found.Entry.Kind == EntryKind.Blob)
        {
            var blob = await _reader.ReadRawAsync([found], cancellationToken).ConfigureAwait(false);
            await target.WriteAsync(blob[0], cancellationToken).ConfigureAwait(false);
            return;
        }

        var recipe = await _reader.ReadListAsync(found, cancellationToken).ConfigureAwait(false);
        if (recipe.PartKind == EntryKind.Chunk)
        {
            await CopyChunksAsync(hash, recipe, target, cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var part in recipe.Parts)
        {
            var node = await _reader.ReadListAsync(Find(part.Id, EntryKinds.Node, hash), cancellationToken)
                .ConfigureAwait(false);
            await CopyChunksAsync(hash, node, target, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The raw bytes of one entry, so that a damaged local one can be replaced.</summary>
    /// <returns>Null when the remote does not have it.</returns>
    internal async Task<byte[]?> TryReadEntryAsync(
        ContentHash id, EntryKinds kinds, CancellationToken cancellationToken)
    {
        await EnsureLoadedAsync(cancellationToken).ConfigureAwait(false);
        if (!_index.TryFind(id, kinds, out var location))
            return null;
        var raw = await _reader.ReadRawAsync([location], cancellationToken).ConfigureAwait(false);
        return raw[0];
    }

    public void Dispose()
    {
        _index.Dispose();
        _backend.Dispose();
        _codecs.Dispose();
        _cipher?.Dispose();
    }

    internal async Task EnsureLoadedAsync(CancellationToken cancellationToken)
    {
        if (!_index.IsLoaded)
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says how the remote is laid out before the first pack goes there.</summary>
    internal async Task EnsureFormatAsync(CancellationToken cancellationToken)
    {
        await DropLeftoversAsync(cancellationToken).ConfigureAwait(false);
        if (_hasFormat)
            return;
        await CheckFormatAsync(cancellationToken).ConfigureAwait(false);
        if (_hasFormat)
            return;
        var key = _cipher is null ? "" : Convert.ToHexStringLower(_cipher.KeyName);
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{{\"format\":{FormatVersion},\"key\":\"{key}\"}}\n");
        await _backend.TryPutAsync(FormatFile, Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        // Somebody else may have been first, with another key.
        _isChecked = false;
        await CheckFormatAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes what pushes left that were killed, once for each opening.</summary>
    /// <returns>How many bytes that were.</returns>
    internal async Task<long> DropLeftoversAsync(CancellationToken cancellationToken)
    {
        if (_isTidy)
            return 0;
        _isTidy = true;
        return await _backend.DropLeftoversAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the remote has the object, as it was last asked, and no sweep is about to drop it.</summary>
    internal bool Keeps(ContentHash hash) => _index.TryFindKept(hash, EntryKinds.Object, out _);

    /// <summary>Says on the remote that objects there may be named from elsewhere, so that nobody sweeps it.</summary>
    internal async Task EnsureKeptAsync(CancellationToken cancellationToken)
    {
        if (_isKept)
            return;
        if (!await IsKeptAsync(cancellationToken).ConfigureAwait(false))
        {
            await _backend.TryPutAsync(
                KeepFile, "Objects here are named from elsewhere; gc of this remote drops nothing.\n"u8.ToArray(),
                cancellationToken).ConfigureAwait(false);
        }

        _isKept = true;
    }

    /// <summary>Whether somebody said so.</summary>
    internal async Task<bool> IsKeptAsync(CancellationToken cancellationToken) =>
        await _backend.ReadAsync(KeepFile, cancellationToken).ConfigureAwait(false) is not null;

    async Task CheckFormatAsync(CancellationToken cancellationToken)
    {
        if (_isChecked)
            return;
        var value = await _backend.ReadAsync(FormatFile, cancellationToken).ConfigureAwait(false);
        if (value is not null)
            CheckFormat(value.Bytes);
        _hasFormat = value is not null;
        // One that is not there yet may be made by somebody else.
        _isChecked = _hasFormat;
    }

    void CheckFormat(byte[] bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var format = json.RootElement.GetProperty("format").GetInt32();
            if (format > FormatVersion)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "remote-format-newer",
                    $"Remote '{Description}' has format {format}; this Millrace knows formats up to {FormatVersion}.",
                    "Use the newer Millrace that wrote it; nothing was changed.");
            }

            var key = json.RootElement.GetProperty("key").GetString() ?? "";
            Span<byte> name = stackalloc byte[EntryCipher.KeyNameSize];
            name.Clear();
            if (key.Length > 0)
                Convert.FromHexString(key, name, out _, out _);
            StoreKey.Check(name, Description, _cipher);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "remote-damaged", $"'{FormatFile}' of remote '{Description}' cannot be read.",
                "Restore it from another copy of the remote; it holds the format's number and the name of the key.",
                exception);
        }
    }

    /// <summary>Where entries are now whose pack is gone: a sweep sends what stays of one before it deletes it.
    /// </summary>
    async Task<RemoteLocation[]?> RelocateAsync(
        IReadOnlyList<RemoteLocation> lost, CancellationToken cancellationToken)
    {
        await _index.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var found = new RemoteLocation[lost.Count];
        for (var i = 0; i < found.Length; i++)
        {
            var entry = lost[i].Entry;
            if (!_index.TryFind(entry.Id, (EntryKinds)(1 << (int)entry.Kind), out found[i]))
                return null;
        }

        return found;
    }

    RemoteLocation Find(ContentHash id, EntryKinds kinds, ContentHash owner) =>
        _index.TryFind(id, kinds, out var location) ? location : throw Missing(id, owner);

    MillraceException Missing(ContentHash id, ContentHash owner) => new(
        ErrorKind.NotFound, "object-missing",
        id == owner
            ? $"Object {owner} is not on remote '{Description}'."
            : $"Object {owner} is not whole on remote '{Description}': its part {id.Short}… is not there.",
        $"Push it from a workspace that has it, with 'millrace push --check'; '{RepairCommand}' lists all.");

    async Task CopyChunksAsync(
        ContentHash owner, Recipe list, Stream target, CancellationToken cancellationToken)
    {
        for (var from = 0; from < list.Parts.Count; from += ReadWindowMax)
        {
            var count = Math.Min(ReadWindowMax, list.Parts.Count - from);
            var locations = new RemoteLocation[count];
            for (var i = 0; i < count; i++)
                locations[i] = Find(list.Parts[from + i].Id, EntryKinds.Bytes, owner);
            var chunks = await _reader.ReadRawAsync(locations, cancellationToken).ConfigureAwait(false);
            foreach (var chunk in chunks)
                await target.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
        }
    }
}
