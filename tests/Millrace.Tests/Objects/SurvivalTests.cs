using System.Diagnostics;
using System.Reflection;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What the store survives: processes that are killed, calls that fail, disks that are full, a sweep beside
/// writers.</summary>
public sealed class SurvivalTests(ITestOutputHelper output) : IDisposable
{
    const int WriterCount = 3;
    const int Kills = 9;
    const int FullKills = 300;

    // What earlier rounds wrote is read again after each so many: else the work would grow with the square.
    const int ReadAllEach = 10;
    const int SharedContents = 40;

    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Every_object_that_was_acknowledged_before_a_kill_is_there()
    {
        var seed = Environment.ProcessId;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var lines = new HashSet<string>();
        var rounds = (TestScale.IsFull ? FullKills : Kills) / WriterCount;
        for (var round = 0; round < rounds; round++)
        {
            await KillWritersAsync(round, random);
            using var store = new ObjectStore(_scratch["objects"]);
            var isReadWhole = round % ReadAllEach == 0 || round == rounds - 1;
            var added = Directory.GetFiles(_scratch.Path, "acked-*").SelectMany(WholeLines).ToHashSet();
            added.ExceptWith(lines);
            lines.UnionWith(added);
            Assert.NotEmpty(added);
            AssertThere(store, isReadWhole ? lines : added, seed);
            Assert.All(lines, line => Assert.True(store.Contains(ContentHash.Parse(line[..line.IndexOf(' ')]))));
            if (!isReadWhole)
                continue;
            // Nothing that is listed is partial.
            var report = await new ObjectCheck(store).CheckAsync([], null, Cancel);
            Assert.True(report.IsClean, $"seed {seed}");
            Assert.True(report.ObjectCount >= lines.Count);
        }

        output.WriteLine(
            $"{rounds * WriterCount} kills, {lines.Count} objects acknowledged, "
            + $"{lines.Sum(line => long.Parse(line.Split(' ')[1])) / 1e6:F0} MB");
    }

    /// <summary>Starts processes that write, and kills each when it has acknowledged something.</summary>
    async Task KillWritersAsync(int round, Random random)
    {
        var ids = Enumerable.Range(round * WriterCount, WriterCount).ToList();
        var writers = ids.ConvertAll(id => Start(nameof(Child_acknowledges), $"{id}"));
        foreach (var (process, id) in writers.Zip(ids))
        {
            // The first acknowledgment is waited for, whatever else the machine does.
            await UntilAsync(() => process.HasExited
                || new FileInfo(_scratch[$"acked-{id}"]) is { Exists: true, Length: > 0 });
            await Task.Delay(random.Next(0, 60), Cancel);
            process.Kill();
            await process.WaitForExitAsync(Cancel);
            process.Dispose();
        }
    }

    static void AssertThere(ObjectStore store, IEnumerable<string> acknowledged, int seed)
    {
        foreach (var line in acknowledged)
        {
            var parts = line.Split(' ');
            var bytes = Noise.Of(int.Parse(parts[1]), int.Parse(parts[2]));
            Assert.True(store.Read(ContentHash.Parse(parts[0])).AsSpan().SequenceEqual(bytes), $"seed {seed}: {line}");
        }
    }

    [Fact(Explicit = true)]
    public void Child_acknowledges()
    {
        var id = Environment.GetEnvironmentVariable("MILLRACE_CHILD_NAME")!;
        var random = new Random(int.Parse(id) + 1);
        using var store = new ObjectStore(Path.Join(ChildTest.Folder, "objects"));
        using var log = new FileStream(
            Path.Join(ChildTest.Folder, $"acked-{id}"), FileMode.Append, FileAccess.Write, FileShare.Read, 0);
        for (var i = 0; i < 10_000; i++)
        {
            using var batch = store.BeginBatch();
            var lines = new System.Text.StringBuilder();
            for (var j = random.Next(1, 6); j > 0; j--)
            {
                var (size, seed) = (random.Next(20) == 0 ? 2_000_000 : random.Next(200_000), random.Next());
                lines.Append($"{batch.Put(Noise.Of(size, seed))} {size} {seed}\n");
            }

            batch.Commit();
            log.Write(System.Text.Encoding.ASCII.GetBytes(lines.ToString()));
        }
    }

    [Theory]
    [InlineData("pwrite64", "EIO")]
    [InlineData("pwrite64", "ENOSPC")]
    [InlineData("fsync", "EIO")]
    [InlineData("fsync", "ENOSPC")]
    [InlineData("rename", "EIO")]
    public async Task A_call_that_fails_once_loses_nothing_that_was_acknowledged(string call, string error)
    {
        var isDone = false;
        for (var n = 1; !isDone && n <= (TestScale.IsFull ? 40 : 5); n += TestScale.IsFull ? 1 : 3)
        {
            var folder = Directory.CreateDirectory(_scratch[$"{call}-{error}-{n}"]).FullName;
            var output = await ChildTest.RunAsync(
                typeof(SurvivalTests), nameof(Child_puts_and_goes_on), folder, $"{call}:error={error}:when={n}");

            var lines = await File.ReadAllLinesAsync(Path.Join(folder, "acked"), Cancel);
            using var store = new ObjectStore(Path.Join(folder, "objects"));
            foreach (var line in lines.Where(line => !line.StartsWith("failed", StringComparison.Ordinal)))
            {
                var parts = line.Split(' ');
                var bytes = Noise.Of(int.Parse(parts[1]), int.Parse(parts[2]));
                Assert.True(store.Read(ContentHash.Parse(parts[0])).AsSpan().SequenceEqual(bytes), output);
            }

            Assert.All(
                lines.Where(line => line.StartsWith("failed", StringComparison.Ordinal)),
                line => Assert.Contains(
                    line, new[] { "failed disk-full", "failed write-failed", "failed fsync-failed" }));
            Assert.True((await new ObjectCheck(store).CheckAsync([], null, Cancel)).IsClean, output);
            store.Put("and goes on"u8);
            isDone = lines.All(line => !line.StartsWith("failed", StringComparison.Ordinal));
        }
    }

    [Fact(Explicit = true)]
    public void Child_puts_and_goes_on()
    {
        var lines = new List<string>();
        // strace counts by thread, so the first call of this one is the first of the store.
        var thread = new Thread(() =>
        {
            for (var i = 0; i < 6; i++)
            {
                var size = i % 3 == 2 ? 3_000_000 : 5000;
                try
                {
                    using var store = new ObjectStore(Path.Join(ChildTest.Folder, "objects"));
                    using var batch = store.BeginBatch();
                    var hash = batch.Put(Noise.Of(size, i));
                    batch.Commit();
                    lines.Add($"{hash} {size} {i}");
                }
                catch (MillraceException exception)
                {
                    lines.Add($"failed {exception.Code}");
                }
            }
        });
        thread.Start();
        thread.Join();
        for (var isWritten = false; !isWritten;)
        {
            try
            {
                File.WriteAllLines(Path.Join(ChildTest.Folder, "acked"), lines);
                isWritten = true;
            }
            catch (IOException)
            {
                // The fault hits this thread too, once.
            }
        }
    }

    [Fact]
    public async Task A_disk_that_is_full_at_any_page_refuses_the_put_and_keeps_the_rest()
    {
        using var disk = new TinyDisk();
        var filler = Path.Join(disk.Path, "filler");
        var kept = new Dictionary<ContentHash, byte[]>();
        var wasRefused = false;
        for (var pages = 0; pages < 60; pages += TestScale.IsFull ? 1 : 3)
        {
            using var store = new ObjectStore(Path.Join(disk.Path, "objects"));
            if (pages == 0)
                kept.Add(store.Put(Noise.Of(100, 1)), Noise.Of(100, 1));
            var free = new DriveInfo(disk.Path).AvailableFreeSpace;
            if (free > pages * 4096L)
                await File.WriteAllBytesAsync(filler, new byte[free - (pages * 4096L)], Cancel);
            var bytes = Noise.Of(150_000, pages + 10);
            try
            {
                kept.Add(store.Put(bytes), bytes);
            }
            catch (MillraceException exception)
            {
                wasRefused = true;
                Assert.Equal("disk-full", exception.Code);
            }

            File.Delete(filler);
            using var reopened = new ObjectStore(Path.Join(disk.Path, "objects"));
            Assert.Equal(kept.Keys.Order(), reopened.List());
            foreach (var (hash, content) in kept)
                Assert.Equal(content, reopened.Read(hash));
            if (kept.Count > 1)
            {
                // What was put goes again, so that the next one finds the same room.
                store.Dispose();
                var roots = new RootSet();
                roots.Add(ContentHash.Of(Noise.Of(100, 1)));
                await new ObjectSweep(reopened, TimeProvider.System).SweepAsync(
                    [roots], new SweepOptions { Grace = TimeSpan.Zero }, Cancel);
                kept = kept.Where(pair => pair.Value.Length == 100).ToDictionary();
            }
        }

        Assert.True(wasRefused);
    }

    [Fact]
    public async Task A_sweep_without_grace_beside_two_writing_processes_takes_nothing_that_is_referred_to()
    {
        var writers = new[] { "1", "2" }.Select(id => Start(nameof(Child_writes_and_refers), id)).ToArray();
        var sweeper = Start(nameof(Child_sweeps_until_told), "0");
        foreach (var writer in writers)
            await writer.WaitForExitAsync(Cancel);
        await File.WriteAllTextAsync(_scratch["stop"], "", Cancel);
        await sweeper.WaitForExitAsync(Cancel);

        Assert.All(writers, writer => Assert.Equal(0, writer.ExitCode));
        Assert.Equal(0, sweeper.ExitCode);
        Assert.NotEqual("0", await File.ReadAllTextAsync(_scratch["dropped"], Cancel));
        using var store = new ObjectStore(_scratch["objects"]);
        var roots = References(_scratch.Path).ToList();
        Assert.NotEmpty(roots);
        foreach (var hash in roots)
            Assert.Equal(hash, ContentHash.Of(store.Read(hash)));
        Assert.True((await new ObjectCheck(store).CheckAsync([], null, Cancel)).IsClean);
    }

    [Fact(Explicit = true)]
    public void Child_writes_and_refers()
    {
        var id = Environment.GetEnvironmentVariable("MILLRACE_CHILD_NAME")!;
        var random = new Random(int.Parse(id));
        using var log = new FileStream(
            Path.Join(ChildTest.Folder, $"refers-{id}"), FileMode.Append, FileAccess.Write, FileShare.Read, 0);
        for (var i = 0; i < (TestScale.IsFull ? 4000 : 150); i++)
        {
            using var store = new ObjectStore(Path.Join(ChildTest.Folder, "objects"));
            for (var j = 0; j < 4; j++)
            {
                using var batch = store.BeginBatch();
                var number = random.Next(SharedContents);
                var hash = batch.Put(Noise.Of(number % 8 == 0 ? 300_000 : 2000, number));
                batch.Commit();
                // Most are never referred to, and may be swept as soon as the batch is gone.
                if (random.Next(12) == 0)
                    log.Write(System.Text.Encoding.ASCII.GetBytes($"{hash}\n"));
            }
        }
    }

    [Fact(Explicit = true)]
    public async Task Child_sweeps_until_told()
    {
        var dropped = 0L;
        using var store = new ObjectStore(Path.Join(ChildTest.Folder, "objects"));
        while (!File.Exists(Path.Join(ChildTest.Folder, "stop")))
        {
            var report = await new ObjectSweep(store, TimeProvider.System).SweepAsync(
                [new Referred(ChildTest.Folder)], new SweepOptions { Grace = TimeSpan.Zero }, Cancel);
            dropped += report.DroppedCount;
        }

        await File.WriteAllTextAsync(Path.Join(ChildTest.Folder, "dropped"), $"{dropped}", Cancel);
    }

    Process Start(string method, string name)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Assembly.GetExecutingAssembly().Location, "-explicit", "only", "-method",
                $"{typeof(SurvivalTests).FullName}.{method}",
            ])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[ChildTest.FolderVariable] = _scratch.Path;
        start.Environment["MILLRACE_CHILD_NAME"] = name;
        start.Environment["TMPDIR"] = _scratch.Path;
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        return process;
    }

    static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5, Cancel);
    }

    static IEnumerable<ContentHash> References(string folder) =>
        Directory.GetFiles(folder, "refers-*").SelectMany(WholeLines).Select(ContentHash.Parse).Distinct();

    /// <summary>The last line may be on its way.</summary>
    static IEnumerable<string> WholeLines(string path)
    {
        using var reader = new StreamReader(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    sealed class Referred(string folder) : IRootSource
    {
        public string Room => "tests";

        public IAsyncEnumerable<ObjectRoot> RootsAsync(CancellationToken cancellationToken) =>
            References(folder).Select(hash => new ObjectRoot(hash, "test")).ToAsyncEnumerable();
    }
}
