namespace Millrace.SystemTests.Fixtures;

/// <summary>Runs the packaged binary in a folder.</summary>
/// <param name="program">The binary's path.</param>
/// <param name="folder">Where it starts.</param>
/// <param name="environment">Variables that are set, or with null removed.</param>
/// <param name="before">Arguments before those of a run: the binary's path when another program starts it.</param>
public sealed class Cli(
    string program, string folder, IReadOnlyDictionary<string, string?> environment, params string[] before)
{
    public RunningCli Start(params string[] arguments) => new(program, folder, environment, [.. before, .. arguments]);

    /// <summary>Runs to the end.</summary>
    public async Task<CliResult> RunAsync(params string[] arguments)
    {
        await using var running = Start(arguments);
        return await running.EndAsync();
    }

    /// <summary>The same binary under strace, which may make its system calls fail, kill it, or write them down.
    /// </summary>
    public Cli Traced(params string[] options) => new("strace", folder, environment, ["-f", .. options, program]);
}
