namespace Millrace.App.Demo.Site;

/// <summary>The users of a site.</summary>
static class SitePopulation
{
    /// <summary>The fewest users a site has. They are members from the start: a photo always has an audience.</summary>
    public const int SmallestCount = 5;

    const int PhotosPerUser = 5;
    const double ShareOfNewcomers = 0.2;

    /// <summary>Makes about one user for five photos; one in five joins while the site is watched.</summary>
    public static SiteUser[] Make(PhotoSiteOptions options)
    {
        var users = new SiteUser[Math.Max(SmallestCount, options.Photos / PhotosPerUser)];
        var firstDay = SiteTime.StartOf(options.LastDay.AddDays(1 - options.Days));
        for (var index = 0; index < users.Length; index++)
        {
            var chance = SplitMix64.For(options.Seed, SiteStream.User, index);
            var isNewcomer = chance.NextBool(ShareOfNewcomers) && index >= SmallestCount;
            var joinedDay = isNewcomer
                ? chance.NextBetween(0, 0.6 * options.Days)
                : -chance.NextBetween(30.0, 900.0);
            users[index] = new SiteUser(
                index + 1,
                SiteWords.ChooseName(chance),
                firstDay + (long)(joinedDay * SiteTime.MsPerDay),
                SiteWords.ChooseTown(chance),
                chance.NextNormal());
        }

        return users;
    }
}
