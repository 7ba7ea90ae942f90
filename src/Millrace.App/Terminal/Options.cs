using System.CommandLine;
using Millrace.Versions;

namespace Millrace.App.Terminal;

/// <summary>Options that many verbs have, and how a workspace is found.</summary>
static class Options
{
    const int WaitSecondsMax = 86_400;

    public static Option<string?> WorkspaceFolder() => new("--workspace", "-w")
    {
        Description = "The workspace's folder; without it the nearest one upward from here.",
        HelpName = "DIR",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

    /// <summary>Of verbs that change the checkout.</summary>
    public static Option<int> Wait()
    {
        var wait = new Option<int>("--wait")
        {
            Description = "How long to wait for another command that changes this checkout; 0 is not at all.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => (int)new CheckoutWait().Max.TotalSeconds,
        };
        wait.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > WaitSecondsMax)
                result.AddError($"'--wait' takes a number of seconds from 0 to {WaitSecondsMax}.");
        });
        return wait;
    }

    /// <summary>Opens a workspace whose checkout may be changed.</summary>
    public static async Task<Workspace> OpenAsync(
        string? folder, int waitSeconds, CancellationToken cancellationToken)
    {
        var workspace = await OpenAsync(folder, cancellationToken).ConfigureAwait(false);
        workspace.Versions.Wait = new CheckoutWait
        {
            Max = TimeSpan.FromSeconds(waitSeconds),
            IsWaiting = process => Console.Error.WriteLine(
                "waiting for another millrace" + (process is { } id ? $", pid {id}" : "")),
        };
        return workspace;
    }

    public static async Task<Workspace> OpenAsync(string? folder, CancellationToken cancellationToken)
    {
        var found = folder ?? Workspace.Find(Environment.CurrentDirectory) ?? throw new MillraceException(
            ErrorKind.NotFound, "workspace-missing", "There is no workspace here or in any folder above.",
            "Make one with 'millrace init', go into one, or name it with '--workspace DIR'.");
        return await OpenAtAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the workspace of a folder that is known, with the engine's log on standard error.</summary>
    public static async Task<Workspace> OpenAtAsync(string folder, CancellationToken cancellationToken)
    {
        using var logs = TerminalLog.CreateFactory();
        return await Workspace.OpenAsync(folder, logs: logs, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
    }
}
