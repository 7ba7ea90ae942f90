namespace Millrace.SystemTests.Fixtures;

/// <summary>A command of versions that is disturbed, and what must hold whatever disturbs it.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Arguments">What is run; <see cref="CopyMark"/> in them is the copy's number.</param>
sealed record VersionCommand(string Name, params string[] Arguments)
{
    /// <summary>Stands for the copy's number, where copies must not share something.</summary>
    public const string CopyMark = "COPY";

    /// <summary>Makes the place ready, once; copies of it are disturbed.</summary>
    public Func<VersionPlace, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>What a copy needs for itself.</summary>
    public Func<VersionPlace, int, Task> PrepareCopy { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>The codes of errors that say that it had ended when it was cut off, and is not needed again.</summary>
    public string[] DoneCodes { get; init; } = [];

    /// <summary>Whether it writes files of the user.</summary>
    public bool ChangesFiles { get; init; }

    /// <summary>What goes on when the command itself says that something else must.</summary>
    public Func<VersionPlace, CliResult, Task<bool>> GoOn { get; init; } = (_, _) => Task.FromResult(false);

    /// <summary>Checked after the disturbance, when the workspace is sound.</summary>
    public Func<VersionPlace, Task> AfterCut { get; init; } = _ => Task.CompletedTask;

    /// <summary>Checked when the command has ended, beyond what the place's state says.</summary>
    public Func<VersionPlace, Task> AfterEnd { get; init; } = _ => Task.CompletedTask;

    public string[] ArgumentsOf(int copy) =>
        [.. Arguments.Select(argument => argument.Replace(CopyMark, $"{copy}", StringComparison.Ordinal))];

    /// <summary>Says it to the test's runner.</summary>
    public override string ToString() => Name;

    const string Remote = "../remote";
    const string ImportedName = "data/imported";

    /// <summary>Those that need no server.</summary>
    public static IReadOnlyList<VersionCommand> Local { get; } =
    [
        new("add", "add", ".") { Prepare = Edit },
        new("commit", "commit", "-m", "third")
        {
            Prepare = async place =>
            {
                await Edit(place);
                await place.RunAsync("add", ".");
            },
            DoneCodes = ["nothing-staged"],
        },
        new("commit of all", "commit", "--all", "-m", "third") { Prepare = Edit, DoneCodes = ["nothing-staged"] },
        new("checkout", "checkout", "second") { ChangesFiles = true },
        new("merge", "merge", "second") { ChangesFiles = true, GoOn = CompleteCheckout },
        new("push", "push", "lab", "main", "second")
        {
            Prepare = place => place.RunAsync("remote", "add", "lab", Remote),
            AfterCut = RemoteIsWhole,
            AfterEnd = CloneIsSame,
        },
        new("fetch", "fetch", "lab")
        {
            Prepare = async place =>
            {
                await PushedElsewhere(place);
                await place.RunAsync("remote", "add", "lab", Remote);
            },
            AfterEnd = async place =>
            {
                await place.RunAsync("checkout", "lab/third");
                await place.RunAsync("checkout", "main");
            },
        },
        new("clone", "clone", Remote, "../clone")
        {
            Prepare = async place =>
            {
                await place.RunAsync("remote", "add", "lab", Remote);
                await place.RunAsync("push", "--all");
            },
            GoOn = GoOnCloning,
            AfterEnd = CloneHasAll,
        },
        new("gc", "gc", "--grace", "0")
        {
            Prepare = async place =>
            {
                for (var i = 0; i < VersionPlace.FileCount; i++)
                    place.Write($"scratch/s{i}", 5000, 7000 + i);
                place.Write("scratch/large", VersionPlace.LargeSize, 7999);
                await place.RunAsync("add", ".");
                Directory.Delete(Path.Join(place.Workspace, "scratch"), recursive: true);
                await place.RunAsync("add", ".");
            },
            AfterEnd = async place =>
            {
                var again = (await place.Cli.RunAsync("gc", "--grace", "0", "--dry-run", "--json")).Ended(0).Json;
                Assert.Equal(0, (long)again["unneeded"]!);
            },
        },
        new("erase", "erase", "--path", "data/large", "--path", VersionPlace.Name(5), "--yes", "--reason", "asked")
        {
            AfterEnd = async place =>
            {
                await place.Cli.RunAsync("cat", $"{VersionPlace.Name(6)}@main");
                (await place.Cli.RunAsync("cat", $"{VersionPlace.Name(5)}@main")).Says("erased");
            },
        },
        new("import-url", "import-url", "../source", ImportedName)
        {
            Prepare = place =>
            {
                place.Write("../source", 12 << 20, 8000);
                return Task.CompletedTask;
            },
            ChangesFiles = true,
            DoneCodes = ["local-changes"],
            AfterEnd = place =>
            {
                Assert.Equal(
                    File.ReadAllBytes(place["source"]), File.ReadAllBytes(Path.Join(place.Workspace, ImportedName)));
                return Task.CompletedTask;
            },
        },
        new("move of objects", "move", "--objects", "../objects")
        {
            DoneCodes = ["move-nothing"],
            AfterEnd = place =>
            {
                Assert.Contains(
                    "../objects", File.ReadAllText(Path.Join(place.Workspace, "millrace.yaml")),
                    StringComparison.Ordinal);
                return Task.CompletedTask;
            },
        },
    ];

    /// <summary>A clone that was cut off is completed by what the message says.</summary>
    public static async Task<bool> GoOnCloning(VersionPlace place, CliResult result)
    {
        if (!result.Messages.Contains("folder-not-empty", StringComparison.Ordinal))
            return false;
        result.Says("'millrace pull'");
        var pull = await place.In("clone").RunAsync("pull");
        if (pull.Messages.Contains("checkout-unfinished", StringComparison.Ordinal))
        {
            pull.Says("'millrace checkout main'");
            (await place.In("clone").RunAsync("checkout", "main")).Ended(0);
        }
        else if (pull.ExitCode != 0)
        {
            // It was cut off before it knew the remote: there is nothing in the folder yet.
            pull.Ended(3);
            Assert.Empty(VersionPlace.FilesOf(place["clone"]));
            Directory.Delete(place["clone"], recursive: true);
            return false;
        }

        return true;
    }

    /// <summary>The clone has the files that are versioned, and is sound.</summary>
    public static async Task CloneHasAll(VersionPlace place)
    {
        var files = place.Files();
        files.Remove("mine");
        Assert.Equal(files, VersionPlace.FilesOf(place["clone"]));
        await VersionPlace.AssertSoundAsync(place.In("clone"));
    }

    static Task Edit(VersionPlace place)
    {
        for (var i = 0; i < VersionPlace.FileCount; i += 2)
            place.Write(VersionPlace.Name(i), 4000, 5000 + i);
        place.Write("data/large", VersionPlace.LargeSize, 6000);
        place.Write("data/added", VersionPlace.LargeSize / 2, 6001);
        File.Delete(Path.Join(place.Workspace, VersionPlace.Name(7)));
        return Task.CompletedTask;
    }

    static async Task PushedElsewhere(VersionPlace place)
    {
        await place.RunAsync("remote", "add", "there", Remote);
        await place.RunAsync("push", "--all");
        await place.RunAsync("clone", Remote, "../elsewhere");
        var elsewhere = place.In("elsewhere");
        (await elsewhere.RunAsync("checkout", "-b", "third")).Ended(0);
        for (var i = 0; i < VersionPlace.FileCount; i++)
            place.Write($"../elsewhere/new/n{i}", 4000, 9000 + i);
        place.Write("../elsewhere/new/large", VersionPlace.LargeSize, 9999);
        (await elsewhere.RunAsync("add", "new")).Ended(0);
        (await elsewhere.RunAsync("commit", "-m", "third")).Ended(0);
        (await elsewhere.RunAsync("push", "origin", "third")).Ended(0);
    }

    /// <summary>A merge that was cut off while it wrote files is a checkout of the merged commit to be completed.
    /// </summary>
    static async Task<bool> CompleteCheckout(VersionPlace place, CliResult result)
    {
        if (!result.Messages.Contains("checkout-unfinished", StringComparison.Ordinal))
            return false;
        result.Says("'millrace checkout main'");
        await place.RunAsync("checkout", "main");
        return false;
    }

    /// <summary>What the remote shows is the whole of it.</summary>
    static async Task RemoteIsWhole(VersionPlace place)
    {
        if (!File.Exists(place["remote/millrace-remote.json"]))
            return;
        (await place.Cli.RunAsync("clone", Remote, "../seen", "--no-checkout")).Ended(0);
        await VersionPlace.AssertSoundAsync(place.In("seen"));
    }

    static async Task CloneIsSame(VersionPlace place)
    {
        (await place.Cli.RunAsync("clone", Remote, "../whole")).Ended(0);
        (await place.In("whole").RunAsync("checkout", "origin/second")).Ended(0);
        Assert.Equal(
            await place.HistoryAsync("second"), await VersionPlace.HistoryAsync(place.In("whole"), "HEAD"));
        await VersionPlace.AssertSoundAsync(place.In("whole"));
    }
}
