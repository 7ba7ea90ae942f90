namespace Millrace.App.Demo.Site;

/// <summary>How many views a photo may expect in its first 24 hours, and how many of them end in a like. Effects
/// multiply, so they add up in the logarithm: what the photo shows, the hour, what the author did lately, the author's
/// standing, and what nobody can know.</summary>
/// <param name="Appeal">Of what it shows: mean 0, standard deviation 1.</param>
/// <param name="HourOfDay">When it was posted, UTC; half past eight in the evening is best.</param>
/// <param name="LoginsIn24Hours">The author's, before posting.</param>
/// <param name="PostsIn30Days">The author's earlier posts.</param>
/// <param name="LikesIn72Hours">What the author's photos received before posting.</param>
/// <param name="Standing">The author's: mean 0, standard deviation 1.</param>
/// <param name="Luck">Mean 0, standard deviation 1.</param>
readonly record struct Popularity(
    double Appeal,
    double HourOfDay,
    int LoginsIn24Hours,
    int PostsIn30Days,
    int LikesIn72Hours,
    double Standing,
    double Luck)
{
    const double BestHour = 20.5;
    const double TypicalLikesPerView = 0.115;

    public double ExpectedViews =>
        Math.Exp(
            1.97
            + (0.55 * Appeal)
            + (0.4 * Math.Cos((HourOfDay - BestHour) * Math.PI / 12))
            + (0.4 * Math.Log(1 + LoginsIn24Hours))
            + (0.1 * Math.Log(1 + PostsIn30Days))
            + (0.15 * Math.Log(1 + LikesIn72Hours))
            + (0.3 * Standing)
            + (0.42 * Luck));

    /// <summary>What catches on is also liked more; about 12 in 100 views of a site end in a like.</summary>
    public double LikesPerView => Math.Min(0.5, TypicalLikesPerView * Math.Exp(0.35 * Luck));
}
