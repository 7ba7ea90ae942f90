using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Tables;

namespace Millrace.App.Tables;

/// <summary><c>millrace table delete|optimize|vacuum|checkpoint</c>.</summary>
static class TableUpkeepCommands
{
    public static Command Delete()
    {
        var table = TableName.Argument();
        var where = new Option<string?>("--where")
        {
            Description = "SQL over the table's columns: the rows that go.",
            HelpName = "SQL",
        };
        var all = new Option<bool>("--all") { Description = "Delete every row; the table stays." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "delete",
                "Take rows out of a table. Earlier versions keep them; 'millrace erase' is for what must not be kept.",
            "millrace table delete events --where \"kind = 'view' and at < '2026-01-01'\"\nmillrace table delete "
                + "tries --all")
        {
            table, where, all, workspaceFolder, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(where) is not null))
            {
                result.AddError("Say which rows: '--where SQL', or '--all'.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            return TableName.Write(
                await workspace.Tables.Editor.DeleteAsync(
                    parsed.GetValue(table)!, parsed.GetValue(where), cancellationToken: cancellationToken)
                    .ConfigureAwait(false),
                parsed.GetValue(json));
        });
        return command;
    }

    public static Command Optimize()
    {
        var table = TableName.Argument();
        var zorder = Columns("--zorder", "Order all rows along a Z-shaped curve through these columns.");
        var sort = Columns("--sort", "Sort all rows by these columns.");
        var size = new Option<string?>("--size")
        {
            Description = "How large a file is made, about, such as 64mb; without it 128mb or the table's own size.",
            HelpName = "SIZE",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "optimize",
                "Write small files together into larger ones, or all files in another order. The rows stay the same.",
            "millrace table optimize events\nmillrace table optimize events --zorder user_id,at\n"
            + "millrace table optimize events --sort at --size 64mb")
        {
            table, zorder, sort, size, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var options = new TableOptimization
            {
                TargetBytes = parsed.GetValue(size) is { } text ? TableStore.ParseSize(text) : null,
                SortBy = Split(parsed.GetValue(sort)),
                ZOrderBy = Split(parsed.GetValue(zorder)),
            };
            var edit = await workspace.Tables.Editor.OptimizeAsync(
                parsed.GetValue(table)!, options, new GroupProgress(), cancellationToken).ConfigureAwait(false);
            return TableName.Write(edit, parsed.GetValue(json));
        });
        return command;
    }

    public static Command Vacuum()
    {
        var table = TableName.Argument();
        var retention = new Option<string?>("--retention")
        {
            Description =
                "How long a file stays after it left the table, such as 48h; without it 7 days or the table's own "
                + "span.",
            HelpName = "SPAN",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be deleted." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "vacuum", "Delete the files that only old versions have. Pinned versions and what clones name stay.",
            "millrace table vacuum events --dry-run\nmillrace table vacuum events --retention 48h")
        {
            table, retention, dryRun, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var vacuum = await workspace.Tables.Editor.VacuumAsync(
                parsed.GetValue(table)!,
                parsed.GetValue(retention) is { } text ? TableStore.ParseSpan(text) : null,
                parsed.GetValue(dryRun), cancellationToken).ConfigureAwait(false);
            Write(vacuum, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    public static Command Checkpoint()
    {
        var table = TableName.Argument();
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "checkpoint", "Write a checkpoint of a table's log now, from which readers begin.",
            "millrace table checkpoint events")
        {
            table, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var (version, actions) = workspace.Tables.Editor.Checkpoint(parsed.GetValue(table)!);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonObject { ["version"] = version, ["actions"] = actions }.ToJsonString());
            }
            else
            {
                Console.Out.WriteLine($"{parsed.GetValue(table)} v{version}: {actions:N0} actions in the checkpoint");
            }

            return 0;
        });
        return command;
    }

    static void Write(TableVacuum vacuum, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["table"] = vacuum.Table,
                ["dryRun"] = vacuum.IsDryRun,
                ["files"] = new JsonArray([.. vacuum.Files.Select(path => (JsonNode)path)]),
                ["bytes"] = vacuum.SizeBytes,
                ["kept"] = vacuum.KeptFiles,
                ["keepers"] = new JsonArray([.. vacuum.Keepers.Select(keeper => (JsonNode)keeper)]),
                ["lostVersions"] = new JsonArray([.. vacuum.LostVersions.Select(version => (JsonNode)version)]),
            }.ToJsonString());
            return;
        }

        var console = Console.Out;
        if (vacuum.IsDryRun)
        {
            foreach (var path in vacuum.Files)
            {
                console.WriteLine(path);
            }
        }

        console.WriteLine(
            $"{vacuum.Files.Count:N0} files, {vacuum.SizeBytes:N0} bytes "
                + $"{(vacuum.IsDryRun ? "would be deleted" : "deleted")}; "
            + $"{vacuum.LostVersions.Count:N0} old versions can {(vacuum.IsDryRun ? "then " : "")}no longer be read");
        if (vacuum.Keepers.Count > 0)
        {
            console.WriteLine($"{vacuum.KeptFiles:N0} files of old versions are kept by");
            foreach (var keeper in vacuum.Keepers)
            {
                console.WriteLine($"  {keeper}");
            }
        }
    }

    static Option<string?> Columns(string name, string description) =>
        new(name) { Description = description, HelpName = "COLUMNS" };

    static string[] Split(string? columns) =>
        columns?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>How far it is, on a line of a terminal that is written over.</summary>
    sealed class GroupProgress : IProgress<(int Done, int All)>
    {
        public void Report((int Done, int All) value)
        {
            if (!Console.IsErrorRedirected)
            {
                Console.Error.Write(
                    $"\r{value.Done:N0} of {value.All:N0} groups of files{(value.Done == value.All ? "\n" : "")}");
            }
        }
    }
}
