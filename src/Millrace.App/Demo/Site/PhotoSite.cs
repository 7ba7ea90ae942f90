using System.Runtime.ExceptionServices;

namespace Millrace.App.Demo.Site;

/// <summary>The photo site whose data the demo works on: a database, logs, and a folder of JPEGs.
/// Photographs real, activity simulated.</summary>
/// <remarks><code>
/// site.json                            the options and counts; there only when the rest is whole
/// site.db                              SQLite: users, photos (or PostgreSQL, schema site)
/// photos/000001.jpg                    a crop of one of the sample's photographs
/// logs/events-2026-03-14.jsonl.gz      what arrived on that day: logins, views, likes
/// </code></remarks>
static class PhotoSite
{
    const int MostPhotos = 999_999;
    const int MostDays = 3_650;
    const int MostBadLines = 100_000;
    const int PhotosPerReport = 100;

    /// <summary>Makes the site, or finds it made. The same options make the same rows, logs and JPEGs.</summary>
    /// <param name="sampleFolder">Holds <c>photos/</c> with <c>photos.csv</c>, and <c>models/</c>.</param>
    /// <param name="siteFolder">Appears when it is whole; until then there is a sibling <c>….partial-PID</c>.</param>
    /// <param name="options">What the site shall be.</param>
    /// <param name="progress">Told what is being done, a line of text at a time, from several threads.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind.</param>
    /// <exception cref="MillraceException"><c>site-differs</c>: a site made from other options is there;
    /// <c>site-folder-taken</c>: something else is there; <c>site-option-invalid</c>; <c>site-not-written</c>: the disk
    /// refused; <c>sample-missing</c> and others of the sample; <c>postgres-connection-invalid</c>,
    /// <c>site-database-unavailable</c>.</exception>
    /// <remarks>Files are not forced to disk: a killed process leaves no half-made site, but a power cut may.</remarks>
    public static async Task<PhotoSiteSummary> BuildAsync(
        string sampleFolder,
        string siteFolder,
        PhotoSiteOptions options,
        IProgress<string>? progress,
        CancellationToken cancellationToken)
    {
        CheckOptions(options);
        siteFolder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(siteFolder));
        try
        {
            if (FindMade(siteFolder, options) is { } made)
                return made;

            using var partial = PartialSite.Create(siteFolder);
            var summary = await FillAsync(sampleFolder, partial.Folder, options, progress, cancellationToken);
            if (partial.TryPublish(siteFolder))
                return summary;

            return FindMade(siteFolder, options) ?? throw Taken(siteFolder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MillraceException(
                ErrorKind.Unavailable,
                "site-not-written",
                $"The photo site cannot be written to '{siteFolder}': {failure.Message}",
                "Make room there or choose another folder, then give the same command again.",
                failure);
        }
    }

    static void CheckOptions(PhotoSiteOptions options)
    {
        Check("photos", options.Photos, 1, MostPhotos);
        Check("days", options.Days, 1, MostDays);
        Check("bad lines", options.BadLines, 0, MostBadLines);
        Check("last day", options.LastDay.Year, 1980, 9000);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
    }

    static void Check(string name, int value, int least, int most)
    {
        if (value >= least && value <= most)
            return;
        throw new MillraceException(
            ErrorKind.Invalid,
            "site-option-invalid",
            $"The photo site's option '{name}' is {value}; it was expected to be from {least} to {most}.",
            $"Give a value of '{name}' in that range.");
    }

    static PhotoSiteSummary? FindMade(string siteFolder, PhotoSiteOptions options)
    {
        if (!Path.Exists(siteFolder))
            return null;

        if (Directory.Exists(siteFolder) && !Directory.EnumerateFileSystemEntries(siteFolder).Any())
        {
            // Someone made the folder for us; only a folder that is not there can be moved to.
            Directory.Delete(siteFolder);
            return null;
        }

        var made = SiteManifest.TryRead(siteFolder) ?? throw Taken(siteFolder);
        var differences = made.Differences(SiteManifest.Of(options, made.Counts));
        if (differences.Count == 0)
            return made.Counts with { WasThere = true };

        throw new MillraceException(
            ErrorKind.Conflict,
            "site-differs",
            $"The photo site in '{siteFolder}' was made with other options: {string.Join(", ", differences)}.",
            "Give the options it was made with, choose another folder, or delete this one.");
    }

    static MillraceException Taken(string siteFolder) =>
        new(
            ErrorKind.Conflict,
            "site-folder-taken",
            $"'{siteFolder}' holds something that is not a photo site: it has no site.json.",
            "Choose a folder that does not exist.");

    static async Task<PhotoSiteSummary> FillAsync(
        string sampleFolder,
        string folder,
        PhotoSiteOptions options,
        IProgress<string>? progress,
        CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = options.Threads,
        };
        var (history, summary) = await Task.Run(
            () => Unwrapped(() => WriteFiles(sampleFolder, folder, options, parallel, progress)), cancellationToken);

        progress?.Report($"writing {history.Users.Count} users and {history.Photos.Count} photos to the database");
        if (options.Postgres is null)
            await SqliteSiteDatabase.WriteAsync(Path.Combine(folder, "site.db"), history, cancellationToken);
        else
            await PostgresSiteDatabase.ReplaceAsync(options.Postgres, history, cancellationToken);

        cancellationToken.ThrowIfCancellationRequested();
        SiteManifest.Of(options, summary).Write(folder);
        return summary;
    }

    /// <summary>What failed first, as if it had not been on several threads.</summary>
    static TResult Unwrapped<TResult>(Func<TResult> work)
    {
        try
        {
            return work();
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
            throw;
        }
    }

    static (SiteHistory History, PhotoSiteSummary Summary) WriteFiles(
        string sampleFolder,
        string folder,
        PhotoSiteOptions options,
        ParallelOptions parallel,
        IProgress<string>? progress)
    {
        progress?.Report("reading the photographs");
        using var photographs = SourcePhotographs.Load(sampleFolder, parallel);
        var appeal = PhotographAppeal.Measure(sampleFolder, photographs, options.Seed, parallel);

        progress?.Report($"simulating {options.Days} days of activity");
        var history = SiteSimulation.Run(options, photographs, appeal, parallel.CancellationToken);
        var delivery = EventDelivery.Deliver(history, options.Seed);
        WritePhotos(Directory.CreateDirectory(Path.Combine(folder, "photos")).FullName);
        WriteLogs(Directory.CreateDirectory(Path.Combine(folder, "logs")).FullName);
        return (history, Count(history, delivery, options));

        void WritePhotos(string photosFolder)
        {
            var written = 0;
            Parallel.ForEach(history.Photos, parallel, photo =>
            {
                using var jpeg = photo.Crop.Encode(photographs);
                var path = Path.Combine(photosFolder, photo.FileName);
                using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
                file.Write(jpeg.AsSpan());
                var count = Interlocked.Increment(ref written);
                if (count % PhotosPerReport == 0)
                    progress?.Report($"cropped {count} of {history.Photos.Count} photos");
            });
        }

        void WriteLogs(string logsFolder)
        {
            progress?.Report($"writing {delivery.Files.Count} days of logs");
            var chosen = BadLine.Choose(options.BadLines, delivery.Files, options.Seed);
            var badLines = chosen.ToLookup(bad => bad.FileIndex);
            var firstDay = options.LastDay.AddDays(1 - options.Days);
            Parallel.For(0, delivery.Files.Count, parallel, index =>
            {
                var path = Path.Combine(logsFolder, EventLog.FileName(firstDay.AddDays(index)));
                EventLog.Write(path, delivery.Files[index], badLines[index].ToLookup(bad => bad.Index));
            });
        }
    }

    static PhotoSiteSummary Count(SiteHistory history, EventDelivery delivery, PhotoSiteOptions options)
    {
        var kinds = delivery.Files
            .SelectMany(file => file)
            .DistinctBy(line => line.EventId)
            .CountBy(line => line.Event.Kind)
            .ToDictionary();
        return new PhotoSiteSummary(
            history.Users.Count,
            history.Photos.Count,
            delivery.Files.Count,
            kinds.Values.Sum(),
            kinds.GetValueOrDefault(SiteEventKind.Login),
            kinds.GetValueOrDefault(SiteEventKind.View),
            kinds.GetValueOrDefault(SiteEventKind.Like),
            delivery.LateEvents,
            delivery.DuplicateLines,
            options.BadLines);
    }
}
