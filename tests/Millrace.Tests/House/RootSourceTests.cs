using Millrace.Objects;
using Millrace.Tests.VersionsRoom;
using Millrace.Versions.BesideGit;
using Millrace.Versions.Remotes;

namespace Millrace.Tests.House;

public sealed class RootSourceTests
{
    // What a sweep keeps beside the rooms' references, and what a remote needs: each is made for one sweep or check and
    // told what to look at.
    static readonly Type[] NoRooms = [typeof(OnlyHereRoots), typeof(VersionSync), typeof(VersionSync.CheckedRoots)];

    [Fact]
    public async Task Every_room_that_refers_to_objects_is_asked_before_a_sweep()
    {
        await using var place = await GitPlace.MakeAsync();

        var asked = place.Workspace.RootSources.Select(source => source.GetType()).ToList();

        Assert.Contains(typeof(GitWorkTree), asked);
        Assert.Equal(
            typeof(IRootSource).Assembly.GetTypes()
                .Where(type => type.IsClass && type.IsAssignableTo(typeof(IRootSource))).Except(NoRooms)
                .Select(type => type.FullName).Order(StringComparer.Ordinal),
            asked.Select(type => type.FullName).Order(StringComparer.Ordinal));
    }
}
