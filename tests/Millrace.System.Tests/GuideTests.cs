using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Millrace.SystemTests;

/// <summary>Does what the pages of the guide say, from top to bottom, in a folder that holds what a clone holds:
/// <c>millrace</c> and <c>samples/</c>. Both come from the package.</summary>
public sealed class GuideTests(GuideTests.Package package) : IClassFixture<GuideTests.Package>
{
    // Runs one command as the next line of one long session: its folder and its variables last.
    const string Session = """
        source "$0"
        exec 2>&1
        set -a
        eval "$1"
        code=$?
        { export -p; printf 'cd %q\n' "$PWD"; } >"$0"
        exit $code
        """;

    public static TheoryData<string> Pages() =>
        [.. Directory.EnumerateFiles(Path.Combine(Root(), "docs", "guide"), "*.md")
            .Where(page => GuideCommands.Read(File.ReadAllText(page)).Steps.Count > 0)
            .Select(page => Path.GetFileName(page)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_of_the_guide_is_true(string page)
    {
        var guide = GuideCommands.Read(await File.ReadAllTextAsync(
            Path.Combine(Root(), "docs", "guide", page), TestContext.Current.CancellationToken));
        using var reader = new Reader(package);
        foreach (var step in guide.Steps)
        {
            switch (step)
            {
                case GuideCommands.WriteFile file:
                    await reader.WriteAsync(file.Name, file.Text);
                    break;
                case GuideCommands.GiveCommand command:
                    var (exitCode, printed) = await reader.RunAsync(command.Command);
                    var difference = GuideCommands.Difference(command.Output, printed);
                    Assert.True(
                        exitCode == command.ExitCode && difference is null,
                        $"{page}:{command.Line}: {command.Command}\nexit code {exitCode}, expected {command.ExitCode}; "
                        + $"not found: {difference}\nprinted:\n{printed}");
                    break;
            }
        }
    }

    [Fact]
    public void The_page_of_the_sample_is_among_them() =>
        Assert.Contains("photo-popularity.md", Pages().Select(row => row.Data));

    [Theory]
    [InlineData("a 1\nb\nc", "a …\n…\nc", null)]
    [InlineData("a\nc", "a\n…\nc", null)]
    [InlineData("a\n\n  b   \n", "a\n  b", null)]
    [InlineData("a\nb\nc", "a\nc", "c")]
    [InlineData("a\nb", "a", "(the end)")]
    [InlineData("a", "a\nb", "b")]
    [InlineData("a.b", "a?b", "a?b")]
    public void Output_is_compared_line_by_line(string printed, string shown, string? difference) =>
        Assert.Equal(difference, GuideCommands.Difference(shown.Split('\n'), printed));

    static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Millrace.slnx")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException($"'{AppContext.BaseDirectory}' is in no repository.");
        }

        return folder;
    }

    /// <summary>The unpacked package, and a cache for compiled pipelines.</summary>
    public sealed class Package : IDisposable
    {
        public Package()
        {
            var file = Environment.GetEnvironmentVariable("MILLRACE_PACKAGE") ?? throw new InvalidOperationException(
                "MILLRACE_PACKAGE names no package. './test' sets it; 'millrace package' makes one.");
            using var stream = File.OpenRead(file);
            using var unzipped = new GZipStream(stream, CompressionMode.Decompress);
            TarFile.ExtractToDirectory(unzipped, Folder, overwriteFiles: false);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("millrace-guide-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Someone who reads a page and does what it says.</summary>
    sealed class Reader : IDisposable
    {
        readonly string _folder = Directory.CreateTempSubdirectory("millrace-guide-").FullName;
        readonly string _state;

        public Reader(Package package)
        {
            var clone = Directory.CreateDirectory(Path.Combine(_folder, "clone")).FullName;
            var program = Path.Combine(package.Folder, "millrace");
            File.CreateSymbolicLink(Path.Combine(clone, "millrace"), Path.Combine(program, "millrace"));
            Directory.CreateSymbolicLink(Path.Combine(clone, "samples"), Path.Combine(program, "samples"));
            _state = Path.Combine(_folder, "session");
            File.WriteAllText(
                _state, $"cd '{clone}'\nexport XDG_CACHE_HOME='{Path.Combine(package.Folder, "cache")}'\n");
        }

        /// <summary>Writes into the folder where the session is.</summary>
        public async Task WriteAsync(string name, string text)
        {
            var (_, folder) = await RunAsync("pwd");
            await File.WriteAllTextAsync(
                Path.Combine(folder.TrimEnd(), name), text, TestContext.Current.CancellationToken);
        }

        public async Task<(int ExitCode, string Printed)> RunAsync(string command)
        {
            var start = new ProcessStartInfo("bash", ["-c", Session, _state, command])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            using var bash = Process.Start(start)!;
            using var stop = TestContext.Current.CancellationToken.Register(() => bash.Kill(entireProcessTree: true));
            bash.StandardInput.Close();
            var printed = await bash.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await bash.WaitForExitAsync(CancellationToken.None);
            return (bash.ExitCode, printed);
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
