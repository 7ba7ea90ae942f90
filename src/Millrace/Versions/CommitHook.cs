using System.Diagnostics;

namespace Millrace.Versions;

/// <summary>A command of the workspace's settings that may refuse a commit.</summary>
static class CommitHook
{
    /// <summary>How much of what it printed goes into the message.</summary>
    const int PrintedMax = 4000;

    public static async Task<(int ExitCode, string Printed)> RunAsync(
        string folder, string command, CommitCheckContext context, CancellationToken cancellationToken)
    {
        // The settings' own words, which the user of the workspace wrote: a shell is what they are for.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{{ {command}\n}} 2>&1"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment["MILLRACE_COMMIT_TREE"] = context.Tree.ToString();
        start.Environment["MILLRACE_COMMIT_PARENT"] = context.Parent?.ToString() ?? "";
        start.Environment["MILLRACE_COMMIT_BRANCH"] = context.Branch ?? "";
        start.Environment["MILLRACE_COMMIT_MESSAGE"] = context.Message;
        using var process = Process.Start(start)!;
        using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        process.StandardInput.Close();
        var printed = new System.Text.StringBuilder();
        var buffer = new char[PrintedMax];
        var output = process.StandardOutput;
        int count;
        while ((count = await output.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false)) > 0)
        {
            // The end tells more than the beginning.
            printed.Append(buffer, 0, count);
            if (printed.Length > PrintedMax)
                printed.Remove(0, printed.Length - PrintedMax);
        }

        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return (process.ExitCode, printed.ToString().TrimEnd());
    }
}
