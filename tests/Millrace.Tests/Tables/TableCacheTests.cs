using Millrace.Tables.Places;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.TablesRoom;

/// <summary>Copies of what lies in a bucket.</summary>
public sealed class TableCacheTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    [Fact]
    public void What_nobody_asked_for_longest_goes_when_all_take_too_much()
    {
        var time = new SetClock();
        var cache = new TableCache(_scratch["cache"], 250, time);
        var paths = Enumerable.Range(0, 3).Select(i => Place(cache, $"t/{i}")).ToList();
        paths.ForEach(path => File.SetLastAccessTimeUtc(path, time.GetUtcNow().UtcDateTime));
        time.Advance(TimeSpan.FromHours(3));
        Assert.True(cache.TryUse(paths[0], 100));

        cache.Evict();

        Assert.Equal(2, paths.Count(File.Exists));
        Assert.True(File.Exists(paths[0]));
    }

    [Fact]
    public void What_was_just_asked_for_stays_whatever_it_takes()
    {
        var cache = new TableCache(_scratch["cache"], 0, TimeProvider.System);
        var path = Place(cache, "t/x");

        cache.Evict();

        Assert.True(cache.TryUse(path, 100));
    }

    [Fact]
    public void A_copy_of_another_length_is_none()
    {
        var cache = new TableCache(_scratch["cache"], 1000, TimeProvider.System);
        var path = Place(cache, "t/x");

        Assert.False(cache.TryUse(path, 99));
        Assert.True(cache.TryUse(path, -1));
        Assert.False(cache.TryUse(path + "y", -1));
    }

    public void Dispose() => _scratch.Dispose();

    static string Place(TableCache cache, string name)
    {
        var aside = cache.Aside();
        File.WriteAllBytes(aside, new byte[100]);
        var path = Path.Combine(cache.Folder, name);
        cache.Place(aside, path);
        return path;
    }
}
