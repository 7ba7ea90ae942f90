using Millrace.Objects.Backends;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>A backend whose connection breaks after some writes or reads, and which counts its requests.</summary>
sealed class CutBackend(IObjectBackend inner) : IObjectBackend
{
    readonly Lock _lock = new();

    public int WritesLeft { get; set; } = int.MaxValue;

    /// <summary>Whether deletes are writes that can be cut off.</summary>
    public bool CountsDeletes { get; set; }

    public int ReadsLeft { get; set; } = int.MaxValue;

    /// <summary>Called before each write with its number, from 0.</summary>
    public Action<int>? BeforeWrite { get; set; }

    /// <summary>Called before each read of a part of a file with its number, from 0.</summary>
    public Action<int>? BeforeRead { get; set; }

    public int Writes { get; private set; }

    public int Reads { get; private set; }

    public long BytesWritten { get; private set; }

    public string Description => inner.Description;

    public IAsyncEnumerable<BackendEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public Task<BackendValue?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        CountRead();
        return inner.ReadAsync(name, cancellationToken);
    }

    public Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        BeforeRead?.Invoke(Reads);
        CountRead();
        return inner.ReadAsync(name, offset, target, cancellationToken);
    }

    public Task PutAsync(string name, Stream content, long length, CancellationToken cancellationToken)
    {
        CountWrite(length);
        return inner.PutAsync(name, content, length, cancellationToken);
    }

    public Task<bool> TryPutAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        CountWrite(bytes.Length);
        return inner.TryPutAsync(name, bytes, cancellationToken);
    }

    public Task<bool> TryReplaceAsync(
        string name, ReadOnlyMemory<byte> bytes, string tag, CancellationToken cancellationToken)
    {
        if (CountsDeletes)
            CountWrite(bytes.Length);
        return inner.TryReplaceAsync(name, bytes, tag, cancellationToken);
    }

    public Task<bool> TryDeleteAsync(string name, string tag, CancellationToken cancellationToken) =>
        inner.TryDeleteAsync(name, tag, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (CountsDeletes)
            CountWrite(0);
        return inner.DeleteAsync(name, cancellationToken);
    }

    public void Dispose() => inner.Dispose();

    void CountWrite(long length)
    {
        BeforeWrite?.Invoke(Writes);
        lock (_lock)
        {
            if (WritesLeft-- <= 0)
                throw BackendErrors.Unavailable(Description, "answer", new IOException("cut"));
            Writes++;
            BytesWritten += length;
        }
    }

    void CountRead()
    {
        if (ReadsLeft-- <= 0)
            throw BackendErrors.Unavailable(Description, "answer", new IOException("cut"));
        Reads++;
    }
}
