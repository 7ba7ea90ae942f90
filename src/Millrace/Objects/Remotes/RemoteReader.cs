using System.Buffers;
using Millrace.Objects.Backends;
using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>Reads entries of a remote, many with one request where they lie close to each other.</summary>
/// <remarks>A gap costs less than a request, so that a pack of which most is wanted is read as a whole, some MiB at a
/// time; of another one only what is wanted.</remarks>
/// <param name="backend">Where the remote is.</param>
/// <param name="codecs">Decompress.</param>
/// <param name="cipher">The key of the packs; null when they are not encrypted.</param>
/// <param name="relocate">Looks again where entries are whose pack is gone, as a sweep moves them; null when one of
/// them is nowhere.</param>
/// <param name="repairCommand">What mends damage, for hints.</param>
sealed class RemoteReader(
    IObjectBackend backend, CodecPool codecs, EntryCipher? cipher,
    Func<IReadOnlyList<RemoteLocation>, CancellationToken, Task<RemoteLocation[]?>> relocate,
    string repairCommand)
{
    /// <summary>How often one reading looks again where entries are.</summary>
    const int RelocationsMax = 3;

    /// <summary>Bytes that are rather read than left out.</summary>
    const int GapMax = 128 * 1024;

    /// <summary>Bytes of one request, unless a single entry is larger.</summary>
    const int RunSizeMax = 8 << 20;

    /// <summary>Requests that are under way at once.</summary>
    const int RequestsMax = 4;

    /// <summary>Reads entries and hands each to the sink once it is proved.</summary>
    /// <param name="wanted">Sorted here by pack and place; one whose pack went meanwhile becomes the entry in its new
    /// pack.</param>
    /// <param name="sink">Called by one thread at a time.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="damaged">Told the number of each entry that is damaged; null ends the reading at the first.</param>
    /// <returns>Bytes that were read.</returns>
    /// <exception cref="MillraceException"><c>remote-damaged</c>, <c>remote-unavailable</c>,
    /// <c>remote-file-missing</c>.</exception>
    public async Task<long> ReadAsync(
        RemoteLocation[] wanted, EntrySink sink, CancellationToken cancellationToken, Action<int>? damaged = null)
    {
        Array.Sort(wanted, Compare);
        var isDone = new bool[wanted.Length];
        var (part, numbers) = (wanted, (int[]?)null);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await ReadOnceAsync(
                    part,
                    (number, payload) => sink(Done(number), payload),
                    damaged is null ? null : number => damaged(Done(number)), cancellationToken).ConfigureAwait(false);
            }
            catch (MillraceException exception)
                when (exception.Code == "remote-file-missing" && attempt < RelocationsMax)
            {
                int[] left = [.. Enumerable.Range(0, wanted.Length).Where(number => !isDone[number])];
                if (await relocate([.. left.Select(number => wanted[number])], cancellationToken)
                    .ConfigureAwait(false) is not { } moved)
                {
                    throw;
                }

                Array.Sort(moved, Compare);
                for (var i = 0; i < left.Length; i++)
                    wanted[left[i]] = moved[i];
                (part, numbers) = (moved, left);
            }
        }

        int Done(int number)
        {
            var own = numbers is null ? number : numbers[number];
            isDone[own] = true;
            return own;
        }
    }

    async Task<long> ReadOnceAsync(
        RemoteLocation[] wanted, EntrySink sink, Action<int>? damaged, CancellationToken cancellationToken)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = new Queue<(RemoteRun Run, byte[] Buffer, Task<int> Count)>();
        var total = 0L;
        try
        {
            foreach (var run in Plan(wanted))
            {
                if (reading.Count == RequestsMax)
                    await TakeAsync(reading, wanted, sink, damaged).ConfigureAwait(false);
                var size = (int)(run.End - run.Begin);
                var buffer = ArrayPool<byte>.Shared.Rent(size);
                reading.Enqueue(
                    (run, buffer, backend.ReadAsync(run.Pack.File, run.Begin, buffer.AsMemory(0, size), cancel.Token)));
                total += size;
            }

            while (reading.Count > 0)
                await TakeAsync(reading, wanted, sink, damaged).ConfigureAwait(false);
            return total;
        }
        finally
        {
            if (reading.Count > 0)
                await EndAsync(reading, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The raw bytes of some entries, in the order asked for.</summary>
    public async Task<byte[][]> ReadRawAsync(
        IReadOnlyList<RemoteLocation> wanted, CancellationToken cancellationToken)
    {
        var sorted = wanted.ToArray();
        var raw = new Dictionary<ContentHash, byte[]>();
        await ReadAsync(
            sorted,
            (number, payload) =>
            {
                var entry = sorted[number].Entry;
                var bytes = new byte[entry.RawLength];
                var codec = codecs.Take();
                EntryPayload.TryDecode(entry, payload, bytes, codec, cipher);
                codecs.Return(codec);
                raw[entry.Id] = bytes;
            },
            cancellationToken).ConfigureAwait(false);
        return [.. wanted.Select(location => raw[location.Entry.Id])];
    }

    /// <summary>A recipe or node.</summary>
    public async Task<Recipe> ReadListAsync(RemoteLocation location, CancellationToken cancellationToken)
    {
        var raw = await ReadRawAsync([location], cancellationToken).ConfigureAwait(false);
        return Recipe.TryRead(raw[0]) is { } list
            && (location.Entry.Kind == EntryKind.Recipe || list.PartKind == EntryKind.Chunk)
                ? list
                : throw Damaged(location);
    }

    public MillraceException Damaged(RemoteLocation location) => new(
        ErrorKind.Corrupt, "remote-damaged",
        $"'{location.Pack.File}' of remote '{backend.Description}' is damaged: its bytes at {location.Entry.Offset} "
        + $"are not those of {location.Entry.Id}.",
        $"'{repairCommand}' sends again what is whole here and keeps what can be read there.");

    static List<RemoteRun> Plan(RemoteLocation[] wanted)
    {
        var runs = new List<RemoteRun>();
        for (var i = 0; i < wanted.Length; i++)
        {
            var (pack, entry) = wanted[i];
            if (runs.Count > 0 && runs[^1] is var last && ReferenceEquals(last.Pack, pack)
                && entry.Offset - last.End <= GapMax && entry.End - last.Begin <= RunSizeMax)
            {
                runs[^1] = last with { Count = last.Count + 1, End = Math.Max(last.End, entry.End) };
                continue;
            }

            runs.Add(new RemoteRun(pack, i, 1, entry.Offset, entry.End));
        }

        return runs;
    }

    static int Compare(RemoteLocation left, RemoteLocation right)
    {
        var order = ReferenceEquals(left.Pack, right.Pack)
            ? 0 : string.CompareOrdinal(left.Pack.Name, right.Pack.Name);
        return order != 0 ? order : left.Entry.Offset.CompareTo(right.Entry.Offset);
    }

    async Task TakeAsync(
        Queue<(RemoteRun Run, byte[] Buffer, Task<int> Count)> reading, RemoteLocation[] wanted, EntrySink sink,
        Action<int>? damaged)
    {
        var (run, buffer, task) = reading.Peek();
        var count = await task.ConfigureAwait(false);
        reading.Dequeue();
        try
        {
            Prove(run, buffer.AsSpan(0, count), wanted, sink, damaged);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    void Prove(
        RemoteRun run, ReadOnlySpan<byte> bytes, RemoteLocation[] wanted, EntrySink sink, Action<int>? damaged)
    {
        var codec = codecs.Take();
        try
        {
            for (var i = run.First; i < run.First + run.Count; i++)
            {
                var entry = wanted[i].Entry;
                var begin = (int)(entry.Offset - run.Begin);
                var length = PackEntry.HeaderSize + entry.StoredLength;
                if (bytes.Length < begin + length
                    || !EntryPayload.IsWhole(entry, bytes.Slice(begin, length), codec, cipher, out _))
                {
                    if (damaged is null)
                        throw Damaged(wanted[i]);
                    damaged(i);
                    continue;
                }

                sink(i, bytes.Slice(begin + PackEntry.HeaderSize, entry.StoredLength));
            }
        }
        finally
        {
            codecs.Return(codec);
        }
    }

    /// <summary>The buffers are the requests' until they have ended.</summary>
    static async Task EndAsync(
        Queue<(RemoteRun Run, byte[] Buffer, Task<int> Count)> reading, CancellationTokenSource cancel)
    {
        await cancel.CancelAsync().ConfigureAwait(false);
        foreach (var (_, buffer, task) in reading)
        {
            await task.ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
                .ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
