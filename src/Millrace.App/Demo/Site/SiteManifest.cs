using System.Text.Json;

namespace Millrace.App.Demo.Site;

/// <summary>The file <c>site.json</c>: from which options a site was made, and what it holds. A folder has it only when
/// the site is whole.</summary>
/// <remarks>The note is for people who open the file. The generator's number counts up whenever the same options make
/// another site. The PostgreSQL database is named without its password; null when the tables are in <c>site.db</c>.
/// </remarks>
sealed record SiteManifest(
    string Note,
    int Generator,
    int Photos,
    int Days,
    DateOnly LastDay,
    ulong Seed,
    int BadLines,
    string? Postgres,
    PhotoSiteSummary Counts)
{
    const string FileName = "site.json";
    const int CurrentGenerator = 1;

    public static SiteManifest Of(PhotoSiteOptions options, PhotoSiteSummary counts) =>
        new(
            "Photographs real, by the authors named in photos.csv of the sample; users and activity simulated.",
            CurrentGenerator,
            options.Photos,
            options.Days,
            options.LastDay,
            options.Seed,
            options.BadLines,
            options.Postgres is null ? null : PostgresSiteDatabase.Name(options.Postgres),
            counts);

    /// <summary>The manifest in a folder; null when there is none, so that what is there is no photo site.</summary>
    /// <exception cref="MillraceException"><c>site-manifest-unreadable</c>.</exception>
    public static SiteManifest? TryRead(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), SiteManifestJson.Default.SiteManifest);
        }
        catch (JsonException failure)
        {
            throw new MillraceException(
                ErrorKind.Corrupt,
                "site-manifest-unreadable",
                $"'{path}' says how the photo site was made, and cannot be read: {failure.Message}",
                $"Delete the folder '{folder}'; the same command makes the site again.",
                failure);
        }
    }

    public void Write(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(file, this, SiteManifestJson.Default.SiteManifest);
    }

    /// <summary>The options in which a wanted site differs from this one, as <c>name (this, wanted)</c>.</summary>
    public IReadOnlyList<string> Differences(SiteManifest wanted)
    {
        (string Name, object? Made, object? Wanted)[] options =
        [
            ("photos", Photos, wanted.Photos),
            ("days", Days, wanted.Days),
            ("last day", LastDay.ToString("O"), wanted.LastDay.ToString("O")),
            ("seed", Seed, wanted.Seed),
            ("bad lines", BadLines, wanted.BadLines),
            ("postgres", Postgres, wanted.Postgres),
            ("generator version", Generator, wanted.Generator),
        ];
        return
        [
            .. options
                .Where(option => !Equals(option.Made, option.Wanted))
                .Select(option => $"{option.Name} ({option.Made ?? "none"}, now {option.Wanted ?? "none"})"),
        ];
    }
}
