using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Millrace.App.Demo.Site;
using SkiaSharp;

namespace Millrace.Tests.DemoRoom;

public sealed class PhotoSiteTests(SmallSite small) : IClassFixture<SmallSite>, IDisposable
{
    static readonly string Sample = SmallSite.Sample;
    static readonly PhotoSiteOptions Small = SmallSite.Options;

    readonly string _folder = Directory.CreateTempSubdirectory("millrace-site-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_same_seed_makes_the_same_files_and_rows_on_any_number_of_threads_and_in_any_culture()
    {
        var before = CultureInfo.CurrentCulture;
        await BuildAsync("one", Small with { Threads = 1 });
        try
        {
            CultureInfo.CurrentCulture = CultureWithOwnNumbersAndDates();
            await BuildAsync("four", Small with { Threads = 4 });
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        var one = HashFiles("one");
        Assert.Equal(40 + 8, one.Count);
        Assert.Equal(one, HashFiles("four"));
        Assert.Equal(ReadRows("one"), ReadRows("four"));
    }

    [Fact]
    public async Task Another_seed_makes_other_photos_logs_and_rows()
    {
        await BuildAsync("one", Small);
        await BuildAsync("two", Small with { Seed = 2 });

        var one = HashFiles("one");
        Assert.Empty(one.Intersect(HashFiles("two")));
        Assert.NotEqual(ReadRows("one"), ReadRows("two"));
    }

    [Fact]
    public void Every_row_has_a_photo_that_decodes_and_ids_ascend_with_posting_time()
    {
        var photos = ReadTable(small.Folder, "photos");
        var posted = photos.Select(row => row["posted_at"]!).ToList();

        Assert.Equal(small.Summary.Photos, photos.Count);
        Assert.Equal(posted.Order(StringComparer.Ordinal), posted);
        Assert.All(posted, time => Assert.Matches(@"^2026-03-(09|1[0-4])T\d\d:\d\d:\d\d\.\d{3}Z$", time));
        Assert.Contains(photos, row => row["location"] is null);
        Assert.All(photos, row =>
        {
            using var bitmap = SKBitmap.Decode(Path.Combine(small.Folder, "photos", row["file_name"]!));
            Assert.InRange(bitmap.Width, 256, 512);
            Assert.InRange(bitmap.Height, 256, 512);
        });
        Assert.Equal(
            photos.Select(row => row["file_name"]).Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(small.Folder, "photos"))
                .Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_log_holds_what_arrived_on_its_day_in_order_of_arrival()
    {
        var files = ReadLogs(small.Folder).GroupBy(line => line.Day).ToList();

        Assert.Equal(8, files.Count);
        Assert.All(files, file =>
        {
            var received = file.Where(line => line.EventId is not null).Select(line => line.ReceivedAt).ToList();
            Assert.All(received, at => Assert.StartsWith(file.Key, at, StringComparison.Ordinal));
            Assert.Equal(received.Order(StringComparer.Ordinal), received);
        });
    }

    [Fact]
    public void A_late_event_is_in_the_file_of_a_later_day()
    {
        var firstDeliveries = Events(small.Folder).DistinctBy(line => line.EventId);
        var late = firstDeliveries.Where(line => line.Delay >= TimeSpan.FromHours(1)).ToList();

        Assert.InRange(late.Count, 10, small.Summary.Events / 20);
        Assert.Equal(small.Summary.LateEvents, late.Count);
        Assert.All(late, line =>
        {
            Assert.True(line.Delay <= TimeSpan.FromHours(30));
            Assert.True(string.CompareOrdinal(line.Time[..10], line.Day) < 0, $"{line.EventId} is in {line.Day}.");
        });
    }

    [Fact]
    public void A_duplicate_repeats_the_event_later_in_the_same_file_or_in_the_next()
    {
        var repeated = Events(small.Folder).GroupBy(line => line.EventId).Where(group => group.Count() > 1).ToList();

        Assert.Equal(small.Summary.DuplicateLines, repeated.Count);
        Assert.All(repeated, group =>
        {
            var (first, second) = (group.First(), group.Skip(1).Single());
            Assert.Equal((first.Time, first.Fields), (second.Time, second.Fields));
            Assert.True(string.CompareOrdinal(first.ReceivedAt, second.ReceivedAt) < 0);
            Assert.InRange(DaysBetween(first.Day, second.Day), 0, 1);
        });
        Assert.Contains(repeated, group => group.First().Day == group.Last().Day);
        Assert.Contains(repeated, group => group.First().Day != group.Last().Day);
    }

    [Fact]
    public async Task Only_the_bad_lines_are_not_events()
    {
        var clean = await BuildAsync("clean", Small with { BadLines = 0 });
        var dirty = await BuildAsync("dirty", Small with { BadLines = 5 });

        Assert.Equal(clean with { BadLines = 5 }, dirty);
        Assert.All(ReadLogs("clean"), line => Assert.NotNull(line.EventId));
        Assert.Equal(5, ReadLogs("dirty").Count(line => line.EventId is null));
        Assert.Equal(Events("clean"), Events("dirty"));
    }

    [Fact]
    public void A_view_or_like_follows_the_posting_and_is_never_the_authors()
    {
        var photos = ReadTable(small.Folder, "photos").ToDictionary(row => row["photo_id"]!);
        var events = Events(small.Folder).DistinctBy(line => line.EventId);
        var seen = events.Where(line => line.PhotoId is not null).ToList();

        Assert.Equal(small.Summary.Views + small.Summary.Likes, seen.Count);
        Assert.All(seen, line =>
        {
            var photo = photos[line.PhotoId!];
            Assert.NotEqual(photo["user_id"], line.UserId);
            Assert.True(string.CompareOrdinal(photo["posted_at"], line.Time) < 0);
        });
    }

    [Fact]
    public async Task The_default_site_has_the_amounts_that_the_demo_is_made_for()
    {
        var summary = await BuildAsync("site", new PhotoSiteOptions());

        var photos = ReadTable("site", "photos");
        var posted = photos.ToDictionary(row => row["photo_id"]!, row => ParseTime(row["posted_at"]!));
        var early = posted.Keys.ToDictionary(id => id, _ => 0);
        foreach (var view in Events("site").Where(line => line.Kind == "view").DistinctBy(line => line.EventId))
        {
            if (ParseTime(view.Time) - posted[view.PhotoId!] < TimeSpan.FromHours(24))
                early[view.PhotoId!]++;
        }

        var views = early.Values.Order().ToList();
        Assert.InRange(views[views.Count / 2], 15, 25);
        Assert.True(views.Average() > 1.2 * views[views.Count / 2], "The views are skewed to the right.");
        Assert.InRange(summary.Events, 40_000, 60_000);
        Assert.InRange(summary.Likes / (double)summary.Views, 0.10, 0.14);
        Assert.InRange(summary.LateEvents / (double)summary.Events, 0.015, 0.025);
        Assert.InRange(summary.DuplicateLines / (double)summary.Events, 0.007, 0.013);
    }

    [Fact]
    public async Task A_second_build_does_nothing()
    {
        var first = await BuildAsync("site", Small);
        var times = WriteTimes("site");

        var second = await BuildAsync("site", Small with { Threads = 3 });

        Assert.Equal(first with { WasThere = true }, second);
        Assert.Equal(times, WriteTimes("site"));
    }

    [Fact]
    public async Task Other_options_are_refused_by_name()
    {
        await BuildAsync("site", Small);

        var refusal = await Assert.ThrowsAsync<MillraceException>(
            () => BuildAsync("site", Small with { Photos = 41, Seed = 9 }));

        Assert.Equal(("site-differs", ErrorKind.Conflict), (refusal.Code, refusal.Kind));
        Assert.Contains("photos (40, now 41), seed (1, now 9).", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_something_else_is_refused_and_kept()
    {
        var other = Directory.CreateDirectory(Path.Combine(_folder, "site", "other")).FullName;

        var refusal = await Assert.ThrowsAsync<MillraceException>(() => BuildAsync("site", Small));

        Assert.Equal("site-folder-taken", refusal.Code);
        Assert.True(Directory.Exists(other));
    }

    [Theory]
    [InlineData("reading")]
    [InlineData("writing 8 days")]
    [InlineData("writing 8 users")]
    public async Task A_build_that_is_cancelled_leaves_nothing_and_the_next_succeeds(string stage)
    {
        using var cancellation = new CancellationTokenSource();
        var progress = new CallBack(text =>
        {
            if (text.StartsWith(stage, StringComparison.Ordinal))
                cancellation.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => PhotoSite.BuildAsync(Sample, Path.Combine(_folder, "site"), Small, progress, cancellation.Token));

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.False((await BuildAsync("site", Small)).WasThere);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_removed_and_what_a_living_one_builds_is_kept()
    {
        // No process has an id this large: Linux ends at 2^22.
        var dead = Path.Combine(_folder, "site.partial-2000000000");
        var living = Path.Combine(_folder, "site.partial-1");
        Directory.CreateDirectory(Path.Combine(dead, "photos"));
        Directory.CreateDirectory(Path.Combine(living, "photos"));

        await BuildAsync("site", Small);

        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(living));
    }

    [Fact]
    public async Task A_missing_photograph_is_named()
    {
        var sample = Directory.CreateDirectory(Path.Combine(_folder, "sample", "photos")).FullName;
        File.Copy(Path.Combine(Sample, "photos", "photos.csv"), Path.Combine(sample, "photos.csv"));

        var failure = await Assert.ThrowsAsync<MillraceException>(() => PhotoSite.BuildAsync(
            Path.Combine(_folder, "sample"), Path.Combine(_folder, "site"), Small, null, Cancelled));

        Assert.Equal("sample-missing", failure.Code);
        Assert.Contains(".jpg", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_password_of_a_database_is_neither_kept_nor_shown()
    {
        var options = Small with { Postgres = "Host=127.0.0.1;Port=1;Database=demo;Username=ada;Password=sesame" };

        var failure = await Assert.ThrowsAsync<MillraceException>(() => BuildAsync("site", options));

        Assert.Equal("site-database-unavailable", failure.Code);
        Assert.Contains("127.0.0.1:1/demo", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1:1/demo", SiteManifest.Of(options, NoCounts).Postgres);
    }

    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    static PhotoSiteSummary NoCounts => new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    Task<PhotoSiteSummary> BuildAsync(string name, PhotoSiteOptions options) =>
        PhotoSite.BuildAsync(Sample, Path.Combine(_folder, name), options, null, Cancelled);

    static CultureInfo CultureWithOwnNumbersAndDates()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "~";
        culture.DateTimeFormat.DateSeparator = "/";
        culture.DateTimeFormat.TimeSeparator = ".";
        culture.DateTimeFormat.Calendar = new GregorianCalendar(GregorianCalendarTypes.Localized);
        return culture;
    }

    /// <summary>Every photo and log by name and hash; not the database, whose rows count and not its bytes.</summary>
    SortedSet<string> HashFiles(string name) =>
    [
        .. new[] { "photos", "logs" }
            .SelectMany(kind => Directory.GetFiles(Path.Combine(_folder, name, kind)))
            .Select(path => (Name: Path.GetFileName(path), Hash: SHA256.HashData(File.ReadAllBytes(path))))
            .Select(file => $"{file.Name} {Convert.ToHexString(file.Hash)}"),
    ];

    List<string> WriteTimes(string name) =>
    [
        .. Directory.GetFileSystemEntries(Path.Combine(_folder, name), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => $"{path} {File.GetLastWriteTimeUtc(path).Ticks}"),
    ];

    List<string> ReadRows(string name) =>
    [
        .. ReadTable(name, "users").Concat(ReadTable(name, "photos")).Select(row => string.Join('|', row)),
    ];

    List<Dictionary<string, string?>> ReadTable(string name, string table)
    {
        var path = Path.Combine(_folder, name, "site.db");
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"select * from {table} order by 1";
        using var reader = command.ExecuteReader();
        var rows = new List<Dictionary<string, string?>>();
        while (reader.Read())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                reader.GetName, index => reader.IsDBNull(index) ? null : reader.GetString(index)));
        }

        return rows;
    }

    IEnumerable<ReadLine> Events(string name) => ReadLogs(name).Where(line => line.EventId is not null);

    List<ReadLine> ReadLogs(string name)
    {
        var lines = new List<ReadLine>();
        foreach (var path in Directory.GetFiles(Path.Combine(_folder, name, "logs")).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            while (reader.ReadLine() is { } text)
                lines.Add(ReadLine.Parse(Path.GetFileName(path)["events-".Length..][..10], text));
        }

        return lines;
    }

    static DateTimeOffset ParseTime(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    static int DaysBetween(string first, string second) =>
        DateOnly.Parse(second, CultureInfo.InvariantCulture).DayNumber
        - DateOnly.Parse(first, CultureInfo.InvariantCulture).DayNumber;

    sealed record ReadLine(
        string Day, string? EventId, string Kind, string UserId, string? PhotoId, string Time, string ReceivedAt)
    {
        public TimeSpan Delay => ParseTime(ReceivedAt) - ParseTime(Time);

        public string Fields => $"{Kind} {UserId} {PhotoId}";

        public static ReadLine Parse(string day, string text)
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                string? Field(string name) =>
                    json.RootElement.GetProperty(name).ToString() is { Length: > 0 } value ? value : null;
                return new(
                    day,
                    Field("event_id"),
                    Field("kind")!,
                    Field("user_id")!,
                    Field("photo_id"),
                    Field("time")!,
                    Field("received_at")!);
            }
            catch (JsonException)
            {
                return new(day, null, "", "", null, "", "");
            }
        }
    }

    sealed class CallBack(Action<string> report) : IProgress<string>
    {
        public void Report(string value) => report(value);
    }
}
