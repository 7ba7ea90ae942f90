using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.App.Versions;
using Millrace.Versions.Lfs;
using Spectre.Console;

namespace Millrace.App.Buckets;

/// <summary><c>millrace lfs</c>: what git-lfs keeps, brought in or pushed.</summary>
static class LfsCommands
{
    public static Command Lfs() => new Verb(
        "lfs", "Bring in what git-lfs keeps, and see or remove what was pushed to the LFS server here.",
        "millrace lfs import ../repository\nmillrace lfs list")
    {
        Import(), List(), Remove(),
    };

    static Command Import()
    {
        var repository = new Argument<string>("REPO")
        {
            Description = "A git repository whose LFS objects were fetched. Without it, the one that this folder is "
                + "in.",
            DefaultValueFactory = _ => ".",
        };
        var revision = new Option<string>("--rev")
        {
            Description = "A commit, a branch or a tag.",
            HelpName = "REV",
            DefaultValueFactory = _ => "HEAD",
        };
        var name = ImportOptions.Name();
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "import", "Store the files that git-lfs keeps for a revision, each compared with its oid.",
            "millrace lfs import ../repository --rev v1.0 --name photos")
        {
            repository, revision, name, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var folder = parsed.GetValue(repository)!;
            var result = await new LfsImport(workspace.Objects, workspace.Imports).ImportAsync(
                folder, parsed.GetValue(revision)!, parsed.GetValue(name) ?? ImportOptions.NameOf(folder), null,
                cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonObject
                {
                    ["name"] = result.Name,
                    ["tree"] = result.Tree.ToString(),
                    ["files"] = result.FileCount,
                    ["bytes"] = result.SizeBytes,
                    ["copied"] = result.CopiedCount,
                }.ToJsonString());
                return 0;
            }

            Console.Out.WriteLine($"import {result.Name}: {result.FileCount:N0} files, {result.SizeBytes:N0} bytes");
            Console.Out.WriteLine($"tree   {result.Tree}");
            ImportOptions.SayNext(result.Name);
            return 0;
        });
        return command;
    }

    static Command List()
    {
        var repository = new Argument<string?>("REPOSITORY")
        {
            Description = "Only this repository.",
            DefaultValueFactory = _ => null,
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "list", "List the objects that were pushed to the LFS server.",
            "millrace lfs list\nmillrace lfs list photos --json")
        {
            repository, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var objects = await workspace.Lfs.ListAsync(parsed.GetValue(repository), cancellationToken)
                .ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. objects.Select(item => (JsonNode)new JsonObject
                {
                    ["repository"] = item.Repository,
                    ["oid"] = item.Oid,
                    ["bytes"] = item.SizeBytes,
                    ["createdAt"] = item.CreatedAt.UtcDateTime.ToString("O"),
                })]).ToJsonString());
                return 0;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns("repository", "oid", "bytes", "since");
            foreach (var item in objects)
            {
                table.AddRow(
                    item.Repository, item.Oid, $"{item.SizeBytes:N0}",
                    item.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm"));
            }

            TerminalConsole.Out.Write(table);
            TerminalConsole.Error.WriteLine(
                $"{objects.Count:N0} objects, {objects.Sum(item => item.SizeBytes):N0} bytes");
            return 0;
        });
        return command;
    }

    static Command Remove()
    {
        var repository = new Argument<string>("REPOSITORY") { Description = "The repository." };
        var oids = new Argument<string[]>("OID")
        {
            Description = "Which objects.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var all = new Option<bool>("--all") { Description = "Every object of the repository." };
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "remove",
            "Remove objects from a repository of the LFS server. Their bytes go with the next sweep, unless something "
            + "else needs them.",
            "millrace lfs remove photos --all")
        {
            repository, oids, all, workspaceFolder,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var named = parsed.GetValue(oids)!;
            if ((named.Length == 0) != parsed.GetValue(all))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "option-missing", "Neither or both of OID and '--all' were given.",
                    "Name the objects, or remove all of the repository with '--all'.");
            }

            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var removed = await workspace.Lfs.RemoveAsync(
                parsed.GetValue(repository)!, named.Length == 0 ? null : named, cancellationToken)
                .ConfigureAwait(false);
            Console.Out.WriteLine($"removed {removed:N0} objects");
            return 0;
        });
        return command;
    }
}
