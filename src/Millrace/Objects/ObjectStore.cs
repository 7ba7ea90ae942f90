using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

/// <summary>Immutable bytes under their hash, in the packs of a folder. See docs/formats/objects.md.</summary>
/// <remarks>Many threads and many processes may use one folder at once; none waits for another. An object is visible
/// only when it is whole, and a put has returned only when the object survives a power cut. Content of up to 128 KiB
/// is kept whole, larger content as chunks, each once. Opening reads nothing. Whoever opens it disposes it.</remarks>
public sealed partial class ObjectStore : IDisposable
{
    const string PacksName = "packs";

    readonly PackSet _packs;
    readonly PackGroup _group;
    readonly CodecPool _codecs = new();
    readonly EntryReader _reader;
    readonly EntryCipher? _cipher;
    readonly ObjectTier? _tier;
    readonly SweepGuard _guard;

    /// <param name="folder">Created at the first put.</param>
    /// <param name="key">Encrypts what is stored; null stores it as it is. A store has a key from its first pack on or
    /// never.</param>
    public ObjectStore(string folder, StoreKey? key = null)
        : this(folder, key, null)
    {
    }

    /// <param name="folder">Created at the first put.</param>
    /// <param name="key">Encrypts what is stored; null stores it as it is.</param>
    /// <param name="tier">Where the store lives; disposed with it. Null: in the folder.</param>
    internal ObjectStore(string folder, StoreKey? key, ObjectTier? tier)
    {
        _tier = tier;
        tier?.Attach(this);
        Folder = Path.GetFullPath(folder);
        _cipher = key is null ? null : new EntryCipher(key.Bytes);
        _packs = new PackSet(Path.Join(Folder, PacksName), _cipher, tier);
        _group = new PackGroup(_packs);
        _reader = new EntryReader(_packs, _codecs, Folder);
        _guard = new SweepGuard(Folder, _packs);
    }

    /// <summary>Opens the store of a workspace, be it here or elsewhere.</summary>
    /// <param name="folder"><c>.millrace/objects</c> of the workspace.</param>
    /// <param name="settings">What the workspace's settings say of it.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="MillraceException"><c>encryption-key-invalid</c>, and as for
    /// <see cref="ObjectRemote.Open"/>.</exception>
    public static ObjectStore Open(string folder, ObjectSettings settings, TimeProvider time)
    {
        var data = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        var workspace = Path.GetDirectoryName(data) ?? data;
        var key = settings.ReadKey(workspace);
        if (settings.Place is not { } place)
            return new ObjectStore(folder, key);
        var remote = ObjectRemote.OpenStore(place, workspace, Path.Join(data, "remotes", ".objects"), key);
        return new ObjectStore(folder, key, new ObjectTier(remote, settings.CacheSizeBytes, time));
    }

    /// <summary>The store's folder, as a full path.</summary>
    public string Folder { get; }

    /// <summary>Where a store lives that lives elsewhere; null when it is only here. The store's, as long as that is
    /// open.</summary>
    public ObjectRemote? Place => _tier?.Remote;

    /// <summary>Tells whether an object that is not here was erased on purpose, so that it is not called missing.
    /// </summary>
    internal Func<ContentHash, bool>? IsErased
    {
        get => _reader.IsErased;
        set => _reader.IsErased = value;
    }

    internal PackSet Packs => _packs;

    internal EntryReader Reader => _reader;

    internal CodecPool Codecs => _codecs;

    internal SweepGuard Guard => _guard;

    /// <summary>Stores bytes; those that are there already are not written again.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>,
    /// <c>fsync-failed</c>; nothing of the object is then visible, or all of it.</exception>
    public ContentHash Put(ReadOnlySpan<byte> bytes)
    {
        using var batch = BeginBatch();
        var hash = batch.Put(bytes);
        batch.Commit();
        return hash;
    }

    /// <summary>Stores what is left of a stream, in constant memory. The stream is read once and not
    /// disposed.</summary>
    /// <exception cref="MillraceException">As for <see cref="Put"/>.</exception>
    public async Task<ContentHash> PutAsync(Stream source, CancellationToken cancellationToken = default)
    {
        using var batch = BeginBatch();
        var hash = await batch.PutAsync(source, cancellationToken).ConfigureAwait(false);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        return hash;
    }

    /// <summary>Stores the file's bytes; the file itself stays.</summary>
    /// <exception cref="MillraceException">As for <see cref="ObjectBatch.PutFile"/>.</exception>
    public async Task<ContentHash> PutFileAsync(string path, CancellationToken cancellationToken = default)
    {
        using var batch = BeginBatch();
        var hash = await batch.PutFileAsync(path, cancellationToken).ConfigureAwait(false);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        return hash;
    }

    /// <summary>Begins many puts that become durable together, with far fewer waits for the disk than one by
    /// one.</summary>
    public ObjectBatch BeginBatch() => new(_packs, _group, _codecs, _guard);

    /// <summary>Keeps objects that are there from sweeps until it is disposed: for who looks up what is stored and is
    /// about to refer to it. Hold it over the whole of a job that stores in several batches.</summary>
    public ObjectHold Hold() => _guard.Enter();

    /// <summary>Whether the store has the object. It does not read it: see <see cref="ObjectCheck"/>. A sweep may be
    /// about to drop it: who is to refer to it asks <see cref="ObjectHold.Keeps(ContentHash)"/>.</summary>
    public bool Contains(ContentHash hash) =>
        _tier?.Has(hash, EntryKinds.Object) ?? _packs.TryFind(hash, EntryKinds.Object, out _);

    /// <summary>Whether the object can be read: also when it is only here of a store that lives elsewhere, which
    /// <see cref="Contains"/> does not count.</summary>
    public bool IsReadable(ContentHash hash) => _packs.IsHere(hash, EntryKinds.Object) || Contains(hash);

    /// <summary>The object's bytes in number.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>object-damaged</c>.</exception>
    public long Size(ContentHash hash)
    {
        var location = _reader.Find(hash, EntryKinds.Object);
        return location.Entry.Kind == EntryKind.Blob
            ? location.Entry.RawLength
            : _reader.ReadAnyRecipe(location, hash).Length;
    }

    /// <summary>Opens an object for one pass. Every chunk is compared with its hash before any of its bytes are handed
    /// out.</summary>
    /// <returns>A stream of known length that cannot seek; the caller disposes it.</returns>
    /// <exception cref="MillraceException"><c>object-missing</c>, and also from the stream
    /// <c>object-damaged</c>.</exception>
    public Stream OpenRead(ContentHash hash) => new ObjectStream(_reader, hash, 0, null);

    /// <summary>Opens a part of an object for one pass; only the chunks that it touches are read.</summary>
    /// <param name="hash">The object.</param>
    /// <param name="offset">The first byte, from 0; one beyond the end gives an empty stream.</param>
    /// <param name="length">How many bytes; those beyond the end are left out.</param>
    /// <inheritdoc cref="OpenRead(ContentHash)"/>
    public Stream OpenRead(ContentHash hash, long offset, long length) =>
        new ObjectStream(_reader, hash, offset, length);

    /// <summary>The whole object, verified.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>object-damaged</c>.</exception>
    public byte[] Read(ContentHash hash)
    {
        using var stream = new ObjectStream(_reader, hash, 0, null);
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)stream.Length));
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <inheritdoc cref="Read"/>
    public Task<byte[]> ReadAsync(ContentHash hash, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read(hash));
    }

    /// <summary>Writes an object into a file from its beginning on; verified as by <see cref="OpenRead(ContentHash)"/>.
    /// </summary>
    /// <param name="hash">The object.</param>
    /// <param name="target">An empty file, open for writing.</param>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>object-damaged</c>, <c>disk-full</c>,
    /// <c>write-failed</c>.</exception>
    public void CopyTo(ContentHash hash, SafeFileHandle target)
    {
        using var stream = new ObjectStream(_reader, hash, 0, null);
        try
        {
            for (var bytes = stream.Peek(); !bytes.IsEmpty; bytes = stream.Peek())
            {
                RandomAccess.Write(target, bytes, stream.Position);
                stream.Consume(bytes.Length);
            }
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, $"a copy of object {hash.Short}");
        }
    }

    /// <summary>Where the object lies, so that many can be read in the order of the disk.</summary>
    /// <returns>A number that sorts; the largest one for what is not there.</returns>
    public (string Pack, long Offset) Locate(ContentHash hash) =>
        (_tier is null ? _packs.TryFind(hash, EntryKinds.Object, out var location)
            : _packs.TryFindKnown(hash, EntryKinds.Object, null, out location))
            ? (location.Pack.Path, location.Entry.Offset)
            : ("~", long.MaxValue);

    /// <summary>Where a small object lies in a pack that is here.</summary>
    /// <returns>False when it is large, or not here.</returns>
    internal bool TryLocate(ContentHash hash, out PackLocation location) =>
        _packs.TryFindKnown(hash, EntryKinds.Object, null, out location) && location.Entry.Kind == EntryKind.Blob
        && location.Entry.End <= location.Pack.Length;

    /// <summary>For reading many small objects that lie close to each other; the caller disposes it.</summary>
    internal EntryWindow OpenWindow() => new(_codecs, _cipher);

    /// <summary>Every object's hash in ascending order, as the store is while it is read.</summary>
    public IEnumerable<ContentHash> List()
    {
        var hashes = new List<ContentHash>();
        foreach (var location in _packs.List(EntryKinds.Object))
            hashes.Add(location.Entry.Id);
        if (_tier is not null)
            hashes.AddRange(_tier.List());
        hashes.Sort();
        for (var i = 0; i < hashes.Count; i++)
        {
            if (i == 0 || hashes[i] != hashes[i - 1])
                yield return hashes[i];
        }
    }

    /// <summary>Gives the packs free; no batch may be open.</summary>
    public void Dispose()
    {
        _guard.Dispose();
        _packs.Dispose();
        _codecs.Dispose();
        _tier?.Dispose();
        _cipher?.Dispose();
    }
}
