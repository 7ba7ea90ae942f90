using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Very many real files, in memory: what each command holds at most, and that nothing is lost.</summary>
public sealed partial class ManyFilesTests(TestRun run, ITestOutputHelper output)
{
    const int Files = 20_000;
    const int FullFiles = 200_000;
    const int FilesInFolder = 2000;
    const int FileSize = 4096;
    const int FullFilesInOneFolder = 1_000_000;
    const int FilesInOneFolder = 30_000;
    const int TinySize = 8;
    const long DiskBytes = 8L << 30;
    const long PeakBytesMax = 150L << 20;

    // A command that stores or writes files has a plan of each, beside its place in the old and in the new index.
    const long PlanBytesMax = 700;
    const long RecordBytesMax = 250;

    const string PeakScript = """
        import resource, subprocess, sys
        code = subprocess.call(sys.argv[1:])
        print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, "KiB", file=sys.stderr)
        sys.exit(code)
        """;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_command_on_many_files_takes_little_memory_and_brings_all_of_them_back()
    {
        var count = TestRun.IsFull ? FullFiles : Files;
        await using var disk = await SmallDisk.MountAsync(DiskBytes);
        var cli = await MakeAsync(disk.Path, count, number => $"data/d{number / FilesInFolder:d5}", FileSize);

        var peaks = await GoThroughAsync(disk.Path, cli, count, FileSize);

        Assert.All(peaks, peak => Assert.True(
            peak.Bytes <= PeakBytesMax + (IsPlanned(peak.Command) ? count * PlanBytesMax : 0),
            $"{peak.Command}: {peak.Bytes:N0} bytes"));
    }

    [Fact]
    public async Task Very_many_files_in_one_folder_are_versioned_like_few()
    {
        var count = TestRun.IsFull ? FullFilesInOneFolder : FilesInOneFolder;
        await using var disk = await SmallDisk.MountAsync(DiskBytes);
        var cli = await MakeAsync(disk.Path, count, _ => "data", TinySize);

        var peaks = await GoThroughAsync(disk.Path, cli, count, TinySize);

        Assert.All(peaks, peak => Assert.True(
            peak.Bytes <= PeakBytesMax + (count * (IsPlanned(peak.Command) ? PlanBytesMax * 2 : RecordBytesMax)),
            $"{peak.Command}: {peak.Bytes:N0} bytes"));
    }

    static bool IsPlanned(string command) => command is "add" or "checkout";

    async Task<Cli> MakeAsync(string folder, int count, Func<int, string> folderOf, int size)
    {
        var environment = new Dictionary<string, string?>();
        var cli = new Cli("python3", folder, environment, "-c", PeakScript, run.Program);
        (await cli.RunAsync("init", ".")).Ended(0);
        (await cli.RunAsync("config", "set", "versions.author", "Ann <ann@example.org>")).Ended(0);
        await File.WriteAllTextAsync(Path.Join(folder, ".millraceignore"), "/millrace.yaml\n.millraceignore\n", Cancel);
        for (var i = 0; i < count; i++)
        {
            var parent = Path.Join(folder, folderOf(i));
            if (i % FilesInFolder == 0)
                Directory.CreateDirectory(parent);
            await File.WriteAllBytesAsync(Path.Join(parent, $"file-{i:d7}"), Content(i, size), Cancel);
        }

        return cli;
    }

    /// <summary>Adds, commits, empties the folder by a checkout of a branch without files, and comes back.</summary>
    async Task<List<(string Command, long Bytes)>> GoThroughAsync(string folder, Cli cli, int count, int size)
    {
        var peaks = new List<(string, long)>();
        var one = Path.Join(folder, "one");
        await File.WriteAllTextAsync(one, "1", Cancel);
        await PeakAsync("add", "one");
        await PeakAsync("commit", "-m", "one");
        await PeakAsync("branch", "few");
        await PeakAsync("add", ".");
        await PeakAsync("commit", "-m", "many");
        await PeakAsync("status");
        await PeakAsync("checkout", "few");
        Assert.False(Directory.Exists(Path.Join(folder, "data")));
        await PeakAsync("checkout", "main");
        var status = (await PeakAsync("status", "--json")).Json;
        Assert.True((bool)status["clean"]!);
        Assert.Equal(count + 1, (int)status["files"]!);
        var seen = 0;
        foreach (var file in Directory.EnumerateFiles(Path.Join(folder, "data"), "*", SearchOption.AllDirectories))
        {
            seen++;
            var number = int.Parse(Path.GetFileName(file)["file-".Length..], CultureInfo.InvariantCulture);
            Assert.Equal(Content(number, size), await File.ReadAllBytesAsync(file, Cancel));
        }

        Assert.Equal(count, seen);
        return peaks;

        async Task<CliResult> PeakAsync(params string[] arguments)
        {
            var result = (await cli.RunAsync(arguments)).Ended(0);
            var peak = long.Parse(Peak().Match(result.Error).Groups[1].Value, CultureInfo.InvariantCulture) << 10;
            output.WriteLine($"{string.Join(' ', arguments)}: {peak >> 20} MiB");
            peaks.Add((arguments[0], peak));
            return result;
        }
    }

    static byte[] Content(int number, int size)
    {
        var bytes = new byte[size];
        new Random(number).NextBytes(bytes);
        return bytes;
    }

    [GeneratedRegex(@"peak (\d+) KiB")]
    private static partial Regex Peak();
}
