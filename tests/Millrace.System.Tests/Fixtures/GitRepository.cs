using System.Diagnostics;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A work tree of git with a workspace in it, and nothing of the machine's own configuration of git.</summary>
sealed class GitRepository(TestRun run, string folder)
{
    /// <summary>Makes a repository and a workspace where none is.</summary>
    public static async Task<GitRepository> MakeAsync(TestRun run, string folder, bool hasWorkspace = true)
    {
        Directory.CreateDirectory(folder);
        var repository = new GitRepository(run, folder);
        if (!Directory.Exists(Path.Join(folder, ".git")))
            await repository.GitAsync("init", "-q", "-b", "main");
        await repository.GitAsync("config", "user.name", "A");
        await repository.GitAsync("config", "user.email", "a@example.org");
        if (hasWorkspace)
            await repository.MillraceAsync("init");
        return repository;
    }

    public async Task<CliResult> MillraceAsync(params string[] arguments) =>
        (await run.Cli(folder).RunAsync(arguments)).Ended(0);

    public async Task<string> GitAsync(params string[] arguments)
    {
        var (exitCode, printed) = await TryGitAsync(arguments);
        Assert.True(exitCode == 0, $"git {string.Join(' ', arguments)}: {exitCode}\n{printed}");
        return printed;
    }

    public async Task<(int ExitCode, string Printed)> TryGitAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
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
                ["PATH"] = $"{Path.GetDirectoryName(run.Program)}:{Environment.GetEnvironmentVariable("PATH")}",
            },
        };
        using var git = Process.Start(start)!;
        git.StandardInput.Close();
        var error = git.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await git.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (git.ExitCode, git.ExitCode == 0 ? output : output + await error);
    }
}
