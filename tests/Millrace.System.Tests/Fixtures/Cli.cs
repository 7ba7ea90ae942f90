namespace Millrace.SystemTests.Fixtures;

/// <summary>Runs the packaged binary in a folder.</summary>
/// <param name="program">The binary's path.</param>
/// <param name="folder">Where it starts.</param>
/// <param name="environment">Variables that are set, or with null removed.</param>
public sealed class Cli(string program, string folder, IReadOnlyDictionary<string, string?> environment)
{
    public RunningCli Start(params string[] arguments) => new(program, folder, environment, arguments);

    /// <summary>Runs to the end.</summary>
    public async Task<CliResult> RunAsync(params string[] arguments)
    {
        await using var running = Start(arguments);
        return await running.EndAsync();
    }
}
