using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Lineage;
using Millrace.Tables;
using Millrace.Tables.Checks;
using Spectre.Console;

namespace Millrace.App.Tables;

/// <summary>How a verb is told a table and a version of it.</summary>
static class TableName
{
    public static Argument<string> Argument(string name = "TABLE", string description = "The table.") =>
        new(name) { Description = description };

    public static Argument<string> WithVersion(string name = "TABLE") => new(name)
    {
        Description = "The table, or a version of it: NAME@v3, NAME@2026-03-01, NAME@1f3a90c2.",
    };

    /// <summary>The table's name and a number for its version; null for the newest.</summary>
    public static async Task<(string Name, long? Version)> ResolveAsync(
        Workspace workspace, string text, CancellationToken cancellationToken)
    {
        var name = ThingName.Parse(text);
        if (name.Kind is not (null or "table") || name.RowKey is not null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "thing-name", $"'{text}' does not name a table.",
                "Write NAME or NAME@VERSION, such as 'photos@v3'.");
        }

        // A version that another engine wrote is in the log, and not in the catalog.
        return name.Version is null ? (name.Name, null)
            : name.VersionNumber is { } number ? (name.Name, number)
            : (name.Name, (await workspace.Lineage.ResolveAsync(name with { Kind = "table" }, cancellationToken)
                .ConfigureAwait(false)).Number);
    }

    public static async Task<TableSnapshot> OpenAsync(
        Workspace workspace, string text, CancellationToken cancellationToken)
    {
        var (name, version) = await ResolveAsync(workspace, text, cancellationToken).ConfigureAwait(false);
        return workspace.Tables.OpenNewest(name, version);
    }

    /// <summary>Says what a change did.</summary>
    public static int Write(TableEdit edit, bool isJson)
    {
        foreach (var warning in edit.IsChanged ? CheckText.WarningsOf(edit.Version) : [])
        {
            TerminalConsole.Error.MarkupLine($"[yellow]warning[/]: {Markup.Escape(SafeText.ForError(warning))}");
        }

        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["table"] = edit.Table,
                ["operation"] = edit.Operation,
                ["version"] = edit.Version?.Number,
                ["hash"] = edit.Version?.Hash,
                ["changed"] = edit.IsChanged,
                ["insertedRows"] = edit.InsertedRows,
                ["updatedRows"] = edit.UpdatedRows,
                ["deletedRows"] = edit.DeletedRows,
                ["addedFiles"] = edit.AddedFiles,
                ["addedBytes"] = edit.AddedBytes,
                ["removedFiles"] = edit.RemovedFiles,
                ["removedBytes"] = edit.RemovedBytes,
            }.ToJsonString());
            return 0;
        }

        if (!edit.IsChanged)
        {
            Console.Out.WriteLine($"Nothing to change: {edit.Table} stays v{edit.Version?.Number}.");
            return 0;
        }

        string[] parts =
        [
            Rows(edit.InsertedRows, "inserted"), Rows(edit.UpdatedRows, "updated"), Rows(edit.DeletedRows, "deleted"),
            edit.AddedFiles + edit.RemovedFiles > 0
                ? $"{edit.AddedFiles:N0} file{(edit.AddedFiles == 1 ? "" : "s")} ({edit.AddedBytes:N0} bytes) for "
                    + $"{edit.RemovedFiles:N0} ({edit.RemovedBytes:N0} bytes)" : "",
        ];
        Console.Out.WriteLine(
            $"{edit.Table} v{edit.Version?.Number}: "
                + string.Join(
                    ", ", parts.Where(part => part.Length > 0).Prepend(edit.Operation.ToLowerInvariant())));
        return 0;
    }

    static string Rows(long count, string what) =>
        count == 0 ? "" : $"{count:N0} row{(count == 1 ? "" : "s")} {what}";
}
