using System.Collections.Concurrent;
using Millrace.Objects;

namespace Millrace.Versions.Dvc;

/// <summary>Takes DVC's objects in from their sources: each is read once, through MD5 and SHA-256 at a time, and is
/// asked for at the next source when one has it not or has it damaged.</summary>
/// <param name="objects">Gets them.</param>
/// <param name="hold">Of the whole import, so that what is recalled or taken is there until it is referred to.</param>
/// <param name="digests">What they are called there and here.</param>
/// <param name="sources">Where they are, in the order to ask.</param>
/// <param name="unread">Remotes that cannot be asked, for messages.</param>
sealed class DvcObjects(
    ObjectStore objects, ObjectHold hold, ObjectDigests digests, IReadOnlyList<DvcSource> sources,
    IReadOnlyList<string> unread)
{
    /// <summary>How many objects become durable together.</summary>
    const int WindowCount = 4096;

    /// <summary>How many are read at a time.</summary>
    const int Parallelism = 8;

    const int NamedMax = 5;

    readonly ConcurrentDictionary<DvcDigest, (ContentHash Hash, long SizeBytes)> _known = new();

    /// <summary>Objects that were read and stored.</summary>
    public long CopiedCount { get; private set; }

    /// <summary>What an object that was taken in or recalled is called here.</summary>
    public (ContentHash Hash, long SizeBytes) this[DvcDigest digest] => _known[digest];

    public bool Contains(DvcDigest digest) => _known.ContainsKey(digest);

    /// <summary>Finds those that the store has already.</summary>
    public async Task RecallAsync(IEnumerable<DvcDigest> wanted, CancellationToken cancellationToken)
    {
        foreach (var group in wanted.Distinct().GroupBy(digest => digest.Algorithm))
        {
            var found = await digests.FindAsync(
                group.Key, group.Select(digest => digest.ToString()), cancellationToken).ConfigureAwait(false);
            foreach (var digest in group)
            {
                if (found.TryGetValue(digest.ToString(), out var hash) && hold.Keeps(hash))
                    _known[digest] = (hash, objects.Size(hash));
            }
        }
    }

    /// <summary>Takes in all that is not here yet.</summary>
    /// <exception cref="MillraceException"><c>dvc-object-missing</c>, <c>dvc-object-damaged</c>: after all the others
    /// were stored, so that the next try begins with them.</exception>
    public async Task TakeAsync(
        IEnumerable<DvcDigest> wanted, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var missing = new ConcurrentQueue<DvcDigest>();
        var damaged = new ConcurrentQueue<DvcDigest>();
        foreach (var window in wanted.Distinct().Where(digest => !_known.ContainsKey(digest)).Chunk(WindowCount))
        {
            using var batch = objects.BeginBatch();
            var taken = new ConcurrentQueue<(DvcDigest Digest, ContentHash Hash, long SizeBytes)>();
            await Parallel.ForEachAsync(
                window,
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (digest, stop) =>
                {
                    var (hash, size, isDamaged) = await TakeOneAsync(batch, digest, stop).ConfigureAwait(false);
                    if (hash is { } content)
                        taken.Enqueue((digest, content, size));
                    else
                        (isDamaged ? damaged : missing).Enqueue(digest);
                    progress?.Report(size);
                }).ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var group in taken.GroupBy(item => item.Digest.Algorithm))
            {
                await digests.RememberAsync(
                    group.Key, group.Select(item => (item.Hash, item.Digest.ToString())), cancellationToken)
                    .ConfigureAwait(false);
            }

            foreach (var (digest, hash, size) in taken)
                _known[digest] = (hash, size);
            CopiedCount += taken.Count;
        }

        Complain([.. missing], [.. damaged]);
    }

    async Task<(ContentHash? Hash, long SizeBytes, bool IsDamaged)> TakeOneAsync(
        ObjectBatch batch, DvcDigest digest, CancellationToken cancellationToken)
    {
        var isDamaged = false;
        foreach (var source in sources)
        {
            foreach (var key in digest.Keys)
            {
                var stream = await source.OpenAsync(key, cancellationToken).ConfigureAwait(false);
                if (stream is null)
                    continue;
                await using var opened = stream.ConfigureAwait(false);
                using var hasher = new DvcHasher(digest.Algorithm);
                var hashing = new HashingStream(stream, hasher);
                await using var closing = hashing.ConfigureAwait(false);
                var hash = await batch.PutAsync(hashing, cancellationToken).ConfigureAwait(false);
                if (hasher.Complete() == digest.Hex)
                    return (hash, hashing.Position, false);
                isDamaged = true;
            }
        }

        return (null, 0, isDamaged);
    }

    void Complain(List<DvcDigest> missing, List<DvcDigest> damaged)
    {
        var places = string.Join(", ", sources.Select(source => $"'{source.Name}'"));
        if (damaged.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "dvc-object-damaged",
                $"{damaged.Count} objects are not what their MD5 says, in {places}: {Named(damaged)}.",
                "Take them again from another copy with 'dvc fetch'; what is right was stored, and the same command "
                + "goes on from there.");
        }

        if (missing.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "dvc-object-missing",
                $"{missing.Count} objects are not in {places}: {Named(missing)}."
                + (unread.Count == 0 ? "" : $" Not read here: {string.Join(", ", unread)}."),
                "Fetch them with 'dvc fetch', or name a remote that has them with '--remote'; what was found was "
                + "stored, and the same command goes on from there.");
        }
    }

    static string Named(List<DvcDigest> digests) => string.Join(", ", digests.Take(NamedMax))
        + (digests.Count > NamedMax ? $" and {digests.Count - NamedMax} more" : "");
}
