using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Millrace.Benchmarks;

/// <summary>The binary that people get.</summary>
static class PublishedProgram
{
    /// <summary>Builds it when a source is newer.</summary>
    /// <returns>The path of the binary.</returns>
    public static async Task<string> BuildAsync([CallerFilePath] string source = "")
    {
        var root = Path.GetFullPath(Path.Join(Path.GetDirectoryName(source), "..", ".."));
        await ExecuteAsync(Path.Join(root, "millrace"), root, ["--version"]);
        return Path.Join(root, "artifacts", "millrace", "millrace");
    }

    /// <summary>Runs it to its end; anything but 0 throws what it printed.</summary>
    public static async Task ExecuteAsync(
        string program,
        string folder,
        IReadOnlyList<string> arguments,
        params IReadOnlyList<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"'{program}' ended with {process.ExitCode}: {await output}{await errors}");
        }
    }
}
