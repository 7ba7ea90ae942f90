using System.CommandLine;

namespace Millrace.App.Terminal;

/// <summary>Options that many verbs have, and how a workspace is found.</summary>
static class Options
{
    public static Option<string?> WorkspaceFolder() => new("--workspace", "-w")
    {
        Description = "The workspace's folder; without it the nearest one upward from here.",
        HelpName = "DIR",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

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
