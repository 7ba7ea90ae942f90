namespace Millrace.Objects.Backends;

/// <summary>Counts what is asked of a backend.</summary>
sealed class CountedBackend(IObjectBackend backend) : IObjectBackend
{
    long _requests;

    /// <summary>Calls so far. A file that goes up in parts counts once.</summary>
    public long RequestCount => Interlocked.Read(ref _requests);

    /// <summary>What is counted.</summary>
    public IObjectBackend Counted => backend;

    public string Description => backend.Description;

    public bool IsThere => backend.IsThere;

    public IAsyncEnumerable<BackendEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
        Count().ListAsync(prefix, cancellationToken);

    public Task<BackendValue?> ReadAsync(string name, CancellationToken cancellationToken) =>
        Count().ReadAsync(name, cancellationToken);

    public Task<int> ReadAsync(
        string name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        Count().ReadAsync(name, offset, target, cancellationToken);

    public Task PutAsync(string name, Stream content, long length, CancellationToken cancellationToken) =>
        Count().PutAsync(name, content, length, cancellationToken);

    public Task<bool> TryPutAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        Count().TryPutAsync(name, bytes, cancellationToken);

    public Task<bool> TryReplaceAsync(
        string name, ReadOnlyMemory<byte> bytes, string tag, CancellationToken cancellationToken) =>
        Count().TryReplaceAsync(name, bytes, tag, cancellationToken);

    public Task<bool> TryDeleteAsync(string name, string tag, CancellationToken cancellationToken) =>
        Count().TryDeleteAsync(name, tag, cancellationToken);

    public Task<long> DropLeftoversAsync(CancellationToken cancellationToken) =>
        backend.DropLeftoversAsync(cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        Count().DeleteAsync(name, cancellationToken);

    public void Dispose() => backend.Dispose();

    IObjectBackend Count()
    {
        Interlocked.Increment(ref _requests);
        return backend;
    }
}
