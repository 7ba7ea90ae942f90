using System.Reflection;
using System.Runtime.Loader;

namespace Millrace.App.Pipelines;

/// <summary>Runs a compiled pipeline as a worker inside this program, so that it finds the engine and its native
/// libraries; packages of its own are found beside it.</summary>
static class PipelineWorkerHost
{
    const int UsageExitCode = 64;

    /// <param name="arguments">The assembly, then the arguments of its program.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Length == 0 || !File.Exists(arguments[0]))
        {
            await Console.Error.WriteLineAsync("A worker is started by 'millrace run'.").ConfigureAwait(false);
            return UsageExitCode;
        }

        var resolver = new AssemblyDependencyResolver(arguments[0]);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            resolver.ResolveAssemblyToPath(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            resolver.ResolveUnmanagedDllToPath(name) is { } path
                ? System.Runtime.InteropServices.NativeLibrary.Load(path) : IntPtr.Zero;
        var assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.GetFullPath(arguments[0]));
        var entry = assembly.EntryPoint!;
        try
        {
            var parameters = entry.GetParameters().Length == 0 ? null : new object?[] { arguments[1..] };
            var result = entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, parameters, null);
            return result switch
            {
                Task<int> code => await code.ConfigureAwait(false),
                Task task => await Finish(task).ConfigureAwait(false),
                int code => code,
                _ => 0,
            };
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Before the pipeline listens, a failure can only be told on its one line.
            await Millrace.Pipelines.Pipeline.FailAsync(exception).ConfigureAwait(false);
            return 1;
        }

        static async Task<int> Finish(Task task)
        {
            await task.ConfigureAwait(false);
            return 0;
        }
    }
}
