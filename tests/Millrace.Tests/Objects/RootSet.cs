using Millrace.Objects;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>A room that needs what it is told.</summary>
sealed class RootSet : IRootSource
{
    readonly HashSet<ContentHash> _hashes = [];

    public string Room => "tests";

    public void Add(ContentHash hash) => _hashes.Add(hash);

    public void Remove(ContentHash hash) => _hashes.Remove(hash);

    public IAsyncEnumerable<ObjectRoot> RootsAsync(CancellationToken cancellationToken) =>
        _hashes.ToList().Select(hash => new ObjectRoot(hash, hash.Short)).ToAsyncEnumerable();
}
