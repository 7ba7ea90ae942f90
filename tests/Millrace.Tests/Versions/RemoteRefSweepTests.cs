using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;
using Millrace.Versions.Remotes;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Branches that go from a remote, and the sweep that takes what only they reached.</summary>
public sealed class RemoteRefSweepTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_branch_that_was_deleted_gives_its_contents_free_and_the_others_stay_whole()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"), ("d/b.txt", Text(1)));
        await PushAsync(ann, scratch);
        await ann.Versions.MakeBranchAsync("draft/x", "HEAD", Cancel);
        await ann.Versions.CheckoutAsync("draft/x", cancellationToken: Cancel);
        await ann.CommitAsync("Two", ("a.txt", "two"), ("d/c.txt", Text(2)));
        await PushAsync(ann, scratch);

        IReadOnlyList<RemoteRef> deleted;
        using (var remote = Open(ann, scratch))
            deleted = await new VersionSync(ann.Versions, "lab", remote).DeleteAsync(["draft/x"], Cancel);
        var report = await SweepAsync(ann, scratch, new SetClock(), TimeSpan.Zero);

        Assert.Equal("draft/x", Assert.Single(deleted).Name);
        Assert.Equal("lab/main", Assert.Single(await ann.Versions.Refs.RemoteBranchesAsync(Cancel)).Name);
        Assert.False(Directory.Exists(scratch["refs/heads/draft"]));
        // Two contents, two folders, a commit.
        Assert.Equal(5, report.DroppedCount);
        await using var ben = await TestCheckout.MakeAsync();
        using var again = Open(ben, scratch);
        await new VersionSync(ben.Versions, "lab", again).CloneAsync(null, [], true, cancellationToken: Cancel);
        Assert.Equal(("one", Text(1)), (ben.Read("a.txt"), ben.Read("d/b.txt")));
    }

    [Fact]
    public async Task A_branch_that_is_not_there_is_named_and_none_is_deleted()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await PushAsync(ann, scratch);
        using var remote = Open(ann, scratch);

        var unknown = await Assert.ThrowsAsync<MillraceException>(
            () => new VersionSync(ann.Versions, "lab", remote).DeleteAsync(["main", "other"], Cancel));

        Assert.Equal("ref-unknown", unknown.Code);
        Assert.Single(await VersionSync.RefsAsync(remote, Cancel));
    }

    [Fact]
    public async Task A_remote_without_branches_and_one_with_objects_of_others_are_not_swept()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        var commit = await ann.CommitAsync("One", ("a.txt", "one"));
        await PushAsync(ann, scratch);
        using var remote = Open(ann, scratch);
        var sync = new VersionSync(ann.Versions, "lab", remote);
        await sync.DeleteAsync(["main"], Cancel);

        var empty = await Assert.ThrowsAsync<MillraceException>(
            () => SweepAsync(ann, scratch, new SetClock(), TimeSpan.Zero));
        await PushAsync(ann, scratch);
        await sync.PushObjectsAsync(
            [.. ann.Versions.Trees.Read(commit.Commit.Tree).Entries], cancellationToken: Cancel);
        var kept = await Assert.ThrowsAsync<MillraceException>(
            () => SweepAsync(ann, scratch, new SetClock(), TimeSpan.Zero));

        Assert.Equal(("remote-refs-missing", "remote-kept"), (empty.Code, kept.Code));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sweep_at_any_moment_of_a_push_takes_nothing_that_the_push_relies_on(bool isPlanned)
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await ann.Versions.MakeBranchAsync("draft", "HEAD", Cancel);
        await ann.Versions.CheckoutAsync("draft", cancellationToken: Cancel);
        await ann.CommitAsync("Two", ("large", Text(2)), ("small", "small"));
        await using var ben = await TestCheckout.MakeAsync();
        for (var moment = 0; ; moment++)
        {
            var place = Directory.CreateDirectory(scratch[$"remote-{moment}"]).FullName;
            var clock = new SetClock();
            await PushAsync(ann, place, new PushRequest { AllBranches = true });
            using (var remote = Open(ann, place))
                await new VersionSync(ann.Versions, "lab", remote).DeleteAsync(["draft"], Cancel);
            // What the branch had is still there, and condemned already or only while it is pushed again.
            if (isPlanned)
                await SweepAsync(ben, place, clock, TimeSpan.FromHours(24));
            clock.Advance(TimeSpan.FromHours(25));
            await ann.CommitAsync("More", ("more", $"{isPlanned} {moment}"));

            var isReached = false;
            var backend = new CutBackend(new FolderBackend(place))
            {
                BeforeWrite = number =>
                {
                    if (number != moment || isReached)
                        return;
                    isReached = true;
                    SweepAsync(ben, place, clock, TimeSpan.FromHours(24)).GetAwaiter().GetResult();
                },
            };
            using (var remote = new ObjectRemote(backend, scratch[$"known-{moment}"]))
                await new VersionSync(ann.Versions, "lab", remote).PushAsync(new(), null, Cancel);
            for (var night = 0; night < 3; night++)
            {
                clock.Advance(TimeSpan.FromHours(25));
                await SweepAsync(ben, place, clock, TimeSpan.FromHours(24));
            }

            await using var clone = await TestCheckout.MakeAsync();
            using (var remote = Open(clone, place))
            {
                await new VersionSync(clone.Versions, "lab", remote).CloneAsync(
                    "draft", [], true, cancellationToken: Cancel);
            }

            Assert.Equal((Text(2), "small"), (clone.Read("large"), clone.Read("small")));
            if (!isReached)
                return;
        }
    }

    [Fact]
    public async Task A_sweep_at_any_moment_of_a_clone_does_not_end_it()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"), ("d/large", Text(1)));
        await ann.Versions.MakeBranchAsync("draft", "HEAD", Cancel);
        await ann.Versions.CheckoutAsync("draft", cancellationToken: Cancel);
        await ann.CommitAsync("Two", ("large", Text(2)));
        for (var moment = 0; ; moment++)
        {
            var place = Directory.CreateDirectory(scratch[$"remote-{moment}"]).FullName;
            var clock = new SetClock();
            // In one pack, of which a part then goes.
            await PushAsync(ann, place, new PushRequest { AllBranches = true });
            using (var remote = Open(ann, place))
                await new VersionSync(ann.Versions, "lab", remote).DeleteAsync(["draft"], Cancel);
            await SweepAsync(ann, place, clock, TimeSpan.FromHours(24));
            clock.Advance(TimeSpan.FromHours(25));

            var isReached = false;
            var backend = new CutBackend(new FolderBackend(place))
            {
                BeforeRead = number =>
                {
                    if (number != moment || isReached)
                        return;
                    isReached = true;
                    Assert.NotEqual(
                        0, SweepAsync(ann, place, clock, TimeSpan.FromHours(24)).GetAwaiter().GetResult().DroppedCount);
                },
            };
            await using var clone = await TestCheckout.MakeAsync();
            using (var remote = new ObjectRemote(backend, scratch[$"known-{moment}"]))
            {
                await new VersionSync(clone.Versions, "lab", remote).CloneAsync(
                    null, [], true, cancellationToken: Cancel);
            }

            Assert.Equal(("one", Text(1)), (clone.Read("a.txt"), clone.Read("d/large")));
            if (!isReached)
                break;
        }
    }

    static string Text(int seed) => Convert.ToHexString(Noise.Of(150_000, seed));

    static async Task<SweepReport> SweepAsync(TestCheckout from, string place, SetClock clock, TimeSpan grace)
    {
        using var remote = Open(from, place);
        var sweep = new RemoteSweep(remote, Path.Join(from.Folder, ".millrace", "tmp", "sweep"), null, clock);
        return await sweep.SweepAsync(
            [new VersionSync(from.Versions, "lab", remote)], new SweepOptions { Grace = grace }, Cancel);
    }

    static Task<SweepReport> SweepAsync(TestCheckout from, ScratchFolder place, SetClock clock, TimeSpan grace) =>
        SweepAsync(from, place.Path, clock, grace);

    static Task PushAsync(TestCheckout from, ScratchFolder to) => PushAsync(from, to.Path, new PushRequest());

    static async Task PushAsync(TestCheckout from, string to, PushRequest request)
    {
        using var remote = Open(from, to);
        await new VersionSync(from.Versions, "lab", remote).PushAsync(request, null, Cancel);
    }

    static ObjectRemote Open(TestCheckout checkout, ScratchFolder place) => Open(checkout, place.Path);

    static ObjectRemote Open(TestCheckout checkout, string place) => ObjectRemote.Open(
        new RemoteSettings { Url = place }, checkout.Folder,
        Path.Join(checkout.Folder, ".millrace", "remotes", Path.GetFileName(place)));
}
