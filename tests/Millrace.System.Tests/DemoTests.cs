using System.Text.Json.Nodes;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>The main job from end to end, at a small size.</summary>
public sealed class DemoTests(TestRun run)
{
    [Fact]
    public async Task A_demo_reports_what_each_night_ran_its_dataset_and_its_error()
    {
        var demo = await run.DemoAsync();

        var nights = demo.Result.Json["nights"]!.AsArray();
        Assert.Equal(
            [TestRun.FirstNight, TestRun.SecondNight, TestRun.ThirdNight],
            nights.Select(night => (string)night!["date"]!));
        Assert.Equal(3, nights.Select(night => (string)night!["dataset"]!).Distinct().Count());
        Assert.All(nights, night =>
        {
            Assert.Matches("^[0-9a-f]{64}$", (string)night!["dataset"]!);
            Assert.True((int)night["ran"]! > 10, night.ToJsonString());
            Assert.Equal(0, (int)night["cached"]!);
            Assert.True((double)night["metrics"]!["test_rmse"]! > 0, night.ToJsonString());
        });
        demo.Result.Says("The photographs are real", "simulated", "Night of 2026-03-15");
    }

    [Fact]
    public async Task The_same_demo_again_does_nothing_and_says_so()
    {
        using var scratch = new ScratchFolder();
        var demo = await run.DemoAsync();
        await Shell.CopyAsync(demo.Folder, scratch["demo"]);

        var again = (await run.Cli(scratch.Path).RunAsync(UndisturbedDemo.Command("demo"))).Ended(0);

        Assert.Equal(demo.Fingerprint, Fingerprints.OfDemo(again.Json));
        Assert.All(
            again.Json["nights"]!.AsArray().Zip(demo.Result.Json["nights"]!.AsArray()),
            pair => Assert.Equal(
                (0, (int)pair.Second!["ran"]!), ((int)pair.First!["ran"]!, (int)pair.First["cached"]!)));
        again.Says("The site is there", "nothing to do");
    }

    [Fact]
    public async Task The_demo_shows_the_errors_of_the_baseline_and_of_a_leaky_join_beside_the_model()
    {
        using var scratch = new ScratchFolder();
        await Shell.CopyAsync((await run.DemoAsync()).Folder, scratch["demo"]);

        var result = await run.Cli(scratch.Path).RunAsync("demo", "--photos", $"{TestRun.Photos}", "--dir", "demo");
        var shown = result.Ended(0);

        Assert.Matches(@"predict the mean +\d\.\d{3} +the baseline", shown.Output);
        Assert.Matches(@"model, point-in-time join +\d\.\d{3} +what it can really do", shown.Output);
        Assert.Matches(@"model, leaky join +\d\.\d{3} +what joining each author's newest values would", shown.Output);
        Assert.Contains("millrace why model:photo-popularity@production", shown.Output, StringComparison.Ordinal);
        Assert.Contains("Photographs real, activity simulated", shown.Output, StringComparison.Ordinal);
        Assert.Contains("Try next (cd demo/workspace)", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_results_in_another_folder()
    {
        using var scratch = new ScratchFolder();
        var demo = await run.DemoAsync();

        var other = (await run.Cli(scratch.Path).RunAsync(UndisturbedDemo.Command("elsewhere"))).Ended(0);

        Assert.Equal(demo.Fingerprint, Fingerprints.OfDemo(other.Json));
    }

    [Fact]
    public async Task One_task_at_a_time_gives_the_same_results_as_two()
    {
        using var job = await run.AfterFirstNightAsync();
        var demo = await run.DemoAsync();

        var first = (await job.NightAsync(TestRun.FirstNight, "--parallel", "1")).Ended(0);
        var second = (await job.NightAsync(TestRun.SecondNight, "--parallel", "1")).Ended(0);
        var third = (await job.NightAsync(TestRun.ThirdNight, "--parallel", "1", "--leaky", "true")).Ended(0);

        Assert.Equal(demo.NightFingerprint(TestRun.FirstNight), Fingerprints.OfRun(first.Json));
        Assert.Equal(demo.NightFingerprint(TestRun.SecondNight), Fingerprints.OfRun(second.Json));
        Assert.Equal(demo.NightFingerprint(TestRun.ThirdNight), Fingerprints.OfRun(third.Json));
        await job.AssertSoundAsync();
    }

    [Fact]
    public async Task The_next_night_classifies_only_the_new_photos()
    {
        using var job = await run.AfterFirstNightAsync();

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(0);

        var tasks = night.Json["tasks"]!.AsArray();
        var looks = tasks.Single(task => (string)task!["task"]! == "photo_looks")!["outputs"]![0]!["summary"]!;
        var posted = await job.SqlAsync(
            "select count(*) as photos from photos where posted_at >= timestamp '2026-03-13 00:00:00'");
        Assert.Equal((long)posted[0]["photos"]!, (long)looks["rowsWritten"]!);
        Assert.InRange((long)looks["rowsWritten"]!, 1, (long)looks["rows"]! / 2);
    }

    [Fact]
    public async Task What_is_served_equals_what_the_tables_hold()
    {
        using var job = await run.AfterFirstNightAsync();

        var views = (await job.AskAsync("feature", "list")).AsArray();

        Assert.Equal(["photo_looks", "user_activity"], views.Select(view => (string)view!["name"]!));
        Assert.All(views, view =>
        {
            var summary = view!["summary"]!;
            Assert.True((long)summary["checkedRows"]! > 0, summary.ToJsonString());
            Assert.Equal((long)summary["checkedRows"]!, (long)summary["equalRows"]!);
        });
    }

    [Fact]
    public async Task A_model_is_traced_to_the_database_and_to_every_log_file()
    {
        using var job = await run.AfterFirstNightAsync();

        var why = await job.AskAsync("why", "model:photo-popularity@production");

        var reached = Everything(why, "madeFrom").Select(node => $"{node["kind"]}:{node["name"]}").ToHashSet();
        Assert.Contains("source:site.db/photos", reached);
        Assert.Contains("dataset:photo-popularity", reached);
        var files = reached.Where(name => name.StartsWith("file:logs/", StringComparison.Ordinal)).Order();
        var logs = Directory.GetFiles(Path.Combine(job.Site, "logs")).Select(Path.GetFileName).Order()
            .Where(name => string.CompareOrdinal(name, $"events-{TestRun.FirstNight}") < 0);
        Assert.Equal(logs.Select(name => $"file:logs/{name}"), files);
    }

    [Fact]
    public async Task A_row_is_traced_to_the_lines_of_the_logs_that_it_was_made_from()
    {
        using var job = await run.AfterFirstNightAsync();
        var viewed = await job.SqlAsync(
            "select photo_id from photo_examples order by views_24h desc, photo_id limit 1");
        var photo = (long)viewed[0]["photo_id"]!;

        var why = await job.AskAsync("why", $"table:photo_examples#{photo}");

        var raw = Everything(why, "madeFrom").First(node => (string)node["name"]! == "raw_events");
        var expected = await job.SqlAsync(
            $"select count(*) as lines from raw_events join events using (file, line) where photo_id = {photo}");
        Assert.Equal((long)expected[0]["lines"]!, (long)raw["rows"]!);
        Assert.NotEmpty(raw["places"]!.AsArray());
        Assert.All(raw["places"]!.AsArray(), place =>
            Assert.Matches(@"^logs/events-\d{4}-\d\d-\d\d\.jsonl\.gz lines? \d+", (string)place!));
        Assert.Contains(Everything(why, "madeFrom"), node => (string)node["name"]! == "site.db/photos");
    }

    [Fact]
    public async Task A_log_file_has_an_impact_on_the_model()
    {
        using var job = await run.AfterFirstNightAsync();

        var impact = await job.AskAsync("impact", "file:logs/events-2026-03-01.jsonl.gz");

        var reached = Everything(impact, "made").Select(node => $"{node["kind"]}:{node["name"]}").ToHashSet();
        Assert.Superset(
            new HashSet<string> { "table:raw_events", "dataset:photo-popularity", "model:photo-popularity" }, reached);
    }

    [Fact]
    public async Task Every_stored_byte_of_a_finished_demo_is_right()
    {
        using var job = await run.AfterFirstNightAsync();

        var check = await job.AskAsync("fsck");

        Assert.True((bool)check["clean"]!, check.ToJsonString());
        Assert.True((int)check["objects"]! > 100 && (int)check["tables"]! > 10, check.ToJsonString());
        Assert.Equal((2, 0), ((int)check["featureViews"]!, (int)check["unpublishedFiles"]!));
    }

    static IEnumerable<JsonNode> Everything(JsonNode node, string next) =>
        node[next]!.AsArray().SelectMany(child => Everything(child!, next)).Prepend(node);
}
