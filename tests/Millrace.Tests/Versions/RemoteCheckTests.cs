using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;
using Millrace.Versions.Remotes;

namespace Millrace.Tests.VersionsRoom;

/// <summary>What a check of a remote finds, and what its repair gives back.</summary>
public sealed class RemoteCheckTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_remote_that_is_whole_is_clean()
    {
        await using var ann = await MakeAsync();

        var report = await CheckAsync(ann, "lab");

        Assert.True(report.IsClean);
        // Three contents, two folders, a commit.
        Assert.Equal((6L, 0), (report.ObjectCount, report.HalfCount));
        Assert.InRange(report.SizeBytes, 150_000, 200_000);
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_is_found_and_mended_from_here()
    {
        await using var ann = await MakeAsync();
        var files = Directory.GetFiles(_scratch["lab/packs"]).Select(path => Path.GetFileName(path)!).ToList();
        Assert.Equal(4, files.Count);
        var number = 0;
        foreach (var file in files)
        {
            var size = new FileInfo(_scratch[$"lab/packs/{file}"]).Length;
            foreach (var offset in (long[])[3, 100, size / 2, size - 8])
            {
                var place = Copy("lab", $"copy-{number++}");
                Damage.Flip(Path.Join(_scratch[place], "packs", file), offset);

                var report = await CheckAsync(ann, place);
                var repaired = await RepairAsync(ann, place);

                Assert.False(report.IsClean, $"{file} at {offset}");
                Assert.Empty(repaired.Lost);
                Assert.True((await CheckAsync(ann, place)).IsClean, $"{file} at {offset}");
                await AssertClonesAsync(place);
            }
        }
    }

    [Fact]
    public async Task What_is_damaged_is_named_with_who_needs_it()
    {
        await using var ann = await MakeAsync();
        var small = ContentHash.Of("small"u8);
        Damage.Flip(PathOf("lab", small), OffsetOf(ann, "lab", small));

        var report = await CheckAsync(ann, "lab");

        var damaged = Assert.Single(report.Damaged);
        Assert.Equal(small, damaged.Hash);
        Assert.StartsWith("packs/", damaged.Path, StringComparison.Ordinal);
        Assert.StartsWith("versions: d/small in commit ", Assert.Single(damaged.References.First),
            StringComparison.Ordinal);
        Assert.Contains("1 damaged entries", Assert.Single(report.DamagedFiles).Fact, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_is_made_again_from_its_pack_by_somebody_who_has_nothing()
    {
        await using var ann = await MakeAsync();
        foreach (var index in Directory.GetFiles(_scratch["lab/packs"], "*.idx"))
            await File.WriteAllTextAsync(index, "nothing", Cancel);
        await using var ben = await TestCheckout.MakeAsync();

        var report = await CheckAsync(ben, "lab");
        var repaired = await RepairAsync(ben, "lab");

        Assert.Equal(2, report.DamagedFiles.Count);
        Assert.Equal("commit", Assert.Single(report.Missing).References.First[0].Split(' ')[1]);
        Assert.Empty(repaired.Replaced);
        Assert.True((await CheckAsync(ben, "lab")).IsClean);
        await AssertClonesAsync("lab");
    }

    [Fact]
    public async Task What_nobody_here_has_is_lost_and_somebody_who_has_it_brings_it_later()
    {
        await using var ann = await MakeAsync();
        await using var ben = await TestCheckout.MakeAsync();
        var path = Directory.GetFiles(_scratch["lab/packs"], "*.pack").MaxBy(file => new FileInfo(file).Length)!;
        Damage.Flip(path, 100_000);

        var repaired = await RepairAsync(ben, "lab");
        var again = await CheckAsync(ben, "lab");
        var brought = await RepairAsync(ann, "lab");

        var lost = Assert.Single(repaired.Lost);
        Assert.Equal(lost.Hash, Assert.Single(again.Missing).Hash);
        Assert.Empty(again.Damaged);
        Assert.Empty(again.DamagedFiles);
        Assert.True(File.Exists(Path.Join(_scratch["lab"], Assert.Single(repaired.PutAside))));
        Assert.Equal([lost.Hash], brought.Restored);
        await AssertClonesAsync("lab");
    }

    [Fact]
    public async Task A_plan_of_a_sweep_that_cannot_be_read_is_dropped()
    {
        await using var ann = await MakeAsync();
        await File.WriteAllTextAsync(_scratch["lab/packs/sweep.plan"], "nothing", Cancel);
        await ann.CommitAsync("Two", ("b.txt", "two"));

        using (var remote = Open(ann, "lab"))
        {
            var refused = await Assert.ThrowsAsync<MillraceException>(
                () => new VersionSync(ann.Versions, "lab", remote).PushAsync(new PushRequest(), null, Cancel));
            Assert.Contains("--repair", refused.Hint, StringComparison.Ordinal);
        }

        Assert.False((await CheckAsync(ann, "lab")).IsClean);
        await RepairAsync(ann, "lab");
        Assert.True((await CheckAsync(ann, "lab")).IsClean);
        using var again = Open(ann, "lab");
        var pushed = await new VersionSync(ann.Versions, "lab", again).PushAsync(new PushRequest(), null, Cancel);
        Assert.Single(pushed.Refs);
    }

    [Fact]
    public async Task A_pack_that_is_gone_or_cut_off_comes_again()
    {
        await using var ann = await MakeAsync();
        var packs = Directory.GetFiles(_scratch["lab/packs"], "*.pack");
        Damage.Cut(packs[0], new FileInfo(packs[0]).Length / 2);
        File.Delete(packs[1]);

        var report = await CheckAsync(ann, "lab");
        await RepairAsync(ann, "lab");

        Assert.Contains("by its index", Assert.Single(report.DamagedFiles).Fact, StringComparison.Ordinal);
        Assert.Equal(6, report.Missing.Count + report.Damaged.Count);
        Assert.True((await CheckAsync(ann, "lab")).IsClean);
        await AssertClonesAsync("lab");
    }

    [Fact]
    public async Task A_repair_that_is_cut_off_anywhere_loses_nothing_and_goes_on()
    {
        await using var ann = await MakeAsync();
        for (var writes = 0; ; writes++)
        {
            var place = Copy("lab", $"cut-{writes}");
            foreach (var pack in Directory.GetFiles(_scratch[$"{place}/packs"], "*.pack"))
                Damage.Flip(pack, 120);

            var isCut = false;
            using (var remote = new ObjectRemote(
                new CutBackend(new FolderBackend(_scratch[place])) { WritesLeft = writes, CountsDeletes = true },
                _scratch[$"known-{place}"]))
            {
                try
                {
                    await RepairAsync(ann, remote);
                }
                catch (MillraceException exception) when (exception.Code == "remote-unavailable")
                {
                    isCut = true;
                }
            }

            var repaired = await RepairAsync(ann, place);

            Assert.Empty(repaired.Lost);
            Assert.True((await CheckAsync(ann, place)).IsClean);
            await AssertClonesAsync(place);
            if (!isCut)
                break;
        }
    }

    static string Text(int seed) => Convert.ToHexString(Noise.Of(150_000, seed));

    async Task<TestCheckout> MakeAsync()
    {
        var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"), ("d/large", Text(1)), ("d/small", "small"));
        using var remote = Open(ann, "lab");
        await new VersionSync(ann.Versions, "lab", remote).PushAsync(new PushRequest(), null, Cancel);
        return ann;
    }

    string Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(_scratch[from], "*", SearchOption.AllDirectories))
        {
            var target = Path.Join(_scratch[to], Path.GetRelativePath(_scratch[from], file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return to;
    }

    string PathOf(string place, ContentHash hash)
    {
        using var remote = new ObjectRemote(new FolderBackend(_scratch[place]), _scratch["look"]);
        remote.RefreshAsync(Cancel).GetAwaiter().GetResult();
        remote.Index.TryFind(hash, Millrace.Objects.Packs.EntryKinds.Object, out var location);
        return Path.Join(_scratch[place], location.Pack.File);
    }

    long OffsetOf(TestCheckout checkout, string place, ContentHash hash)
    {
        using var remote = Open(checkout, place);
        remote.RefreshAsync(Cancel).GetAwaiter().GetResult();
        remote.Index.TryFind(hash, Millrace.Objects.Packs.EntryKinds.Object, out var location);
        return location.Entry.Offset + 58;
    }

    async Task AssertClonesAsync(string place)
    {
        await using var clone = await TestCheckout.MakeAsync();
        using var remote = Open(clone, place);
        await new VersionSync(clone.Versions, "lab", remote).CloneAsync(null, [], true, cancellationToken: Cancel);
        Assert.Equal(("one", Text(1), "small"), (clone.Read("a.txt"), clone.Read("d/large"), clone.Read("d/small")));
    }

    async Task<RemoteReport> CheckAsync(TestCheckout from, string place)
    {
        using var remote = Open(from, place);
        return await new RemoteCheck(remote).CheckAsync(
            [new VersionSync(from.Versions, "lab", remote).ReadableRoots], null, Cancel);
    }

    async Task<RemoteRepairReport> RepairAsync(TestCheckout from, string place)
    {
        using var remote = Open(from, place);
        return await RepairAsync(from, remote);
    }

    static Task<RemoteRepairReport> RepairAsync(TestCheckout from, ObjectRemote remote) =>
        new RemoteRepair(
            remote, from.Workspace.Objects, Path.Join(from.Folder, ".millrace", "tmp", "repair"), null)
            .RepairAsync([new VersionSync(from.Versions, "lab", remote).ReadableRoots], null, Cancel);

    ObjectRemote Open(TestCheckout checkout, string place) => ObjectRemote.Open(
        new RemoteSettings { Url = _scratch[place] }, checkout.Folder,
        Path.Join(checkout.Folder, ".millrace", "remotes", place));
}
