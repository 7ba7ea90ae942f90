using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Two commands at once on one workspace: each does its work, or says why not; nothing is lost, nothing is
/// half of one and half of the other.</summary>
public sealed class TwoCommandsTests(TestRun run)
{
    const int Rounds = 2;
    const int FullRounds = 25;

    static readonly string[] Refusals = ["checkout-busy", "checkout-unfinished", "ref-moved", "nothing-staged"];

    static IEnumerable<int> Round => Enumerable.Range(0, TestRun.IsFull ? FullRounds : Rounds);

    [Fact]
    public async Task Two_adds_stage_both()
    {
        foreach (var round in Round)
        {
            using var place = await PlaceAsync();
            var left = Made(place, "left", round);
            var right = Made(place, "right", round);

            await BothAsync(place, ["add", "left"], ["add", "right"]);

            var status = (await place.Cli.RunAsync("status", "--json")).Ended(0).Json;
            Assert.Equal(
                left.Concat(right).Order(StringComparer.Ordinal),
                status["staged"]!.AsArray().Select(change => (string)change!["path"]!)
                    .Order(StringComparer.Ordinal));
            await place.RunAsync("commit", "-m", "both");
            await place.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task A_status_beside_an_add_is_right_and_disturbs_nothing()
    {
        foreach (var round in Round)
        {
            using var place = await PlaceAsync();
            var made = Made(place, "left", round);
            await using var add = place.Cli.Start("add", ".");

            for (var i = 0; i < 3; i++)
            {
                var status = (await place.Cli.RunAsync("status", "--json")).Ended(0).Json;
                Assert.Empty(status["changed"]!.AsArray());
            }

            (await add.EndAsync()).Ended(0);
            var after = (await place.Cli.RunAsync("status", "--json")).Ended(0).Json;
            Assert.Equal(made.Count + 1, after["staged"]!.AsArray().Count);
            Assert.Empty(after["untracked"]!.AsArray());
            await place.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task Of_two_commits_one_is_made_and_the_other_is_told_so()
    {
        foreach (var round in Round)
        {
            using var place = await PlaceAsync();
            Made(place, "left", round);
            await place.RunAsync("add", ".");
            var before = await place.HistoryAsync();

            var results = await AtOnceAsync(place, ["commit", "-m", "one"], ["commit", "-m", "two"]);

            Assert.Single(results, result => result.ExitCode == 0);
            AssertRefused(results.Single(result => result.ExitCode != 0));
            var history = await place.HistoryAsync();
            Assert.EndsWith(before, history, StringComparison.Ordinal);
            Assert.Equal(before.Split('\n').Length + 1, history.Split('\n').Length);
            await place.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task An_add_beside_a_checkout_stages_what_the_user_made_and_nothing_half_written()
    {
        foreach (var round in Round)
        {
            using var place = await PlaceAsync();
            var made = Made(place, "left", round);
            var second = await place.HistoryAsync("second");

            await BothAsync(place, ["checkout", "second"], ["add", "left"]);

            var status = (await place.Cli.RunAsync("status", "--json")).Ended(0).Json;
            Assert.Equal("second", (string)status["branch"]!);
            Assert.Empty(status["changed"]!.AsArray());
            Assert.Equal(
                made.Order(StringComparer.Ordinal),
                status["staged"]!.AsArray().Select(change => (string)change!["path"]!)
                    .Order(StringComparer.Ordinal));
            Assert.Equal(second, await place.HistoryAsync("HEAD"));
            await place.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task Two_pushes_of_one_branch_both_end_with_it_there()
    {
        foreach (var _ in Round)
        {
            using var place = await PlaceAsync();
            await place.RunAsync("remote", "add", "lab", "../remote");

            await BothAsync(place, ["push", "lab", "main"], ["push", "lab", "main", "second"]);

            (await place.Cli.RunAsync("clone", "../remote", "../clone")).Ended(0);
            Assert.Equal(await place.HistoryAsync(), await VersionPlace.HistoryAsync(place.In("clone"), "main"));
            (await place.In("clone").RunAsync("checkout", "origin/second")).Ended(0);
            await VersionPlace.AssertSoundAsync(place.In("clone"));
        }
    }

    [Fact]
    public async Task Of_two_pushes_that_went_apart_one_is_refused_and_can_pull()
    {
        foreach (var round in Round)
        {
            using var place = await PlaceAsync();
            await place.RunAsync("remote", "add", "lab", "../remote");
            await place.RunAsync("push");
            (await place.Cli.RunAsync("clone", "../remote", "../clone")).Ended(0);
            var clone = place.In("clone");
            Made(place, "left", round);
            Made(place, "../clone/right", round);
            await place.CommitAsync("left");
            (await clone.RunAsync("add", "right")).Ended(0);
            (await clone.RunAsync("commit", "-m", "right")).Ended(0);

            var results = await Task.WhenAll(place.Cli.RunAsync("push"), clone.RunAsync("push"));

            Assert.Single(results, result => result.ExitCode == 0);
            results.Single(result => result.ExitCode != 0).Ended(4).Says("hint:");
            var late = results[0].ExitCode == 0 ? clone : place.Cli;
            (await late.RunAsync("pull")).Ended(0);
            (await late.RunAsync("push")).Ended(0);
            (await place.Cli.RunAsync("clone", "../remote", "../whole")).Ended(0);
            var history = await VersionPlace.HistoryAsync(place.In("whole"), "main");
            Assert.Contains("left", history, StringComparison.Ordinal);
            Assert.Contains("right", history, StringComparison.Ordinal);
            await VersionPlace.AssertSoundAsync(place.In("whole"));
        }
    }

    [Fact]
    public async Task A_sweep_beside_an_add_takes_nothing_that_is_staged()
    {
        foreach (var round in Round)
        {
            using var place = await PlaceAsync();
            // Objects that nothing needs, of the same bytes as some that the add brings.
            Made(place, "left", round);
            await place.RunAsync("add", ".");
            await place.RunAsync("restore", "--staged", "left");
            Made(place, "right", round + 1000);

            await BothAsync(place, ["gc", "--grace", "0"], ["add", "left", "right"]);

            await place.RunAsync("commit", "-m", "both");
            await place.AssertSoundAsync();
            var files = place.Files();
            (await place.Cli.RunAsync("checkout", "second")).Ended(0);
            (await place.Cli.RunAsync("checkout", "main")).Ended(0);
            Assert.Equal(files, place.Files());
        }
    }

    async Task<VersionPlace> PlaceAsync() => await (await run.VersionsAsync()).CopyAsync();

    static List<string> Made(VersionPlace place, string folder, int seed)
    {
        var files = Enumerable.Range(0, VersionPlace.FileCount).Select(i => $"{folder}/n{i}").ToList();
        for (var i = 0; i < files.Count; i++)
            place.Write(files[i], 3000, 100_000 + (1000 * seed) + i + folder.Length);
        return files;
    }

    static async Task<CliResult[]> AtOnceAsync(VersionPlace place, string[] left, string[] right)
    {
        await using var first = place.Cli.Start(left);
        await using var second = place.Cli.Start(right);
        return await Task.WhenAll(first.EndAsync(), second.EndAsync());
    }

    /// <summary>Runs both at once; one that was refused is run again.</summary>
    static async Task BothAsync(VersionPlace place, string[] left, string[] right)
    {
        var results = await AtOnceAsync(place, left, right);
        foreach (var (result, arguments) in results.Zip((string[][])[left, right]))
        {
            if (result.ExitCode == 0)
                continue;
            AssertRefused(result);
            await place.RunAsync(arguments);
        }
    }

    static void AssertRefused(CliResult result)
    {
        Assert.True(
            Refusals.Any(code => result.Messages.Contains($"({code})", StringComparison.Ordinal)), result.ToString());
        result.Says("hint:");
    }
}
