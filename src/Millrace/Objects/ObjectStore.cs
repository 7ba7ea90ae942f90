namespace Millrace.Objects;

/// <summary>Immutable bytes under their hash, in a folder. See docs/formats/objects.md for its layout.</summary>
/// <remarks>Many threads and many processes may use one folder at once; none waits for another. An object is visible
/// only when it is whole, and a put has returned only when the object survives a power cut. Whoever opens it disposes
/// it.</remarks>
public sealed class ObjectStore : IDisposable
{
    readonly ObjectLayout _layout;
    readonly ObjectStaging _staging;

    /// <param name="folder">Created at the first put. Leftovers of processes that died in it are deleted now.</param>
    public ObjectStore(string folder)
    {
        _layout = new ObjectLayout(Path.GetFullPath(folder));
        _staging = new ObjectStaging(_layout);
        _staging.Sweep();
    }

    /// <summary>The store's folder, as a full path.</summary>
    public string Folder => _layout.Folder;

    internal ObjectLayout Layout => _layout;

    /// <summary>Stores bytes; those that are there already are not written again.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>,
    /// <c>fsync-failed</c>; nothing of the object is then visible, or all of it.</exception>
    public ContentHash Put(ReadOnlySpan<byte> bytes)
    {
        using var staged = _staging.Stage(bytes);
        return Place(staged);
    }

    /// <summary>Stores what is left of a stream, in constant memory. The stream is read once and not
    /// disposed.</summary>
    /// <remarks>Content of 1 MiB or more that is there already is written aside and dropped, for its hash is known
    /// only at its end.</remarks>
    /// <exception cref="MillraceException">As for <see cref="Put"/>.</exception>
    public async Task<ContentHash> PutAsync(Stream source, CancellationToken cancellationToken = default)
    {
        using var staged = await _staging.StageAsync(source, cancellationToken).ConfigureAwait(false);
        // fsync has no asynchronous form.
        return await Task.Run(() => Place(staged), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stores the file's bytes as they are while it reads; the file itself stays.</summary>
    /// <exception cref="MillraceException"><c>file-missing</c>, and as for <see cref="Put"/>.</exception>
    public async Task<ContentHash> PutFileAsync(string path, CancellationToken cancellationToken = default)
    {
        using var source = ObjectStaging.OpenSource(path);
        return await PutAsync(source, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins many puts that become durable together, with far fewer waits for the disk than one by
    /// one.</summary>
    public ObjectBatch BeginBatch() => new(_layout, _staging);

    /// <summary>Whether the store has the object. It does not read it: see <see cref="ObjectCheck"/>.</summary>
    public bool Contains(ContentHash hash) => File.Exists(_layout.PathOf(hash));

    /// <summary>The object's bytes in number.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>.</exception>
    public long Size(ContentHash hash)
    {
        var file = new FileInfo(_layout.PathOf(hash));
        return file.Exists ? file.Length : throw _layout.Missing(hash);
    }

    /// <summary>Opens an object for one pass. The read that reaches its end compares the hash before it hands out the
    /// last bytes, so who reads to the end has read the right bytes.</summary>
    /// <returns>A stream of known length that cannot seek; the caller disposes it.</returns>
    /// <exception cref="MillraceException"><c>object-missing</c>; and from the stream
    /// <c>object-damaged</c>.</exception>
    public Stream OpenRead(ContentHash hash) => new VerifiedStream(_layout, hash);

    /// <summary>The whole object, verified.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>object-damaged</c>.</exception>
    public async Task<byte[]> ReadAsync(ContentHash hash, CancellationToken cancellationToken = default)
    {
        var stream = OpenRead(hash);
        await using (stream.ConfigureAwait(false))
        {
            var bytes = GC.AllocateUninitializedArray<byte>(checked((int)stream.Length));
            await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes;
        }
    }

    /// <summary>Every object's hash in ascending order, as the folder is while it is read.</summary>
    public IEnumerable<ContentHash> List() => _layout.List();

    /// <summary>Deletes what this store wrote aside and did not place; no batch may be open.</summary>
    public void Dispose() => _staging.Dispose();

    ContentHash Place(StagedObject staged)
    {
        if (staged.Aside is { } aside)
        {
            aside.Sync();
            _layout.Place(aside, staged.Hash);
        }
        _layout.SyncShards([ObjectLayout.ShardOf(staged.Hash)]);
        return staged.Hash;
    }
}
