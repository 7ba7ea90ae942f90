using System.CommandLine;
using Millrace.App.Terminal;
using Spectre.Console;

namespace Millrace.App;

/// <summary><c>millrace init</c>.</summary>
static class WorkspaceCommands
{
    public static Command Init()
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "The folder; made if it is not there. Without it, this one.",
            DefaultValueFactory = _ => ".",
        };
        var command = new Verb("init", "Make a workspace.", "millrace init photos") { folder };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = Path.GetFullPath(parsed.GetValue(folder)!);
            var isNew = Workspace.Create(path);
            await using var workspace = await Options.OpenAtAsync(path, cancellationToken)
                .ConfigureAwait(false);
            var found = isNew ? "Made the workspace" : "There is a workspace already:";
            TerminalConsole.Error.MarkupLineInterpolated($"{found} {path} (catalog {workspace.Catalog.Description})");
            if (workspace.Git is { } git)
                Versions.GitCommands.Write(await git.InstallAsync(hooks: false, cancellationToken)
                    .ConfigureAwait(false));
            return 0;
        });
        return command;
    }
}
