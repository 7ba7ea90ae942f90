namespace Millrace.Objects.Backends;

/// <summary>Where a remote keeps its files: a folder or a bucket of an S3 service. Names are paths with '/'; see
/// <see cref="BackendName"/>. Thread-safe.</summary>
/// <remarks>Every file is visible whole or not at all, and durable once the call has returned. Failures of the world
/// are <see cref="MillraceException"/>: <c>remote-unavailable</c>, <c>remote-denied</c>, <c>remote-missing</c>, and for
/// folders those of <see cref="Catalog.DurableFile"/>.</remarks>
interface IObjectBackend : IDisposable
{
    /// <summary>The place, without credentials.</summary>
    string Description { get; }

    /// <summary>Whether its place can be there: false for a folder that is not.</summary>
    bool IsThere => true;

    /// <summary>The files whose name begins with the prefix, in the order of their bytes.</summary>
    IAsyncEnumerable<BackendEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>A whole small file and what tells its content apart; null when there is none.</summary>
    /// <exception cref="MillraceException"><c>remote-file-large</c>.</exception>
    Task<BackendValue?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Fills the target from a part of a file.</summary>
    /// <returns>How many bytes there were; fewer than asked at the end of the file.</returns>
    /// <exception cref="MillraceException"><c>remote-file-missing</c>.</exception>
    Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken);

    /// <summary>Writes a file, over one that may be there.</summary>
    /// <param name="name">The file.</param>
    /// <param name="content">Read once, forward; not disposed.</param>
    /// <param name="length">How many bytes the content has.</param>
    /// <param name="cancellationToken">Ends it; nothing is then visible.</param>
    Task PutAsync(string name, Stream content, long length, CancellationToken cancellationToken);

    /// <summary>Writes a file if there is none of that name: of any number of writers exactly one gets true.</summary>
    Task<bool> TryPutAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Replaces a file if its content is still the one with this tag.</summary>
    /// <returns>False when it is another or gone.</returns>
    Task<bool> TryReplaceAsync(
        string name, ReadOnlyMemory<byte> bytes, string tag, CancellationToken cancellationToken);

    /// <summary>Deletes a file if its content is still the one with this tag, with folders that are then
    /// empty.</summary>
    /// <returns>False when it is another or gone.</returns>
    /// <remarks>A service that does not know conditional deletes deletes it whatever it is now.</remarks>
    Task<bool> TryDeleteAsync(string name, string tag, CancellationToken cancellationToken);

    /// <summary>Deletes what writers left that are no more.</summary>
    /// <returns>How many bytes that were.</returns>
    /// <remarks>Services drop what was begun and not ended by rules of their own.</remarks>
    Task<long> DropLeftoversAsync(CancellationToken cancellationToken) => Task.FromResult(0L);

    /// <summary>Deletes a file; one that is not there is no error.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
