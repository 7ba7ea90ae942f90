using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.Tables;

namespace Millrace.App.Tables;

/// <summary><c>millrace table alter</c>.</summary>
static class TableAlterCommands
{
    public static Command Alter()
    {
        var table = TableName.Argument();
        var add =
            Change("--add-column", "NAME=TYPE", "A column at the end, such as price=double or size=decimal(10,2).");
        var widen = Change("--widen", "NAME=TYPE", "A wider type for a column.");
        var rename = Change("--rename-column", "OLD=NEW", "Another name for a column; needs columns that are mapped.");
        var drop = Change("--drop-column", "NAME", "Take a column out; needs columns that are mapped.");
        var set = Change(
            "--set", "KEY=VALUE",
            "A property, such as delta.enableChangeDataFeed=true, delta.columnMapping.mode=name or "
                + "millrace.iceberg=true.");
        var unset = Change("--unset", "KEY", "Take a property away.");
        var constrain = Change("--add-constraint", "NAME=SQL", "A condition that every row must meet.");
        var free = Change("--drop-constraint", "NAME", "Take a constraint away.");
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "alter",
                "Change a table's columns, properties or constraints. Each change is a version; no file is touched.",
            "millrace table alter photos --add-column rating=double\n"
            + "millrace table alter photos --add-constraint \"positive=photo_id > 0\"\n"
            + "millrace table alter photos --set delta.columnMapping.mode=name --rename-column title=caption")
        {
            table, add, widen, rename, drop, set, unset, constrain, free, workspaceFolder, json,
        };
        command.Validators.Add(result =>
        {
            if (new[] { add, widen, rename, drop, set, unset, constrain, free }.All(
                option => result.GetValue(option) is not { Length: > 0 }))
            {
                result.AddError("Say what to change.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var editor = workspace.Tables.Editor;
            var name = parsed.GetValue(table)!;
            var edits = new List<TableEdit>();
            var properties = Pairs(parsed.GetValue(set)).Select(pair => (pair.Name, Value: (string?)pair.Value))
                .Concat((parsed.GetValue(unset) ?? []).Select(key => (Name: key, Value: (string?)null)))
                .ToDictionary(pair => pair.Name, pair => pair.Value);
            try
            {
                if (properties.Count > 0)
                    edits.Add(
                        await editor.SetPropertiesAsync(name, properties, cancellationToken).ConfigureAwait(false));
                foreach (var constraint in parsed.GetValue(free) ?? [])
                    edits.Add(
                        await editor.DropConstraintAsync(name, constraint, cancellationToken).ConfigureAwait(false));
                foreach (var (column, to) in Pairs(parsed.GetValue(rename)))
                    edits.Add(
                        await editor.RenameColumnAsync(name, column, to, cancellationToken).ConfigureAwait(false));
                foreach (var column in parsed.GetValue(drop) ?? [])
                    edits.Add(await editor.DropColumnAsync(name, column, cancellationToken).ConfigureAwait(false));
                foreach (var (column, type) in Pairs(parsed.GetValue(widen)))
                    edits.Add(await editor.WidenColumnAsync(
                        name, column, new TableColumn(column, type).DataType, cancellationToken).ConfigureAwait(false));
                foreach (var (column, type) in Pairs(parsed.GetValue(add)))
                    edits.Add(await editor.AddColumnAsync(name, new TableColumn(column, type), cancellationToken)
                        .ConfigureAwait(false));
                foreach (var (constraint, sql) in Pairs(parsed.GetValue(constrain)))
                    edits.Add(
                        await editor.AddConstraintAsync(name, constraint, sql, cancellationToken)
                            .ConfigureAwait(false));
            }
            catch (MillraceException exception) when (edits.Count > 0)
            {
                // What was asked for before it is done, each as a version of its own.
                edits.ForEach(edit => TableName.Write(edit, parsed.GetValue(json)));
                throw new MillraceException(
                    exception.Kind, exception.Code,
                    $"{exception.Message} What the command changed before that stands.",
                    exception.Hint, exception);
            }

            edits.ForEach(edit => TableName.Write(edit, parsed.GetValue(json)));
            return 0;
        });
        return command;
    }

    static Option<string[]?> Change(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help };

    static IEnumerable<(string Name, string Value)> Pairs(string[]? texts)
    {
        foreach (var text in texts ?? [])
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            yield return at > 0 ? (text[..at], text[(at + 1)..]) : throw new MillraceException(
                ErrorKind.Invalid, "option-value", $"'{text}' has no '=' between a name and what it shall be.",
                "Write NAME=VALUE.");
        }
    }
}
