using Millrace.Catalog;

namespace Millrace.Objects;

/// <summary>Many puts that become durable together. Until <see cref="CommitAsync"/> has returned, none of them counts
/// as stored. Disposing without a commit drops them.</summary>
/// <remarks>Puts may come from many threads at once; a commit comes after the last of them. Made by
/// <see cref="ObjectStore.BeginBatch"/>; must be disposed before its store.</remarks>
public sealed class ObjectBatch : IDisposable
{
    readonly ObjectLayout _layout;
    readonly ObjectStaging _staging;
    readonly SyncQueue _syncs = new();
    readonly Lock _lock = new();
    readonly Dictionary<ContentHash, AsideFile> _pending = [];
    readonly HashSet<byte> _shards = [];
    bool _isCommitted;
    bool _isDisposed;

    internal ObjectBatch(ObjectLayout layout, ObjectStaging staging)
    {
        _layout = layout;
        _staging = staging;
    }

    /// <summary>How many objects the commit will add: those that the store has already do not count.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <inheritdoc cref="ObjectStore.Put"/>
    public ContentHash Put(ReadOnlySpan<byte> bytes)
    {
        ThrowIfClosed();
        return Take(_staging.Stage(bytes));
    }

    /// <inheritdoc cref="ObjectStore.PutAsync"/>
    public async Task<ContentHash> PutAsync(Stream source, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        return Take(await _staging.StageAsync(source, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc cref="ObjectStore.PutFileAsync"/>
    public async Task<ContentHash> PutFileAsync(string path, CancellationToken cancellationToken = default)
    {
        using var source = ObjectStaging.OpenSource(path);
        return await PutAsync(source, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns when every put of the batch survives a power cut. A failure or a cancelled token may leave
    /// some of the objects in the store, each of them whole; putting them again is harmless.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>,
    /// <c>fsync-failed</c>.</exception>
    public Task CommitAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        _isCommitted = true;
        // fsync has no asynchronous form.
        return Task.Run(() => Commit(cancellationToken), cancellationToken);
    }

    /// <summary>Deletes what was not committed.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _syncs.Dispose();
        foreach (var aside in _pending.Values)
            aside.Dispose();
    }

    ContentHash Take(StagedObject staged)
    {
        lock (_lock)
        {
            // Also for an object that is there: see ObjectLayout.SyncShards.
            _shards.Add(ObjectLayout.ShardOf(staged.Hash));
            if (staged.Aside is null)
                return staged.Hash;
            if (!_pending.TryAdd(staged.Hash, staged.Aside))
            {
                staged.Dispose();
                return staged.Hash;
            }
        }
        _syncs.Add(staged.Aside);
        return staged.Hash;
    }

    void Commit(CancellationToken cancellationToken)
    {
        _syncs.Complete();
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (hash, aside) in _pending)
            _layout.Place(aside, hash);
        _layout.SyncShards(_shards);
    }

    void ThrowIfClosed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isCommitted)
            throw new InvalidOperationException("The batch is committed; begin another one.");
    }
}
