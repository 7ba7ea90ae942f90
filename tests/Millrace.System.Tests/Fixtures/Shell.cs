using System.Diagnostics;

namespace Millrace.SystemTests.Fixtures;

/// <summary>Programs of the system that the tests need.</summary>
static class Shell
{
    /// <summary>Runs a program to its end, and fails unless it succeeds.</summary>
    /// <returns>What it printed.</returns>
    public static Task<string> RunAsync(string program, params string[] arguments) =>
        // A folder that every user may enter: PostgreSQL runs as another one.
        RunInAsync("/", program, arguments);

    /// <summary>Runs a program in a folder to its end, and fails unless it succeeds.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunInAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        var text = await output + await error;
        Assert.True(
            process.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)}\nexit code {process.ExitCode}\n{text}");
        return text;
    }

    /// <summary>Copies a folder with all that is in it.</summary>
    public static async Task CopyAsync(string source, string target) =>
        await RunAsync("cp", "-a", "--reflink=auto", source, target);
}
