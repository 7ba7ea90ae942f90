namespace Millrace.Objects;

/// <summary>The part of <c>fsck</c> that looks at objects: reads every one, compares its hash, and asks the rooms who
/// needs what is damaged or missing.</summary>
/// <remarks>Bytes: the whole store once, read and hashed on every core; 32 bytes of memory for each object. It changes
/// nothing and may run beside writers; what they add meanwhile may or may not be counted.</remarks>
/// <param name="store">The store to read.</param>
public sealed class ObjectCheck(ObjectStore store)
{
    /// <summary>How many references to one object are kept by name; the rest are counted.</summary>
    public const int ReferencesMax = 20;

    /// <summary>Reads the whole store and asks everyone who holds references. <paramref name="progress"/> is told
    /// after each object, from any thread; null is nobody.</summary>
    public async Task<ObjectReport> CheckAsync(
        IEnumerable<IRootSource> rooms,
        IProgress<ObjectCheckProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var findings = await ReadAllAsync(progress, cancellationToken).ConfigureAwait(false);
        var references = await AskAsync(rooms, findings, cancellationToken).ConfigureAwait(false);
        return new ObjectReport(
            findings.Present.Count,
            findings.SizeBytes,
            [.. findings.Damaged
                .OrderBy(pair => pair.Key)
                .Select(pair => new DamagedObject(
                    pair.Key,
                    store.Layout.PathOf(pair.Key),
                    pair.Value,
                    ReferencesTo(pair.Key, references)))],
            [.. references.Keys
                .Where(hash => !findings.Present.Contains(hash))
                .Order()
                .Select(hash => new MissingObject(hash, ReferencesTo(hash, references)))],
            [.. store.Layout.ListForeign()]);
    }

    async Task<Findings> ReadAllAsync(IProgress<ObjectCheckProgress>? progress, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        var options = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        await Parallel.ForEachAsync(store.List(), options, async (hash, token) =>
        {
            ContentHash? actual = null;
            var size = 0L;
            try
            {
                size = store.Size(hash);
                actual = await ContentHash.OfFileAsync(store.Layout.PathOf(hash), token).ConfigureAwait(false);
            }
            catch (MillraceException exception) when (exception.Kind == ErrorKind.NotFound)
            {
                // Swept since it was listed; if anyone still needs it, it is reported as missing.
                return;
            }
            catch (FileNotFoundException)
            {
                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The disk cannot give it back: that is damage too, and the other objects are to be read all the same.
            }
            var soFar = findings.Add(hash, actual, size);
            progress?.Report(soFar);
        }).ConfigureAwait(false);
        return findings;
    }

    /// <summary>Who needs each object that is damaged or missing.</summary>
    async Task<Dictionary<ContentHash, (long Count, List<string> First)>> AskAsync(
        IEnumerable<IRootSource> rooms,
        Findings findings,
        CancellationToken cancellationToken)
    {
        var references = new Dictionary<ContentHash, (long Count, List<string> First)>();
        foreach (var room in rooms)
        {
            await foreach (var root in room.RootsAsync(cancellationToken).ConfigureAwait(false))
            {
                var isPresent = findings.Present.Contains(root.Hash);
                // One that is there now was stored after the listing.
                if (isPresent ? !findings.Damaged.ContainsKey(root.Hash) : store.Contains(root.Hash))
                    continue;
                var (count, first) = references.GetValueOrDefault(root.Hash, (0, []));
                if (first.Count < ReferencesMax)
                    first.Add($"{room.Room}: {root.ReferencedBy}");
                references[root.Hash] = (count + 1, first);
            }
        }
        return references;
    }

    static ObjectReferences ReferencesTo(
        ContentHash hash,
        Dictionary<ContentHash, (long Count, List<string> First)> references)
    {
        var (count, first) = references.GetValueOrDefault(hash, (0, []));
        return new ObjectReferences(count, first);
    }

    /// <summary>What the reading threads found.</summary>
    sealed class Findings
    {
        readonly Lock _lock = new();

        public HashSet<ContentHash> Present { get; } = [];

        /// <summary>The hash of what is there instead; null when it cannot be read.</summary>
        public Dictionary<ContentHash, ContentHash?> Damaged { get; } = [];

        public long SizeBytes { get; private set; }

        public ObjectCheckProgress Add(ContentHash hash, ContentHash? actual, long size)
        {
            lock (_lock)
            {
                Present.Add(hash);
                if (actual != hash)
                    Damaged.Add(hash, actual);
                SizeBytes += size;
                return new ObjectCheckProgress(Present.Count, SizeBytes);
            }
        }
    }
}
