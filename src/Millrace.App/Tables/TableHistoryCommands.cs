using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Tables;
using Spectre.Console;

namespace Millrace.App.Tables;

/// <summary><c>millrace table history|describe|restore|clone|diff</c>.</summary>
static class TableHistoryCommands
{
    public static Command History()
    {
        var table = TableName.Argument();
        var limit = new Option<int>("--limit")
        {
            Description = "How many versions, the newest first.",
            HelpName = "N",
            DefaultValueFactory = _ => 20,
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "history", "Show the versions of a table, and what made them.",
            "millrace table history photos\nmillrace table history photos --limit 3 --json")
        {
            table, limit, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var commits = workspace.Tables.History(parsed.GetValue(table)!).Take(parsed.GetValue(limit)).ToList();
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. commits.Select(Json)]).ToJsonString());
                return 0;
            }

            var shown = new Table().Border(TableBorder.Simple)
                .AddColumns("version", "time (UTC)", "operation", "by", "");
            foreach (var commit in commits)
            {
                shown.AddRow(
                    $"v{commit.Version}", commit.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss"),
                    Markup.Escape(commit.Note?.Operation ?? ""),
                    Markup.Escape(commit.Note?.RunId is { } run ? $"run {run}" : commit.Note?.Engine ?? ""),
                    Markup.Escape(Short(commit.Note?.Parameters)));
            }

            TerminalConsole.Out.Write(shown);
            return 0;
        });
        return command;
    }

    public static Command Describe()
    {
        var table = TableName.WithVersion();
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "describe", "Show a table's columns, partitions, properties and size.",
            "millrace table describe photos\nmillrace table describe photos@v3 --json")
        {
            table, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var snapshot = await TableName.OpenAsync(workspace, parsed.GetValue(table)!, cancellationToken)
                .ConfigureAwait(false);
            var entry = await workspace.Tables.FindAsync(snapshot.Name, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(Json(snapshot, entry).ToJsonString());
                return 0;
            }

            Write(snapshot, entry);
            return 0;
        });
        return command;
    }

    public static Command Restore()
    {
        var table = TableName.WithVersion();
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "restore", "Give a table the rows and columns of an earlier version again, as a new version.",
            "millrace table restore photos@v3\nmillrace table restore photos@2026-03-01")
        {
            table, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var (name, version) = await TableName.ResolveAsync(workspace, parsed.GetValue(table)!, cancellationToken)
                .ConfigureAwait(false);
            var edit = await workspace.Tables.Editor.RestoreAsync(
                name, version ?? throw new MillraceException(
                    ErrorKind.Invalid, "version-needed", $"'{name}' names no version to restore.",
                    $"Write {name}@vN; 'millrace table history {name}' shows the versions."),
                cancellationToken).ConfigureAwait(false);
            return TableName.Write(edit, parsed.GetValue(json));
        });
        return command;
    }

    public static Command Clone()
    {
        var table = TableName.WithVersion("SOURCE");
        var name = TableName.Argument("NAME", "The new table.");
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "clone", "Make a table of another one's files without copying them; both go on by themselves.",
            "millrace table clone photos photos_try\nmillrace table clone photos@v3 photos_then")
        {
            table, name, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var (source, version) = await TableName.ResolveAsync(workspace, parsed.GetValue(table)!, cancellationToken)
                .ConfigureAwait(false);
            return TableName.Write(
                await workspace.Tables.Editor.CloneAsync(source, version, parsed.GetValue(name)!, cancellationToken)
                    .ConfigureAwait(false),
                parsed.GetValue(json));
        });
        return command;
    }

    public static Command Diff()
    {
        var before = TableName.WithVersion("A");
        var after = TableName.WithVersion("B");
        var keys = new Option<string?>("--key")
        {
            Description = "The columns that tell rows apart, with commas between; without it the table's own key.",
            HelpName = "COLUMNS",
        };
        var limit = new Option<int>("--limit")
        {
            Description = "How many rows that differ are shown.",
            HelpName = "N",
            DefaultValueFactory = _ => 20,
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "diff", "Compare two versions of a table, or two tables: columns, and rows by their key.",
            "millrace table diff photos@v3 photos\nmillrace table diff photos photos_try --key photo_id --json")
        {
            before, after, keys, limit, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var diff = await workspace.Tables.Editor.DiffAsync(
                await TableName.OpenAsync(workspace, parsed.GetValue(before)!, cancellationToken).ConfigureAwait(false),
                await TableName.OpenAsync(workspace, parsed.GetValue(after)!, cancellationToken).ConfigureAwait(false),
                parsed.GetValue(keys)?.Split(
                    ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                parsed.GetValue(limit), cancellationToken).ConfigureAwait(false);
            Write(diff, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    static void Write(TableDiff diff, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["added"] = diff.AddedRows,
                ["removed"] = diff.RemovedRows,
                ["changed"] = diff.ChangedRows,
                ["equal"] = diff.EqualRows,
                ["schema"] = new JsonArray([.. diff.Columns.Select(text => (JsonNode)text)]),
                ["columns"] = new JsonObject(diff.ChangedColumns.Select(
                    pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
                ["rows"] = new JsonArray([.. diff.Examples.Select(row => (JsonNode)new JsonObject
                {
                    ["change"] = row.Change,
                    ["key"] = JsonNode.Parse(row.Key),
                    ["before"] = row.Before is null ? null : JsonNode.Parse(row.Before),
                    ["after"] = row.After is null ? null : JsonNode.Parse(row.After),
                })]),
            }.ToJsonString());
            return;
        }

        foreach (var sentence in diff.Columns)
        {
            TerminalConsole.Out.WriteLine($"column {sentence}");
        }

        TerminalConsole.Out.WriteLine(
            $"{diff.AddedRows:N0} rows added, {diff.RemovedRows:N0} removed, {diff.ChangedRows:N0} changed, "
            + $"{diff.EqualRows:N0} equal");
        foreach (var (column, count) in diff.ChangedColumns)
        {
            TerminalConsole.Out.WriteLine($"  {column}: {count:N0}");
        }

        foreach (var row in diff.Examples)
        {
            TerminalConsole.Out.WriteLine(row.Change == "~"
                ? $"~ {row.Key} {row.Before} -> {row.After}" : $"{row.Change} {row.Key} {row.Before ?? row.After}");
        }
    }

    static JsonNode Json(TableCommit commit) => new JsonObject
    {
        ["version"] = commit.Version,
        ["time"] = commit.Time.ToString("O"),
        ["operation"] = commit.Note?.Operation,
        ["parameters"] = commit.Note?.Parameters is { } parameters ? JsonNode.Parse(parameters) : null,
        ["metrics"] = commit.Note?.Metrics is { } metrics ? JsonNode.Parse(metrics) : null,
        ["engine"] = commit.Note?.Engine,
        ["run"] = commit.Note?.RunId,
    };

    static JsonObject Json(TableSnapshot snapshot, TableEntry? entry) => new()
    {
        ["table"] = snapshot.Name,
        ["version"] = snapshot.Version,
        ["id"] = snapshot.TableId,
        ["folder"] = snapshot.Location,
        ["rows"] = snapshot.RowCount,
        ["files"] = snapshot.Files.Count,
        ["bytes"] = snapshot.SizeBytes,
        ["key"] = new JsonArray([.. (entry?.KeyColumns ?? []).Select(name => (JsonNode)name)]),
        ["partitions"] = new JsonArray([.. snapshot.PartitionColumns.Select(name => (JsonNode)name)]),
        ["columns"] = new JsonArray([.. snapshot.Schema.Columns.Select(column => (JsonNode)new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type,
            ["nullable"] = column.IsNullable,
        })]),
        ["properties"] = new JsonObject(snapshot.Metadata.Configuration.Select(
            pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["minReaderVersion"] = snapshot.Protocol.MinReaderVersion,
        ["minWriterVersion"] = snapshot.Protocol.MinWriterVersion,
        ["iceberg"] = IcebergMetadata(snapshot),
        ["figures"] = entry is not null && entry.Newest.Number == snapshot.Version
            ? JsonNode.Parse(entry.Newest.Summary)?["columns"]?.DeepClone() : null,
    };

    static string? IcebergMetadata(TableSnapshot snapshot) => TableStore.IcebergMetadataOf(snapshot);

    static void Write(TableSnapshot snapshot, TableEntry? entry)
    {
        var columns = new Table().Border(TableBorder.Simple).AddColumns("column", "type", "");
        foreach (var column in snapshot.Schema.Columns)
        {
            string[] notes =
            [
                entry?.KeyColumns.Contains(column.Name) == true ? "key" : "",
                snapshot.PartitionColumns.Contains(column.Name) ? "partition" : "",
                column.IsNullable ? "" : "not null",
            ];
            columns.AddRow(
                Markup.Escape(column.Name), Markup.Escape(column.Type),
                string.Join(", ", notes.Where(note => note.Length > 0)));
        }

        var console = TerminalConsole.Out;
        console.WriteLine(
            $"{snapshot.Name} v{snapshot.Version}: {snapshot.RowCount:N0} rows in {snapshot.Files.Count:N0} files, "
            + $"{snapshot.SizeBytes:N0} bytes");
        console.WriteLine(snapshot.Location);
        console.Write(columns);
        foreach (var (key, value) in snapshot.Metadata.Configuration)
        {
            console.WriteLine($"{key} = {value}");
        }

        if (IcebergMetadata(snapshot) is { } iceberg)
        {
            console.WriteLine($"Iceberg: {iceberg}");
        }
    }

    static string Short(string? parameters)
    {
        const int Longest = 60;
        if (parameters is null || JsonNode.Parse(parameters) is not JsonObject known)
        {
            return "";
        }

        var text = string.Join(
            ", ", known.Where(pair => pair.Value?.ToString() is { Length: > 0 })
                .Select(pair => $"{pair.Key}: {pair.Value}"));
        return text.Length > Longest ? text[..Longest] + "…" : text;
    }
}
