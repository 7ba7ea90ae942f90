using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Objects.Packs;

namespace Millrace.Benchmarks;

/// <summary>Putting and reading objects, beside what the disk and SHA-256 allow.</summary>
/// <remarks>Every round writes new content, or deduplication would write nothing.</remarks>
static class ObjectBenchmarks
{
    const int LargeSize = 64 * 1024 * 1024;
    const int SmallSize = 30_000;
    const int SmallCount = 1000;
    const int Rounds = 5;
    const int TreeCount = 20_000;
    const int TreeFileSize = 4096;
    const long TreeBytes = (long)TreeCount * TreeFileSize;
    const int HugeSize = 256 * 1024 * 1024;
    const int HugeCount = 4;

    public static async Task RunAsync()
    {
        var folder = Path.Join(Environment.CurrentDirectory, $"bench-objects-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            using var store = new ObjectStore(Path.Join(folder, "store"));
            await MeasureAsync(folder, store);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task MeasureAsync(string folder, ObjectStore store)
    {
        const long SmallBytes = (long)SmallSize * SmallCount;
        var report = new BenchmarkReport(
            "objects",
            "Objects: put and read",
            $"Random bytes: one object of {LargeSize >> 20} MiB, and {SmallCount:N0} of {SmallSize:N0} bytes. "
            + "Reads come from the page cache.",
            Rounds,
            [ReportColumn.Throughput]);
        var large = new byte[LargeSize];
        var small = new byte[SmallBytes];
        var random = new Random(1);
        random.NextBytes(large);
        random.NextBytes(small);
        var largeHashes = new ContentHash[Rounds + 1];
        var smallHashes = new ContentHash[SmallCount];

        var hashLarge = report.Add("SHA-256, 64 MiB", LargeSize, round => Task.FromResult(SHA256.HashData(large)));
        var writeLarge = report.Add("write + fsync, 64 MiB", LargeSize, round =>
            WriteAsync(Path.Join(folder, $"large-{round}"), large));
        var putLarge = report.Add("put, 64 MiB", LargeSize, async round =>
        {
            large[round]++;
            using var source = new MemoryStream(large);
            largeHashes[round] = await store.PutAsync(source);
        });
        var readLargeFile = report.Add("file read, 64 MiB", LargeSize, round =>
            DrainAsync(File.OpenRead(Path.Join(folder, $"large-{round}"))));
        var readLarge = report.Add("verified read, 64 MiB", LargeSize, round =>
            DrainAsync(store.OpenRead(largeHashes[round])));

        var writeOne = report.Add("write + fsync of one file, 1,000 × 30 KB", SmallBytes, round =>
            WriteAsync(Path.Join(folder, $"small-{round}"), small));
        var writeMany = report.Add("files written + fsynced one by one, 1,000 × 30 KB", SmallBytes, async round =>
        {
            var target = Path.Join(folder, $"files-{round}");
            Directory.CreateDirectory(target);
            for (var i = 0; i < SmallCount; i++)
                await WriteAsync(Path.Join(target, $"{i}"), small.AsMemory(i * SmallSize, SmallSize));
        });
        var putMany = report.Add("put in a batch, 1,000 × 30 KB", SmallBytes, async round =>
        {
            using var batch = store.BeginBatch();
            for (var i = 0; i < SmallCount; i++)
            {
                small[i * SmallSize]++;
                smallHashes[i] = batch.Put(small.AsSpan(i * SmallSize, SmallSize));
            }
            await batch.CommitAsync();
        });
        var putAgain = report.Add("put again what is there, 1,000 × 30 KB", SmallBytes, async round =>
        {
            using var batch = store.BeginBatch();
            for (var i = 0; i < SmallCount; i++)
                batch.Put(small.AsSpan(i * SmallSize, SmallSize));
            await batch.CommitAsync();
        });
        var hashMany = report.Add("SHA-256, 1,000 × 30 KB", SmallBytes, round =>
        {
            for (var i = 0; i < SmallCount; i++)
                SHA256.HashData(small.AsSpan(i * SmallSize, SmallSize));
            return Task.CompletedTask;
        });
        var readManyFiles = report.Add("file reads, 1,000 × 30 KB", SmallBytes, async round =>
        {
            for (var i = 0; i < SmallCount; i++)
                await File.ReadAllBytesAsync(Path.Join(folder, $"files-{round}", $"{i}"));
        });
        var readMany = report.Add("verified reads, 1,000 × 30 KB", SmallBytes, async round =>
        {
            foreach (var hash in smallHashes)
                await store.ReadAsync(hash);
        });

        var tree = Path.Join(folder, "tree");
        MakeFiles(tree, random);
        var addTree = report.Add("files put on two threads, 20,000 × 4 KiB", TreeBytes, async round =>
        {
            using var fresh = new ObjectStore(Path.Join(folder, $"fresh-{round}"));
            using var batch = fresh.BeginBatch();
            Parallel.ForEach(
                Directory.EnumerateFiles(tree), new ParallelOptions { MaxDegreeOfParallelism = 2 },
                path => batch.PutFile(path));
            await batch.CommitAsync();
        });
        var hugeBytes = (long)HugeSize * HugeCount;
        for (var i = 0; i < HugeCount; i++)
            await WriteAsync(Path.Join(folder, $"huge-{i}"), Noise(random, HugeSize));
        var addHuge = report.Add("files put on two threads, 4 × 256 MiB", hugeBytes, async round =>
        {
            var target = Path.Join(folder, $"huge-store-{round}");
            using (var fresh = new ObjectStore(target))
            {
                using var batch = fresh.BeginBatch();
                Parallel.For(
                    0, HugeCount, new ParallelOptions { MaxDegreeOfParallelism = 2 },
                    i => batch.PutFile(Path.Join(folder, $"huge-{i}")));
                await batch.CommitAsync();
            }

            Directory.Delete(target, recursive: true);
        });
        var cut = report.Add("cutting into chunks, 64 MiB", LargeSize, round =>
        {
            for (var rest = large.AsSpan(); rest.Length > 0;)
                rest = rest[GearChunker.Cut(rest, isEnd: true)..];
            return Task.CompletedTask;
        });

        report.Compare("cutting into chunks", cut, hashLarge);
        report.Compare("files put, 4 × 256 MiB", addHuge, hashLarge);
        report.Compare("files put, 20,000 × 4 KiB", addTree, hashLarge);
        report.Compare("put, 64 MiB", putLarge, writeLarge);
        report.Compare("put, 64 MiB", putLarge, hashLarge);
        report.Compare("verified read, 64 MiB", readLarge, hashLarge);
        report.Compare("verified read, 64 MiB", readLarge, readLargeFile);
        report.Compare("put in a batch", putMany, writeOne);
        report.Compare("put in a batch", putMany, writeMany);
        report.Compare("put again", putAgain, hashMany);
        report.Compare("verified reads", readMany, hashMany);
        report.Compare("verified reads", readMany, readManyFiles);
        await report.RunAsync();
    }

    static void MakeFiles(string folder, Random random)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < TreeCount; i++)
            File.WriteAllBytes(Path.Join(folder, $"{i}"), Noise(random, TreeFileSize));
    }

    static byte[] Noise(Random random, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Reads into one buffer, so that the figure holds no page faults of a new array.</summary>
    static async Task DrainAsync(Stream stream)
    {
        await using (stream)
            await stream.CopyToAsync(Stream.Null, 1 << 20);
    }

    static async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes)
    {
        await using var stream = new FileStream(
            path,
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.None,
            bufferSize: 0);
        await stream.WriteAsync(bytes);
        DurableFile.Sync(stream.SafeFileHandle, path);
    }
}
