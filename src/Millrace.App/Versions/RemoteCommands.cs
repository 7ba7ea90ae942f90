using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Objects;

namespace Millrace.App.Versions;

/// <summary><c>millrace remote</c>: the places in <c>millrace.yaml</c> that are pushed to.</summary>
static class RemoteCommands
{
    const string SettingsFile = "millrace.yaml";

    public static Command Remote() => new Verb(
        "remote", "Name the places that are pushed to and fetched from.",
        "millrace remote add lab /mnt/lab/photos\nmillrace remote list")
    {
        Add(), List(), Remove(), Default(),
    };

    static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "How it is called here." };
        var url = new Argument<string>("URL") { Description = "A folder, file:///folder, or s3://bucket/prefix." };
        var workspaceFolder = Options.WorkspaceFolder();
        var reached = new RemoteOptions();
        var command = new Verb(
            "add", "Add a remote. Credentials are named, never given; the first remote is the default.",
            "millrace remote add lab /mnt/lab/photos\n"
            + "millrace remote add cloud s3://my-bucket/photos --endpoint https://s3.example.org --profile lab")
        {
            name, url, workspaceFolder,
        };
        reached.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var settings = reached.Read(parsed, parsed.GetValue(url)!, workspace.Folder);
            using (ObjectRemote.Open(settings, workspace.Folder, Path.Join(workspace.Folder, ".millrace", "remotes")))
            {
                // What is wrong with an address or with credentials shows here, before it is written.
            }

            WorkspaceRemotesFile.Add(
                Path.Join(workspace.Folder, SettingsFile), parsed.GetValue(name)!, settings);
            Console.Error.WriteLine($"Added remote {parsed.GetValue(name)}: {settings.Url}");
            return 0;
        });
        return command;
    }

    static Command List()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb("list", "List the remotes.", "millrace remote list") { workspaceFolder, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var remotes = workspace.Settings.Remotes;
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. remotes.ByName.Select(remote => (JsonNode)new JsonObject
                {
                    ["name"] = remote.Key,
                    ["url"] = remote.Value.Url,
                    ["endpoint"] = remote.Value.Endpoint,
                    ["default"] = remote.Key == remotes.Default,
                })]).ToJsonString());
                return 0;
            }

            foreach (var (name, remote) in remotes.ByName)
            {
                Console.Out.WriteLine(
                    $"{(name == remotes.Default ? '*' : ' ')} {name} {remote.Url}"
                    + (remote.Endpoint is { } endpoint ? $" at {endpoint}" : ""));
            }

            return 0;
        });
        return command;
    }

    static Command Remove() => Change(
        "remove", "Remove a remote from the settings. Nothing changes there.", "millrace remote remove lab",
        WorkspaceRemotesFile.Remove);

    static Command Default() => Change(
        "default", "Say which remote is meant when none is named.", "millrace remote default lab",
        WorkspaceRemotesFile.SetDefault);

    static Verb Change(string verb, string description, string example, Action<string, string> change)
    {
        var name = new Argument<string>("NAME") { Description = "The remote." };
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(verb, description, example) { name, workspaceFolder };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            change(Path.Join(workspace.Folder, SettingsFile), parsed.GetValue(name)!);
            return 0;
        });
        return command;
    }
}
