using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace Millrace.Tests.CatalogRoom;

/// <summary>Runs an explicit test of this assembly in a process of its own, which may be made to fail or be
/// killed.</summary>
static class ChildTest
{
    /// <summary>Tells the child where it works.</summary>
    public const string FolderVariable = "MILLRACE_CHILD_FOLDER";

    public static string Folder => Environment.GetEnvironmentVariable(FolderVariable)
        ?? throw new InvalidOperationException($"This test is run by another one, which sets {FolderVariable}.");

    /// <param name="type">The class of the explicit test.</param>
    /// <param name="method">Its name.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="fault">An <c>inject</c> expression of strace, counted by thread; null for none.</param>
    /// <returns>What the child printed; whether it lived is for the test to find out from its files.</returns>
    public static async Task<string> RunAsync(Type type, string method, string folder, string? fault = null)
    {
        var child = new[]
        {
            "dotnet", "exec", Assembly.GetExecutingAssembly().Location,
            "-explicit", "only", "-method", $"{type.FullName}.{method}",
        };
        if (fault is not null)
            child = ["strace", "-f", "-o", "/dev/null", "-e", $"inject={fault}", .. child];
        var start = new ProcessStartInfo(child[0], child[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[FolderVariable] = folder;
        // A killed child cannot delete its own temporary folder; this one goes with the test.
        start.Environment["TMPDIR"] = folder;
        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output.ToString();
    }

    static void Append(StringBuilder output, string? line)
    {
        lock (output)
            output.AppendLine(line);
    }
}
