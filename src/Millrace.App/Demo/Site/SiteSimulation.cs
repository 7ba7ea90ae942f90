namespace Millrace.App.Demo.Site;

/// <summary>Simulates the users of a site: logins, then posts, then the audience of one photo after another in order of
/// posting, since the likes of earlier photos bear on later ones. One thread, and a stream of chance per user or photo:
/// the result depends on the options only.</summary>
sealed class SiteSimulation
{
    const double LaterViewsPerEarlyView = 0.6;
    const double MeanHoursToView = 7;
    const double MeanHoursToLaterView = 36;
    const double HoursOfInterest = 144;

    readonly PhotoSiteOptions _options;
    readonly SiteUser[] _users;
    readonly ActivityCalendar _calendar;
    readonly List<SiteEvent> _events = [];
    readonly List<long>[] _loginsByUser;
    readonly List<long>[] _postsByUser;
    readonly List<long>[] _likesByAuthor;

    SiteSimulation(PhotoSiteOptions options)
    {
        _options = options;
        _users = SitePopulation.Make(options);
        _calendar = ActivityCalendar.Make(options, _users);
        _loginsByUser = [.. _users.Select(_ => new List<long>())];
        _postsByUser = [.. _users.Select(_ => new List<long>())];
        _likesByAuthor = [.. _users.Select(_ => new List<long>())];
    }

    /// <summary>Simulates a whole site, given the appeal of each of the photographs in their order.</summary>
    public static SiteHistory Run(
        PhotoSiteOptions options,
        SourcePhotographs photographs,
        double[] appeal,
        CancellationToken cancellationToken)
    {
        var simulation = new SiteSimulation(options);
        simulation.LogIn();
        var photos = simulation.Post(photographs);
        foreach (var photo in photos)
        {
            cancellationToken.ThrowIfCancellationRequested();
            simulation.Show(photo, appeal[photo.Crop.SourceIndex]);
        }

        return new SiteHistory(simulation._users, photos, simulation._events, simulation._calendar);
    }

    void LogIn()
    {
        for (var user = 0; user < _users.Length; user++)
        {
            var chance = SplitMix64.For(_options.Seed, SiteStream.Login, user);
            for (var day = 0; day < _calendar.DayCount; day++)
            {
                var count = chance.NextPoisson(_calendar.Levels[day][user]);
                for (var login = 0; login < count; login++)
                    AddLogin(user + 1, _calendar.ChooseMoment(chance, day));
            }
        }
    }

    SitePhoto[] Post(SourcePhotographs photographs)
    {
        // Active people post, on the days when they are active; the root keeps a few from posting most of the photos.
        var chance = SplitMix64.For(_options.Seed, SiteStream.Post);
        var postingDays = _calendar.Levels.Take(_calendar.PostingDays);
        var sums = ActivityCalendar.RunningSums([.. postingDays.SelectMany(day => day).Select(Math.Sqrt)]);
        var posts = new (long PostedUnixMs, int UserId)[_options.Photos];
        for (var index = 0; index < posts.Length; index++)
        {
            var (day, user) = Math.DivRem(chance.NextWeighted(sums), _users.Length);
            posts[index] = (_calendar.ChooseMoment(chance, day), user + 1);
        }

        Array.Sort(posts);
        var photos = new SitePhoto[posts.Length];
        for (var index = 0; index < posts.Length; index++)
        {
            var (posted, userId) = posts[index];
            AddLogin(userId, posted - chance.NextBetween(60_000L, 900_000L));

            var crop = PhotoCrop.Choose(SplitMix64.For(_options.Seed, SiteStream.Crop, index + 1), photographs);
            var words = SplitMix64.For(_options.Seed, SiteStream.Words, index + 1);
            var title = SiteWords.ChooseTitle(words, photographs[crop.SourceIndex].Title);
            var location = SiteWords.ChooseLocation(words, _users[userId - 1].HomeTown);
            photos[index] = new SitePhoto(index + 1, userId, title, location, posted, crop);
        }

        return photos;
    }

    void AddLogin(int userId, long unixMs)
    {
        if (unixMs < _calendar.StartUnixMs)
            return;
        _events.Add(new SiteEvent(SiteEventKind.Login, userId, null, unixMs));
        _loginsByUser[userId - 1].Add(unixMs);
    }

    void Show(SitePhoto photo, double appeal)
    {
        var chance = SplitMix64.For(_options.Seed, SiteStream.Audience, photo.PhotoId);
        var author = photo.UserId - 1;
        var posted = photo.PostedUnixMs;
        var popularity = new Popularity(
            appeal,
            SiteTime.HourOf(posted),
            CountBetween(_loginsByUser[author], posted - SiteTime.MsPerDay, posted),
            CountBetween(_postsByUser[author], posted - (30 * SiteTime.MsPerDay), posted),
            CountBetween(_likesByAuthor[author], posted - (3 * SiteTime.MsPerDay), posted),
            _users[author].Standing,
            chance.NextNormal());
        _postsByUser[author].Add(posted);

        var likers = new HashSet<int>();
        var early = chance.NextPoisson(popularity.ExpectedViews);
        for (var view = 0; view < early; view++)
            View(ChooseDelay(chance, posted, MeanHoursToView, 0, 24));

        var later = chance.NextPoisson(LaterViewsPerEarlyView * popularity.ExpectedViews);
        for (var view = 0; view < later; view++)
            View(ChooseDelay(chance, posted, MeanHoursToLaterView, 24, HoursOfInterest));

        void View(long delay)
        {
            var time = posted + delay;
            if (time >= _calendar.EndUnixMs)
                return;

            var viewerId = _calendar.ChooseViewer(chance, time, photo.UserId);
            _events.Add(new SiteEvent(SiteEventKind.View, viewerId, photo.PhotoId, time));
            if (!chance.NextBool(popularity.LikesPerView) || !likers.Add(viewerId))
                return;

            var liked = time + chance.NextBetween(2_000L, 90_000L);
            _events.Add(new SiteEvent(SiteEventKind.Like, viewerId, photo.PhotoId, liked));
            _likesByAuthor[author].Add(liked);
        }
    }

    static int CountBetween(List<long> times, long from, long end)
    {
        var count = 0;
        foreach (var time in times)
        {
            if (time >= from && time < end)
                count++;
        }

        return count;
    }

    /// <summary>Milliseconds from posting to a view, in [from, end) hours; few people look at night.</summary>
    static long ChooseDelay(SplitMix64 chance, long posted, double meanHours, double fromHours, double endHours)
    {
        while (true)
        {
            var hours = fromHours + chance.NextExponential(meanHours, endHours - fromHours);
            var delay = Math.Clamp(
                (long)(hours * SiteTime.MsPerHour), 1, (long)(endHours * SiteTime.MsPerHour) - 1);
            if (ActivityCalendar.IsAwake(chance, posted + delay))
                return delay;
        }
    }
}
