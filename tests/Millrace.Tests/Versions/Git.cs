using System.Diagnostics;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Runs git, with nothing of the machine's own configuration.</summary>
static class Git
{
    public static Task<string> RunAsync(
        string folder, string[] arguments, string input = "", bool mayFail = false) =>
        Program.RunAsync("git", folder, arguments, input, mayFail);

    /// <summary>A repository whose commits have an author and which git-lfs may filter.</summary>
    public static async Task InitAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        await RunAsync(folder, ["init", "-q", "-b", "main"]);
        await RunAsync(folder, ["config", "user.name", "A"]);
        await RunAsync(folder, ["config", "user.email", "a@example.org"]);
        await RunAsync(folder, ["lfs", "install", "--local"]);
    }

    public static class Program
    {
        public static async Task<string> RunAsync(
            string program, string folder, string[] arguments, string input = "", bool mayFail = false)
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["GIT_CONFIG_GLOBAL"] = "/dev/null",
                    ["GIT_CONFIG_SYSTEM"] = "/dev/null",
                    ["GIT_TERMINAL_PROMPT"] = "0",
                },
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(
                mayFail || process.ExitCode == 0,
                $"{program} {string.Join(' ', arguments)}: {process.ExitCode}\n{await output}{await error}");
            return await output;
        }
    }
}
