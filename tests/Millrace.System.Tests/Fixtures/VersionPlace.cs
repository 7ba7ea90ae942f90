using System.Security.Cryptography;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A workspace with two branches that went apart, and the folder around it for remotes and clones. It is
/// copied for each test of what a disturbed command leaves.</summary>
sealed class VersionPlace : IDisposable
{
    /// <summary>Of small files, in folders of <see cref="FolderCount"/>.</summary>
    public const int FileCount = 240;

    /// <summary>A file that is stored as chunks.</summary>
    public const int LargeSize = 5 << 20;

    const int FolderCount = 8;
    const int SmallSize = 3000;

    readonly ScratchFolder _scratch;
    readonly string? _parent;
    readonly TestRun _run;
    readonly (string Name, string? Value)[] _environment;

    VersionPlace(TestRun run, string? parent, (string Name, string? Value)[] environment)
    {
        _scratch = new ScratchFolder(parent);
        _parent = parent;
        _run = run;
        _environment = environment;
        Cli = run.Cli(Workspace, environment);
    }

    public Cli Cli { get; }

    public string Folder => _scratch.Path;

    public string Workspace => _scratch["workspace"];

    public string this[string name] => _scratch[name];

    /// <summary>Branch main with two commits, branch second that went another way after the first one.</summary>
    public static async Task<VersionPlace> MakeAsync(TestRun run, string? parent = null)
    {
        var place = new VersionPlace(run, parent, []);
        Directory.CreateDirectory(place.Workspace);
        await place.RunAsync("init", ".");
        await place.RunAsync("config", "set", "versions.author", "Ann <ann@example.org>");
        place.WriteText(".millraceignore", "/millrace.yaml\n.millraceignore\n");
        for (var i = 0; i < FileCount; i++)
            place.Write(Name(i), SmallSize, i);
        place.Write("data/large", LargeSize, FileCount);
        place.WriteText("data/gone", "only in the first commit");
        await place.CommitAsync("first");
        await place.RunAsync("checkout", "-b", "second");
        for (var i = 0; i < FileCount; i += 3)
            place.Write(Name(i), SmallSize, 1000 + i);
        for (var i = 0; i < FileCount; i++)
            place.Write($"more/n{i}", SmallSize, 2000 + i);
        File.Delete(Path.Join(place.Workspace, "data/gone"));
        await place.CommitAsync("second");
        await place.RunAsync("checkout", "main");
        place.Write(Name(1), SmallSize, 3001);
        await place.CommitAsync("main goes on");
        place.WriteText("mine", "not versioned");
        return place;
    }

    /// <param name="parent">Where it is made; null for beside this one.</param>
    /// <param name="environment">More variables of the binary there.</param>
    public async Task<VersionPlace> CopyAsync(
        string? parent = null, params (string Name, string? Value)[] environment)
    {
        var copy = new VersionPlace(_run, parent ?? _parent, [.. _environment, .. environment]);
        await Shell.CopyAsync(Folder + "/.", copy.Folder);
        return copy;
    }

    public static string Name(int number) => $"data/d{number % FolderCount}/f{number}";

    public void Write(string path, int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(Workspace, path))!);
        File.WriteAllBytes(Path.Join(Workspace, path), bytes);
    }

    public void WriteText(string path, string text) => File.WriteAllText(Path.Join(Workspace, path), text);

    public async Task<CliResult> RunAsync(params string[] arguments) => (await Cli.RunAsync(arguments)).Ended(0);

    /// <summary>The binary in another folder beside the workspace.</summary>
    public Cli In(string folder) => _run.Cli(_scratch[folder], _environment);

    public async Task CommitAsync(string message)
    {
        await RunAsync("add", ".");
        await RunAsync("commit", "-m", message);
    }

    /// <summary>The user's files, with a digest of each; what belongs to Millrace is left out.</summary>
    public SortedDictionary<string, string> Files() => FilesOf(Workspace);

    public static SortedDictionary<string, string> FilesOf(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(folder, file);
            // A new file that is not whole yet may not be read, by anybody but root; one that was written aside does
            // not count.
            if (!path.StartsWith(".millrace", StringComparison.Ordinal) && path != "millrace.yaml"
                && !path.StartsWith(".tmp-", StringComparison.Ordinal)
                && File.GetUnixFileMode(file) != UnixFileMode.None)
                files.Add(path, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
        }

        return files;
    }

    /// <summary>The messages and trees of a branch, the newest first: all of a commit but its time.</summary>
    public Task<string> HistoryAsync(string branch = "main") => HistoryAsync(Cli, branch);

    public static async Task<string> HistoryAsync(Cli cli, string branch)
    {
        var log = (await cli.RunAsync("log", branch, "--json")).Ended(0).Json.AsArray();
        return string.Join('\n', log.Select(commit => $"{commit!["message"]} {commit["tree"]}"));
    }

    /// <summary>What the next command sees: history, and what differs.</summary>
    public async Task<string> StateAsync()
    {
        var status = (await Cli.RunAsync("status", "--json")).Ended(0).Json;
        return $"on {status["branch"]}, merge {status["mergeOf"]}, cut off {status["unfinishedCheckout"]}\n"
            + $"staged {status["staged"]!.ToJsonString()}\nchanged {status["changed"]!.ToJsonString()}\n"
            + $"untracked {status["untracked"]!.ToJsonString()}\n"
            + await HistoryAsync();
    }

    /// <summary>Fails unless every stored byte is right and nothing that is named is missing.</summary>
    public Task AssertSoundAsync() => AssertSoundAsync(Cli);

    public static async Task AssertSoundAsync(Cli cli)
    {
        var check = await cli.RunAsync("fsck", "--json");
        Assert.True(check.ExitCode == 0 && (bool)check.Json["clean"]!, check.ToString());
    }

    public void Dispose() => _scratch.Dispose();
}
