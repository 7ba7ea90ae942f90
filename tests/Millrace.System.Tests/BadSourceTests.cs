using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Sources that are not as they should be: each is named, and nothing is lost or half-written.</summary>
public sealed class BadSourceTests(TestRun run)
{
    [Fact]
    public async Task A_truncated_photo_is_named_and_left_out_until_it_is_whole()
    {
        using var job = await run.AfterFirstNightAsync();
        var (photo, fileName) = PhotoOfDay(job, TestRun.FirstNight);
        var file = Path.Combine(job.Site, "photos", fileName);
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, whole[..(whole.Length / 2)], TestContext.Current.CancellationToken);

        var night = (await job.NightAsync(TestRun.ThirdNight)).Ended(0);

        night.Says($"photo_id {photo}", file, "left out until the whole file is there");
        var quarantined = Assert.Single(await job.SqlAsync("select * from \"photo_files$quarantine\""));
        Assert.Equal((photo, fileName), ((long)quarantined["photo_id"]!, (string)quarantined["file_name"]!));
        Assert.NotEmpty((string)quarantined["reason"]!);
        Assert.Equal(0, await CountAsync(job, "photo_looks", photo));
        Assert.Equal(0, await CountAsync(job, "photo_examples", photo));
        Assert.Equal(1, await CountAsync(job, "photos", photo));
        await job.AssertSoundAsync();

        await File.WriteAllBytesAsync(file, whole, TestContext.Current.CancellationToken);
        var repaired = (await job.NightAsync(TestRun.ThirdNight)).Ended(0);

        Assert.Equal("succeeded", State(repaired, "photo_files"));
        Assert.Empty(await job.SqlAsync("select * from \"photo_files$quarantine\""));
        Assert.Equal(1, await CountAsync(job, "photo_examples", photo));
        var undisturbed = (await run.DemoAsync()).NightFingerprint(TestRun.ThirdNight);
        Assert.Equal(undisturbed.Split('\n')[0], Fingerprints.OfRun(repaired.Json).Split('\n')[0]);
        Assert.Equal("cached", State((await job.NightAsync(TestRun.ThirdNight)).Ended(0), "photo_files"));
    }

    [Fact]
    public async Task A_log_line_that_is_not_json_is_quarantined_with_its_file_and_line()
    {
        using var job = await run.AfterFirstNightAsync();
        var lines = Lines(job.Log(TestRun.FirstNight));
        var before = await job.SqlAsync("select count(*) as n from \"raw_events$quarantine\"");
        WriteLines(job.Log(TestRun.FirstNight), [lines[0], "this is no event", .. lines[1..], "{\"event_id\": \"torn"]);

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(0);

        var name = $"logs/events-{TestRun.FirstNight}.jsonl.gz";
        night.Says($"2 of {lines.Count + 2:N0} lines are no JSON object", "raw_events$quarantine", $"{name} line 2");
        var quarantined = await job.SqlAsync(
            $"select line, body from \"raw_events$quarantine\" where file = '{name}' order by line");
        Assert.Equal([2, lines.Count + 2], quarantined.Select(row => (long)row["line"]!));
        Assert.Equal("this is no event", (string)quarantined[0]["body"]!);
        var after = await job.SqlAsync("select count(*) as n from \"raw_events$quarantine\"");
        Assert.Equal((long)before[0]["n"]! + 2, (long)after[0]["n"]!);
        var loaded = await job.SqlAsync($"select count(*) as n from raw_events where file = '{name}'");
        Assert.Equal(lines.Count, (long)loaded[0]["n"]!);
        Assert.Equal((await run.DemoAsync()).NightFingerprint(TestRun.SecondNight).Split('\n')[0],
            Fingerprints.OfRun(night.Json).Split('\n')[0]);
        await job.AssertSoundAsync();
    }

    [Fact]
    public async Task A_missing_column_stops_what_needs_it_and_nothing_else()
    {
        using var job = await run.AfterFirstNightAsync();
        var before = await VersionsByNameAsync(job);
        Change(job, "alter table photos rename column location to place");

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(2);

        night.Says("source-column-missing", "'photos'", "site.db", "no column 'location'", "place", "hint:");
        Assert.Equal("failed", State(night, "photos"));
        Assert.Equal("source-column-missing", (string)Task(night, "photos")["error"]!["code"]!);
        Assert.Equal("skipped", State(night, "photo_looks"));
        Assert.Equal("succeeded", State(night, "raw_events"));
        Assert.Equal("succeeded", State(night, "events"));
        var after = await VersionsByNameAsync(job);
        Assert.All(
            ["table:photos", "table:photo_files", "dataset:photo-popularity", "model:photo-popularity"],
            name => Assert.Equal(before[name], after[name]));
        await job.AssertSoundAsync();

        Change(job, "alter table photos rename column place to location");
        var repaired = (await job.NightAsync(TestRun.SecondNight)).Ended(0);

        Assert.Equal("cached", State(repaired, "events"));
        Assert.Equal(
            (await run.DemoAsync()).NightFingerprint(TestRun.SecondNight), Fingerprints.OfRun(repaired.Json));
    }

    [Theory]
    [InlineData("cut off in the middle")]
    [InlineData("cut off in its last bytes")]
    [InlineData("with changed bytes in it")]
    public async Task A_damaged_log_file_is_named_and_nothing_of_it_is_loaded(string damage)
    {
        using var job = await run.AfterFirstNightAsync();
        var log = job.Log(TestRun.FirstNight);
        var whole = await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken);
        var before = await VersionsByNameAsync(job);
        await File.WriteAllBytesAsync(log, Damaged(whole, damage), TestContext.Current.CancellationToken);

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(2);

        night.Says("source-damaged", $"events-{TestRun.FirstNight}.jsonl.gz", "hint:");
        Assert.Equal("failed", State(night, "raw_events"));
        Assert.Equal("succeeded", State(night, "photos"));
        var after = await VersionsByNameAsync(job);
        Assert.All(
            ["table:raw_events", "table:raw_events$quarantine", "table:events", "model:photo-popularity"],
            name => Assert.Equal(before[name], after[name]));
        await job.AssertSoundAsync();

        await File.WriteAllBytesAsync(log, whole, TestContext.Current.CancellationToken);
        var repaired = (await job.NightAsync(TestRun.SecondNight)).Ended(0);

        Assert.Equal(
            (await run.DemoAsync()).NightFingerprint(TestRun.SecondNight), Fingerprints.OfRun(repaired.Json));
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_named_with_its_row_and_column()
    {
        using var job = await run.AfterFirstNightAsync();
        var (photo, _) = PhotoOfDay(job, TestRun.FirstNight);
        Change(job, $"update photos set user_id = 'nobody' where photo_id = {photo}", areForeignKeysKept: false);

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(2);

        night.Says("source-value", "Column 'user_id'", $"photo_id = {photo}", "'nobody'", "hint:");
        await job.AssertSoundAsync();
    }

    [Fact]
    public async Task A_source_database_that_is_not_there_is_named()
    {
        using var job = await run.AfterFirstNightAsync();
        File.Delete(Path.Combine(job.Site, "site.db"));

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(6);

        night.Says("source-unavailable", "site.db", "hint:");
        Assert.False(File.Exists(Path.Combine(job.Site, "site.db")));
        await job.AssertSoundAsync();
    }

    static byte[] Damaged(byte[] whole, string damage)
    {
        if (damage == "with changed bytes in it")
        {
            var changed = whole.ToArray();
            changed.AsSpan(whole.Length / 2, 16).Fill(0xff);
            return changed;
        }

        return damage == "cut off in the middle" ? whole[..(whole.Length / 2)] : whole[..^6];
    }

    static JsonNode Task(CliResult night, string name) =>
        night.Json["tasks"]!.AsArray().Single(task => (string)task!["task"]! == name)!;

    static string State(CliResult night, string name) => (string)Task(night, name)["state"]!;

    static async Task<long> CountAsync(NightJob job, string table, long photo)
    {
        var rows = await job.SqlAsync($"select count(*) as n from {table} where photo_id = {photo}");
        return (long)rows[0]["n"]!;
    }

    static async Task<Dictionary<string, string>> VersionsByNameAsync(NightJob job) =>
        (await job.VersionsAsync()).Split('\n').Select(line => line.Split('@'))
            .ToDictionary(parts => parts[0], parts => parts[1]);

    static (long Id, string FileName) PhotoOfDay(NightJob job, string day)
    {
        using var connection = Open(job, areForeignKeysKept: true);
        using var command = connection.CreateCommand();
        command.CommandText =
            "select photo_id, file_name from photos where posted_at like @day || '%' order by photo_id";
        command.Parameters.AddWithValue("day", day);
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read(), $"The site has no photo of {day}.");
        return (reader.GetInt64(0), reader.GetString(1));
    }

    static void Change(NightJob job, string sql, bool areForeignKeysKept = true)
    {
        using var connection = Open(job, areForeignKeysKept);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    static SqliteConnection Open(NightJob job, bool areForeignKeysKept)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(job.Site, "site.db"),
            Pooling = false,
            ForeignKeys = areForeignKeysKept,
        }.ToString());
        connection.Open();
        return connection;
    }

    static List<string> Lines(string log)
    {
        using var zipped = new GZipStream(File.OpenRead(log), CompressionMode.Decompress);
        using var reader = new StreamReader(zipped);
        return [.. reader.ReadToEnd().TrimEnd('\n').Split('\n')];
    }

    static void WriteLines(string log, IEnumerable<string> lines)
    {
        using var zipped = new GZipStream(File.Create(log), CompressionLevel.Optimal);
        zipped.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }
}
