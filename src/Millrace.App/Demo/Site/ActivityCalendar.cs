namespace Millrace.App.Demo.Site;

/// <summary>How active each user is on each day of the logs. Users differ, and each drifts from day to day, so that
/// what an author did lately says more than what the author does on average.</summary>
sealed class ActivityCalendar
{
    /// <summary>The days that the logs run on after the last day of posting.</summary>
    public const int ExtraDays = 2;

    const double TypicalLogins = 2.0;
    const double SpreadOfUsers = 0.55;
    const double DayToDay = 0.85;
    const double SpreadOfDays = 0.65;

    // How much happens on the site in each hour of the day, UTC.
    static readonly double[] HourWeights =
        [4, 2, 1, 1, 1, 2, 4, 7, 8, 8, 8, 9, 10, 9, 8, 8, 9, 11, 14, 17, 18, 16, 12, 7];

    static readonly double[] HourSums = RunningSums(HourWeights);

    static readonly double BusiestHourWeight = HourWeights.Max();

    readonly double[][] _viewerSums;

    ActivityCalendar(long startUnixMs, int postingDays, double[][] levels)
    {
        StartUnixMs = startUnixMs;
        PostingDays = postingDays;
        Levels = levels;
        _viewerSums = [.. levels.Select(RunningSums)];
    }

    public long StartUnixMs { get; }

    /// <summary>The first moment after the last log file.</summary>
    public long EndUnixMs => StartUnixMs + (DayCount * SiteTime.MsPerDay);

    public int PostingDays { get; }

    public int DayCount => PostingDays + ExtraDays;

    /// <summary>Expected logins [day][user]; 0 up to and with the day of joining.</summary>
    public double[][] Levels { get; }

    public static ActivityCalendar Make(PhotoSiteOptions options, SiteUser[] users)
    {
        var start = SiteTime.StartOf(options.LastDay.AddDays(1 - options.Days));
        var levels = new double[options.Days + ExtraDays][];
        for (var day = 0; day < levels.Length; day++)
            levels[day] = new double[users.Length];

        for (var user = 0; user < users.Length; user++)
        {
            var chance = SplitMix64.For(options.Seed, SiteStream.Activity, user);
            var typical = TypicalLogins * Math.Exp(SpreadOfUsers * chance.NextNormal());
            var drift = SpreadOfDays * chance.NextNormal();
            for (var day = 0; day < levels.Length; day++)
            {
                var isMember = users[user].JoinedUnixMs < start + (day * SiteTime.MsPerDay);
                levels[day][user] = isMember ? typical * Math.Exp(drift) : 0;
                var step = SpreadOfDays * Math.Sqrt(1 - (DayToDay * DayToDay));
                drift = (DayToDay * drift) + (step * chance.NextNormal());
            }
        }

        return new ActivityCalendar(start, options.Days, levels);
    }

    public static double[] RunningSums(double[] weights)
    {
        var sums = new double[weights.Length];
        var sum = 0.0;
        for (var index = 0; index < weights.Length; index++)
            sums[index] = sum += weights[index];
        return sums;
    }

    /// <summary>A moment of a day, in the hours when people are awake.</summary>
    public long ChooseMoment(SplitMix64 chance, int day)
    {
        var hour = chance.NextWeighted(HourSums);
        return StartUnixMs + (day * SiteTime.MsPerDay) + (hour * SiteTime.MsPerHour)
            + chance.NextBetween(0L, SiteTime.MsPerHour);
    }

    /// <summary>Whether what could happen at this moment does: as often as the site is busy at this hour.</summary>
    public static bool IsAwake(SplitMix64 chance, long unixMs) =>
        chance.NextBool(0.1 + (0.9 * HourWeights[(int)SiteTime.HourOf(unixMs)] / BusiestHourWeight));

    /// <summary>Who of the members of that day looks at something, but the author.</summary>
    public int ChooseViewer(SplitMix64 chance, long unixMs, int authorId)
    {
        var day = (int)((unixMs - StartUnixMs) / SiteTime.MsPerDay);
        while (true)
        {
            var viewerId = 1 + chance.NextWeighted(_viewerSums[day]);
            if (viewerId != authorId)
                return viewerId;
        }
    }
}
