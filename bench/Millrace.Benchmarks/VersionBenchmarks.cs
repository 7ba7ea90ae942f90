using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Millrace.Benchmarks;

/// <summary>Whole commands over folders of small files, of large ones and of very many, beside the tools that people
/// keep versions with today. Every tool meets the same bytes in the same run.</summary>
/// <remarks>In <c>/dev/shm</c> where it is there, or in the folder that <c>MILLRACE_BENCH_FOLDER</c> names: the figure
/// is what the processor does, not what a disk was busy with. Needs git, git-lfs, restic, borgbackup and time from
/// Debian's packages.</remarks>
static class VersionBenchmarks
{
    const int Rounds = 3;
    const int FoldersOfSmall = 100;
    const int SmallMin = 3072;
    const int SmallMax = 5120;
    const int LargeCount = 4;
    const int LargeSize = 256 << 20;
    const int InsertedSize = 100;
    const int EditedSize = 64;

    static readonly string[] Steps = ["add", "commit", "status", "add after an edit", "checkout"];

    public static async Task RunAsync()
    {
        var root = Environment.GetEnvironmentVariable("MILLRACE_BENCH_FOLDER")
            ?? (Directory.Exists("/dev/shm") ? "/dev/shm" : Environment.CurrentDirectory);
        var folder = Path.Join(root, $"bench-versions-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            var program = await PublishedProgram.BuildAsync();
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"""
                # Versions: whole commands beside their peers

                `dotnet run -c Release --project bench/Millrace.Benchmarks -- versions`

                Machine: {Environment.ProcessorCount} cores, .NET {Environment.Version}. Random bytes, on {root}.
                Each figure of the small files is the least of {Rounds} runs ({Steps.Length} steps in a row, tools in
                turn), of the large and the very many that of one. CPU is user and system of all processes of the
                command.


                """);
            await KeepAsync(text, await RunAsync(
                folder, program, "(a) 20,000 files of about 4 KiB in 100 folders; one file edited",
                Rounds, isLarge: false, target => MakeSmall(target, 20_000)));
            await KeepAsync(text, await RunPushAsync(Path.Join(folder, "push"), program));
            await KeepAsync(text, await RunStatusAsync(Path.Join(folder, "few"), program));
            await KeepAsync(text, await RunAsync(
                folder, program, "(b) 4 files of 256 MiB; (d) 100 bytes inserted into one",
                1, isLarge: true, MakeLarge));
            await KeepAsync(text, await RunAsync(
                folder, program, "(c) 200,000 files of about 4 KiB in 100 folders; one file edited",
                1, isLarge: false, target => MakeSmall(target, 200_000)));
            Console.Write(text);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>After each part, for the whole takes minutes.</summary>
    static Task KeepAsync(StringBuilder text, string part)
    {
        text.Append(part);
        return File.WriteAllTextAsync(Path.Join(ResultsFolder(), "versions.md"), text.ToString().TrimEnd() + "\n");
    }

    static string ResultsFolder([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Join(Path.GetDirectoryName(source), "..", "results"));

    static async Task<string> RunAsync(
        string folder, string program, string title, int rounds, bool isLarge, Action<string> make)
    {
        var original = Path.Join(folder, "original");
        make(original);
        VersionPeer[] tools = [VersionPeer.Millrace(program), .. VersionPeer.Others(isLarge)];
        var figures = tools.ToDictionary(tool => tool.Name, _ => new VersionFigures(Steps.Length));
        for (var round = 0; round < rounds; round++)
        {
            foreach (var tool in tools)
            {
                Console.Error.WriteLine($"{title}: {tool.Name}, run {round + 1}");
                await RunOneAsync(Path.Join(folder, tool.Name), original, tool, figures[tool.Name], isLarge);
            }
        }

        Directory.Delete(original, recursive: true);
        return Table(title, tools, figures);
    }

    static async Task<string> RunPushAsync(string folder, string program)
    {
        var original = Path.Join(folder, "original");
        MakeSmall(original, 20_000);
        var figures = new VersionFigures(2);
        using (var push = new PushBenchmark(folder, program))
        {
            await push.PrepareAsync(original);
            for (var round = 0; round < Rounds; round++)
            {
                Console.Error.WriteLine($"push, run {round + 1}");
                figures.Take(0, await push.PushAsync());
                figures.Take(1, await push.CopyAsync());
            }
        }

        Directory.Delete(folder, recursive: true);
        var (own, peer) = (figures.Least(0), figures.Least(1));
        var ratio = peer.CpuSeconds / own.CpuSeconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ## (a) pushed to the S3 server of Millrace on this machine

            CPU s (wall s) of the client, and times the CPU of millrace in brackets

            | client | push | peak MB |
            | --- | ---: | ---: |
            | millrace | {own.CpuSeconds:F2} ({own.WallSeconds:F2}) [1.0] | {own.PeakBytes / 1e6:F0} |
            | rclone copy | {peer.CpuSeconds:F2} ({peer.WallSeconds:F2}) [{ratio:F1}] | {peer.PeakBytes / 1e6:F0} |


            """);
    }

    /// <summary>What a person waits for most often: nothing but the start of the program.</summary>
    static async Task<string> RunStatusAsync(string folder, string program)
    {
        VersionPeer[] tools = [VersionPeer.Millrace(program), .. VersionPeer.Others(isLarge: false)
            .Where(tool => tool.Name == "git")];
        var text = new StringBuilder("## Status in a folder of 10 files\n\n| tool | wall s | CPU s |\n"
            + "| --- | ---: | ---: |\n");
        foreach (var tool in tools)
        {
            var place = Path.Join(folder, tool.Name);
            MakeFew(Path.Join(place, "data"));
            await CommandRun.TakeAsync(place, $"{tool.Prepare}");
            await CommandRun.TakeAsync(place, tool.Add);
            await CommandRun.TakeAsync(place, tool.Commit);
            var figures = new VersionFigures(1);
            for (var round = 0; round < 3 * Rounds; round++)
                figures.Take(0, await CommandRun.TakeAsync(place, tool.Status));
            var least = figures.Least(0);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {tool.Name} | {least.WallSeconds:F2} | {least.CpuSeconds:F2} |\n");
        }

        Directory.Delete(folder, recursive: true);
        return text.Append('\n').ToString();
    }

    static void MakeFew(string folder)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < 10; i++)
            File.WriteAllText(Path.Join(folder, $"{i}.txt"), $"file {i}\n");
    }

    static async Task RunOneAsync(
        string folder, string original, VersionPeer tool, VersionFigures figures, bool isLarge)
    {
        Directory.CreateDirectory(folder);
        await CommandRun.TakeAsync(folder, $"cp -r {original} data && {tool.Prepare}");
        figures.Take(0, await CommandRun.TakeAsync(folder, tool.Add));
        figures.Take(1, tool.Commit.Length == 0 ? new CommandRun(0, 0, 0)
            : await CommandRun.TakeAsync(folder, tool.Commit));
        figures.Take(2, await CommandRun.TakeAsync(folder, tool.Status));
        var before = SizeOf(Path.Join(folder, tool.Store));
        Edit(Path.Join(folder, "data"), isLarge);
        figures.Take(3, await CommandRun.TakeAsync(folder, tool.AddAgain));
        var after = SizeOf(Path.Join(folder, tool.Store));
        figures.Keep(after.Files, after.Bytes - before.Bytes);
        await CommandRun.TakeAsync(folder, $"mv data edited");
        figures.Take(4, await CommandRun.TakeAsync(folder, tool.Checkout));
        await CommandRun.TakeAsync(folder, "diff -r edited data");
        Directory.Delete(folder, recursive: true);
    }

    static (int Files, long Bytes) SizeOf(string folder)
    {
        var files = new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories);
        return (files.Length, files.Sum(file => file.Length));
    }

    static void MakeSmall(string folder, int count)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var inside = Path.Join(folder, $"{i % FoldersOfSmall:D3}");
            if (i < FoldersOfSmall)
                Directory.CreateDirectory(inside);
            var bytes = new byte[random.Next(SmallMin, SmallMax)];
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Join(inside, $"{i:D6}.bin"), bytes);
        }
    }

    static void MakeLarge(string folder)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(2);
        var bytes = new byte[LargeSize];
        for (var i = 0; i < LargeCount; i++)
        {
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Join(folder, $"{i}.bin"), bytes);
        }
    }

    static void Edit(string data, bool isLarge)
    {
        var random = new Random(3);
        if (isLarge)
        {
            var path = Path.Join(data, "1.bin");
            var bytes = File.ReadAllBytes(path);
            var inserted = new byte[InsertedSize];
            random.NextBytes(inserted);
            using var stream = File.Create(path);
            stream.Write(bytes.AsSpan(0, LargeSize / 2));
            stream.Write(inserted);
            stream.Write(bytes.AsSpan(LargeSize / 2));
            return;
        }

        var edited = Path.Join(data, "050", "000150.bin");
        var content = File.ReadAllBytes(edited);
        random.NextBytes(content.AsSpan(0, EditedSize));
        File.WriteAllBytes(edited, content);
    }

    static string Table(string title, VersionPeer[] tools, Dictionary<string, VersionFigures> figures)
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        text.Append(culture, $"## {title}\n\nCPU s (wall s), and times the CPU of millrace in brackets\n\n");
        text.Append(culture, $"| tool | {string.Join(" | ", Steps)} | peak MB | files kept | bytes for the edit |\n");
        text.Append(culture, $"| --- |{string.Concat(Enumerable.Repeat(" ---: |", Steps.Length + 3))}\n");
        var ours = figures[tools[0].Name];
        foreach (var tool in tools)
        {
            var its = figures[tool.Name];
            text.Append(culture, $"| {tool.Name} |");
            for (var step = 0; step < Steps.Length; step++)
            {
                var own = its.Least(step);
                var ratio = own.CpuSeconds / ours.Least(step).CpuSeconds;
                text.Append(own.WallSeconds == 0 ? " – |" : string.Create(
                    culture, $" {own.CpuSeconds:F2} ({own.WallSeconds:F2}) [{ratio:F1}] |"));
            }

            text.Append(
                culture, $" {its.PeakBytes / 1e6:F0} | {its.FileCount:N0} | {its.EditBytes:N0} |\n");
        }

        return text.Append('\n').ToString();
    }
}
