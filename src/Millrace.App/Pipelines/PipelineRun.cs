using Millrace.App.Terminal;
using Millrace.Pipelines;
using Spectre.Console;

namespace Millrace.App.Pipelines;

/// <summary>Compiles a pipeline file if need be, and runs it with its progress on the terminal.</summary>
static class PipelineRun
{
    public static async Task<PipelineReport> RunAsync(
        Workspace workspace,
        string file,
        IReadOnlyList<string> parameters,
        RunOptions options,
        CancellationToken cancellationToken)
    {
        var compiler = new PipelineCompiler(
            AppContext.BaseDirectory.TrimEnd('/'), PipelineCompiler.DefaultCacheFolder);
        if (File.Exists(file) && !compiler.IsCached(Path.GetFullPath(file)))
        {
            TerminalConsole.Error.MarkupLineInterpolated($"[grey]Compiling {Path.GetFileName(file)} …[/]");
        }

        var (assembly, codeHash) = await compiler.CompileAsync(file, cancellationToken).ConfigureAwait(false);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var worker = new WorkerCommand(
            Environment.ProcessPath!,
            [.. HostArguments(), "worker", assembly, Pipeline.WorkerMark, folder, .. parameters]);
        using var display = new RunDisplay();
        return await workspace.Pipelines.RunAsync(
            new CompiledPipeline(worker, codeHash), options, display, cancellationToken).ConfigureAwait(false);
    }

    // Started as 'dotnet Millrace.App.dll', the program's path is that of dotnet.
    static IEnumerable<string> HostArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Path.Combine(AppContext.BaseDirectory, "Millrace.App.dll")] : [];
}
