using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.Dvc;
using Spectre.Console;

namespace Millrace.App.Versions;

/// <summary><c>millrace dvc</c>: from DVC and to it.</summary>
static class DvcCommands
{
    public static Command Dvc() => new Verb(
        "dvc", "Bring DVC projects in, and hand files to users of DVC.",
        "millrace dvc import ../project\nmillrace dvc export data --to ../project")
    {
        Import(), Fetch(), Export(), List(), Remove(),
    };

    static Command Import()
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "The root of the DVC project; without it, this folder.",
            DefaultValueFactory = _ => ".",
        };
        var revision = new Option<string?>("--rev")
        {
            Description = "A commit, a branch or a tag of git; without it, the files as they are.",
            HelpName = "REV",
        };
        var remote = Remote();
        var name = ImportOptions.Name();
        var attach = new Option<bool>("--attach")
        {
            Description = "Leave the bytes where they are, and copy them with 'millrace dvc fetch' when they are "
                + "needed.",
        };
        var copy = new Option<bool>("--copy")
        {
            Description = "Read each object once, compare it with its MD5 and store it (what is done without "
                + "'--attach').",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "import",
            "Store what a DVC project tracks, from its cache or its remote. Nothing is written there.",
            "millrace dvc import ../project\n"
            + "millrace dvc import ../project --rev v1.0 --remote /mnt/dvc-remote --name photos-v1")
        {
            folder, revision, remote, name, attach, copy, workspaceFolder, json,
        };
        var reached = new RemoteOptions();
        reached.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(attach) && result.GetValue(copy))
                result.AddError("Only one of '--attach' and '--copy' can be meant.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var project = await DvcProject.OpenAsync(
                parsed.GetValue(folder)!, parsed.GetValue(revision), cancellationToken).ConfigureAwait(false);
            var options = new DvcImportOptions(
                parsed.GetValue(name) ?? ImportOptions.NameOf(project.Folder), parsed.GetValue(attach));
            var sources = Sources(project, parsed.GetValue(remote), reached.Read(parsed, "", null));
            try
            {
                using var display = new ByteDisplay("read", counts: true);
                var result = await Importer(workspace).ImportAsync(
                    project, sources, options, display, cancellationToken).ConfigureAwait(false);
                display.Dispose();
                Write(result, parsed.GetValue(json));
                return 0;
            }
            finally
            {
                sources.ForEach(source => source.Dispose());
            }
        });
        return command;
    }

    static Command Fetch()
    {
        var name = new Argument<string>("NAME") { Description = "The import." };
        var path = new Argument<string>("PATH")
        {
            Description = "Only what is at or below this path of it.",
            DefaultValueFactory = _ => "",
        };
        var remote = Remote();
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "fetch", "Copy files of an import that was made with '--attach'.",
            "millrace dvc fetch photos\nmillrace dvc fetch photos data/train --remote /mnt/dvc-remote")
        {
            name, path, remote, workspaceFolder, json,
        };
        var reached = new RemoteOptions();
        reached.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var import = await workspace.Imports.RequireAsync(parsed.GetValue(name)!, cancellationToken)
                .ConfigureAwait(false);
            var at = import.Origin.LastIndexOf('@');
            var folder = Directory.Exists(import.Origin) || at < 0 ? import.Origin : import.Origin[..at];
            var project = Directory.Exists(Path.Combine(folder, ".dvc"))
                ? await DvcProject.OpenAsync(folder, null, cancellationToken).ConfigureAwait(false) : null;
            var sources = Sources(project, parsed.GetValue(remote), reached.Read(parsed, "", null));
            try
            {
                using var display = new ByteDisplay("read", counts: true);
                var result = await Importer(workspace).FetchAsync(
                    import.Name, parsed.GetValue(path)!.Trim('/'), sources, display, cancellationToken)
                    .ConfigureAwait(false);
                display.Dispose();
                Write(result, parsed.GetValue(json));
                return 0;
            }
            finally
            {
                sources.ForEach(source => source.Dispose());
            }
        });
        return command;
    }

    static Command Export()
    {
        var path = new Argument<string>("PATH")
        {
            Description = "A file or folder here, NAME:PATH of an import, or PATH@REF of a commit.",
        };
        var to = new Option<string>("--to")
        {
            Description = "The DVC project's root; made into one when it has no '.dvc'.",
            HelpName = "DIR",
            Required = true,
        };
        var target = new Option<string?>("--as")
        {
            Description = "Its path in the project; without it, its own name.",
            HelpName = "PATH",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "export",
            "Write a '.dvc' file, its line in '.gitignore' and the cache, so that 'dvc checkout' gives the files.",
            "millrace dvc export data --to ../project\n"
            + "millrace dvc export photos:data/train --to ../project --as train\n"
            + "millrace dvc export data@v1 --to ../project")
        {
            path, to, target, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var (entry, name) = await FindAsync(workspace, parsed.GetValue(path)!, cancellationToken)
                .ConfigureAwait(false);
            using var display = new ByteDisplay("wrote", counts: true);
            var result = await new DvcExport(workspace.Objects, workspace.Digests).ExportAsync(
                entry, parsed.GetValue(to)!, (parsed.GetValue(target) ?? name).Trim('/'), display, cancellationToken)
                .ConfigureAwait(false);
            display.Dispose();
            Console.Out.WriteLine(parsed.GetValue(json)
                ? new JsonObject
                {
                    ["file"] = result.File,
                    ["md5"] = result.Digest.ToString(),
                    ["files"] = result.FileCount,
                    ["bytes"] = result.SizeBytes,
                    ["written"] = result.WrittenCount,
                }.ToJsonString()
                : $"{result.File}: {result.FileCount:N0} files, {result.SizeBytes:N0} bytes, {result.Digest}");
            return 0;
        });
        return command;
    }

    /// <summary>What is here or in an import, else what a commit has.</summary>
    static async Task<(TreeEntry Entry, string Name)> FindAsync(
        Workspace workspace, string text, CancellationToken cancellationToken)
    {
        try
        {
            using var display = new ScanDisplay("read");
            return await new TreeLookup(workspace.Objects, workspace.Imports).FindAsync(
                text, display, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception)
            when (exception.Code == "path-missing" && (text.Contains('@') || text.Contains(':')))
        {
            var (entry, path) = workspace.Git is { } git
                ? await GitVerbs.EntryAsync(workspace, git, text, cancellationToken).ConfigureAwait(false)
                : await TreeCommands.EntryAsync(workspace.Versions, text, cancellationToken).ConfigureAwait(false);
            return path.Length > 0 ? (entry, path.Split('/')[^1]) : throw new MillraceException(
                ErrorKind.Invalid, "path-missing", $"'{text}' names a whole commit.",
                "Name a folder or file of it, such as 'data@v1'.", exception);
        }
    }

    static Command List()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "list", "List what was imported from DVC and git-lfs.", "millrace dvc list") { workspaceFolder, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var imports = await workspace.Imports.ListAsync(cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. imports.Select(import => (JsonNode)new JsonObject
                {
                    ["name"] = import.Name,
                    ["tree"] = import.Tree?.ToString(),
                    ["origin"] = import.Origin,
                    ["importedAt"] = import.ImportedAt.UtcDateTime.ToString("O"),
                })]).ToJsonString());
                return 0;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns("import", "tree", "from", "at");
            foreach (var import in imports)
            {
                table.AddRow(
                    import.Name, import.Tree?.Short ?? "attached", Markup.Escape(import.Origin),
                    import.ImportedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm"));
            }

            TerminalConsole.Out.Write(table);
            return 0;
        });
        return command;
    }

    static Command Remove()
    {
        var name = new Argument<string>("NAME") { Description = "The import." };
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "remove", "Forget an import. Its objects go with the next sweep, unless something else needs them.",
            "millrace dvc remove photos-v1") { name, workspaceFolder };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var import = await workspace.Imports.RequireAsync(parsed.GetValue(name)!, cancellationToken)
                .ConfigureAwait(false);
            await workspace.Imports.RemoveAsync(import.Name, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    static Option<string?> Remote() => new("--remote")
    {
        Description = "A folder, s3://bucket/prefix or a remote of the project, asked after its own cache and folders.",
        HelpName = "PLACE",
    };

    /// <summary>What is near before what is far: a remote on S3 is asked for what no folder has.</summary>
    static List<DvcSource> Sources(DvcProject? project, string? remote, RemoteSettings settings)
    {
        var sources = new List<DvcSource>(project?.Sources ?? []);
        if (remote is not null)
            sources.Add(project?.FindRemote(remote) ?? DvcSource.Parse(remote, settings));
        sources.AddRange(project?.Services ?? []);
        return sources;
    }

    static DvcImport Importer(Workspace workspace) => new(workspace.Objects, workspace.Digests, workspace.Imports);

    static void Write(DvcImportResult result, bool isJson)
    {
        foreach (var path in result.NotStored)
        {
            TerminalConsole.Error.WriteLine(
                $"left out: '{path}' has no content in DVC yet ('dvc commit' gives it one)");
        }

        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["name"] = result.Name,
                ["tree"] = result.Tree?.ToString(),
                ["files"] = result.FileCount,
                ["bytes"] = result.SizeBytes,
                ["copied"] = result.CopiedCount,
                ["attached"] = result.AttachedCount,
            }.ToJsonString());
            return;
        }

        Console.Out.WriteLine($"import {result.Name}: {result.FileCount:N0} files, {result.SizeBytes:N0} bytes");
        Console.Out.WriteLine(result.Tree is { } tree
            ? $"tree   {tree}" : $"{result.AttachedCount:N0} files are attached; 'millrace dvc fetch' copies them");
        if (result.Tree is not null)
            ImportOptions.SayNext(result.Name);
    }
}
