using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;

namespace Millrace.App.Versions;

/// <summary><c>millrace config</c>: single settings of <c>millrace.yaml</c>.</summary>
static class ConfigCommands
{
    public static Command Config() => new Verb(
        "config", "Show and change the settings in millrace.yaml. Its other lines and comments stay.",
        "millrace config list\nmillrace config set versions.author 'Ann <ann@example.org>'")
    {
        Get(), Set(), List(), Unset(),
    };

    static Command Get()
    {
        var key = Key();
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "get", "Print a setting. Exit code 3 when the file does not have it.",
            "millrace config get versions.author") { key, workspaceFolder };
        command.SetAction(parsed =>
        {
            var value = WorkspaceSettingsFile.Get(File(parsed.GetValue(workspaceFolder)), parsed.GetValue(key)!)
                ?? throw new MillraceException(
                    ErrorKind.NotFound, "setting-missing", $"'{parsed.GetValue(key)}' is not set; the default holds.",
                    "'millrace config list' shows what is set.");
            Console.Out.WriteLine(value);
            return 0;
        });
        return command;
    }

    static Command Set()
    {
        var key = Key();
        var value = new Argument<string>("VALUE") { Description = "What it shall be." };
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "set", "Set a setting. Credentials are refused: they are named, not given.",
            "millrace config set versions.checkout reflink") { key, value, workspaceFolder };
        command.SetAction(parsed =>
        {
            WorkspaceSettingsFile.Set(
                File(parsed.GetValue(workspaceFolder)), parsed.GetValue(key)!, parsed.GetValue(value)!);
            return 0;
        });
        return command;
    }

    static Command List()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb("list", "Print every setting of the file.", "millrace config list")
        {
            workspaceFolder, json,
        };
        command.SetAction(parsed =>
        {
            var settings = WorkspaceSettingsFile.List(File(parsed.GetValue(workspaceFolder)));
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonObject(settings.Select(
                    item => KeyValuePair.Create(item.Key, (JsonNode?)item.Value))).ToJsonString());
                return 0;
            }

            foreach (var (name, value) in settings)
                Console.Out.WriteLine($"{name}={value}");
            return 0;
        });
        return command;
    }

    static Command Unset()
    {
        var key = Key();
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "unset", "Take a setting away, so that its default holds.", "millrace config unset versions.checkout")
        {
            key, workspaceFolder,
        };
        command.SetAction(parsed =>
        {
            if (!WorkspaceSettingsFile.Unset(File(parsed.GetValue(workspaceFolder)), parsed.GetValue(key)!))
                Console.Error.WriteLine($"'{parsed.GetValue(key)}' was not set.");
            return 0;
        });
        return command;
    }

    static Argument<string> Key() => new("KEY") { Description = "Such as versions.author or remotes.lab.url." };

    static string File(string? folder)
    {
        var found = folder ?? Workspace.Find(Environment.CurrentDirectory) ?? throw new MillraceException(
            ErrorKind.NotFound, "workspace-missing", "There is no workspace here or in any folder above.",
            "Make one with 'millrace init', go into one, or name it with '--workspace DIR'.");
        return Path.Join(found, "millrace.yaml");
    }
}
