using Millrace.Access;

namespace Millrace.Tests.AccessRoom;

public sealed class AccessGrantTests
{
    [Fact]
    public void A_right_to_own_gives_nothing_in_buckets_of_others()
    {
        var grant = new AccessGrant("*", AccessRight.Own);

        Assert.True(grant.Gives(AccessRight.Own, "photos"));
        Assert.False(grant.Gives(AccessRight.Read, "photos"));
    }

    [Theory]
    [InlineData("photos", AccessRight.Write, AccessRight.Read, "photos", true)]
    [InlineData("photos", AccessRight.Read, AccessRight.Write, "photos", false)]
    [InlineData("photos", AccessRight.Admin, AccessRight.Read, "photos2", false)]
    [InlineData("photos*", AccessRight.Admin, AccessRight.Read, "photos2", true)]
    [InlineData("photos*", AccessRight.Admin, AccessRight.Read, "photo", false)]
    [InlineData("*", AccessRight.Read, AccessRight.Read, "anything", true)]
    public void A_grant_gives_its_right_and_less_where_its_pattern_fits(
        string pattern, AccessRight granted, AccessRight asked, string bucket, bool expected) =>
        Assert.Equal(expected, new AccessGrant(pattern, granted).Gives(asked, bucket));
}
