using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.VersionsRoom;

/// <summary>A process that is killed at some system call beside git, and what the next one finds.</summary>
public sealed class BesideGitCutOffTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Child_checks_out()
    {
        await using var place = await GitPlace.AtAsync(ChildTest.Folder);
        await place.CheckoutAsync();
    }

    [Fact(Explicit = true)]
    public async Task Child_stores()
    {
        await using var place = await GitPlace.AtAsync(ChildTest.Folder);
        await place.StoreAsync();
    }

    [Theory]
    [InlineData("fchmod:signal=KILL:when=9")]
    [InlineData("renameat2:signal=KILL:when=3")]
    [InlineData("rename:signal=KILL:when=2")]
    public async Task A_checkout_that_was_cut_off_is_completed(string fault)
    {
        await using var place = await ManyFilesAsync();
        await place.GitAsync("checkout", "-q", "HEAD~1");
        await place.CloseAsync();
        await ChildTest.RunAsync(typeof(BesideGitCutOffTests), nameof(Child_checks_out), place.Folder, fault);

        await using var again = await GitPlace.AtAsync(place.Folder);
        await again.CheckoutAsync();

        for (var i = 0; i < 30; i++)
            Assert.Equal($"first {i}", again.Read($"data/d{i % 3}/f{i}"));
        Assert.Equal(
            ("gone", false, "mine"), (again.Read("data/gone"), again.Exists("data/late"), again.Read("data/own")));
        Assert.Equal(["Untracked data/own"], again.Status());
    }

    [Theory]
    [InlineData("fsync:signal=KILL:when=3")]
    [InlineData("fsync:signal=KILL:when=6")]
    [InlineData("rename:signal=KILL:when=2")]
    public async Task A_pointer_is_the_old_or_the_new_one_when_storing_is_cut_off(string fault)
    {
        await using var place = await ManyFilesAsync();
        place.Write("data/d0/f0", "third");
        await place.CloseAsync();
        await ChildTest.RunAsync(typeof(BesideGitCutOffTests), nameof(Child_stores), place.Folder, fault);

        await using var again = await GitPlace.AtAsync(place.Folder);
        Assert.NotNull(Assert.Single(again.Tree.Pointers(Cancel)).Pointer);
        if (again.Status().Contains("Moved data"))
            await again.CheckoutAsync();
        await again.StoreAsync();

        Assert.Equal("third", again.Read("data/d0/f0"));
        Assert.Empty(again.Status());
    }

    static async Task<GitPlace> ManyFilesAsync()
    {
        var place = await GitPlace.MakeAsync();
        for (var i = 0; i < 30; i++)
            place.Write($"data/d{i % 3}/f{i}", $"first {i}");
        place.Write("data/gone", "gone");
        await place.AddAsync("data");
        await place.CommitAsync("first");
        for (var i = 0; i < 30; i++)
            place.Write($"data/d{i % 3}/f{i}", $"second {i}");
        File.Delete(Path.Join(place.Folder, "data/gone"));
        place.Write("data/late", "late");
        await place.CommitAsync("second");
        place.Write("data/own", "mine");
        return place;
    }
}
