using System.Globalization;
using Millrace.App.Terminal;
using Millrace.Tables;
using Millrace.Tables.Queries;

namespace Millrace.App.Tables.Shell;

sealed partial class SqlShell
{
    static readonly Dictionary<string, SqlResultFormat> Formats = new(StringComparer.Ordinal)
    {
        ["csv"] = SqlResultFormat.Csv,
        ["json"] = SqlResultFormat.Json,
        ["jsonl"] = SqlResultFormat.JsonLines,
        ["markdown"] = SqlResultFormat.Markdown,
    };

    /// <summary>Does a command; false when it ends the shell.</summary>
    async Task<bool> CommandAsync(ShellCommand command, CancellationToken cancellationToken)
    {
        switch (command.Name)
        {
            case "q" or "quit" or "exit":
                return false;
            case "?" or "help":
                await Pager.ShowAsync(ShellCommand.Help.Split('\n'), cancellationToken).ConfigureAwait(false);
                break;
            case "d" when command.Argument.Length == 0:
                await Pager.ShowAsync(await ListAsync(cancellationToken).ConfigureAwait(false), cancellationToken)
                    .ConfigureAwait(false);
                break;
            case "d":
                await Pager.ShowAsync(
                    await DescribeAsync(command.Argument, cancellationToken).ConfigureAwait(false), cancellationToken)
                    .ConfigureAwait(false);
                break;
            case "l":
                await Pager.ShowAsync(await SchemasAsync(cancellationToken).ConfigureAwait(false), cancellationToken)
                    .ConfigureAwait(false);
                break;
            case "mode":
                _mode = ShellCommand.Modes.Contains(command.Argument) ? command.Argument
                    : throw Wrong(".mode", $"one of {string.Join(", ", ShellCommand.Modes)}");
                break;
            case "rows":
                _rows = int.TryParse(
                    command.Argument, NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
                    && rows is > 0 and <= MaxRows ? rows : throw Wrong(".rows", $"a number from 1 to {MaxRows:N0}");
                break;
            case "timing":
                _isTimed = command.Argument switch
                {
                    "on" => true,
                    "off" => false,
                    "" => !_isTimed,
                    _ => throw Wrong(".timing", "'on' or 'off'"),
                };
                Console.Out.Write($"timing is {(_isTimed ? "on" : "off")}\n");
                break;
            case "output":
                Redirect(command.Argument);
                break;
            case "read":
                await StatementsAsync(
                    await SqlInput.ReadAsync(null, Needed(".read", command.Argument), cancellationToken)
                        .ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new MillraceException(
                    ErrorKind.Invalid, "shell-command", $"There is no command '{command.Name}'.",
                    "\\? shows those that there are.");
        }

        return true;
    }

    void Redirect(string path)
    {
        _output = path is "" or "stdout" ? null : Path.GetFullPath(path);
        if (_output is not null)
        {
            // Whether it can be written is told now; what it holds goes.
            using var file = new FileStream(_output, FileMode.Create, FileAccess.Write);
        }

        Console.Out.Write($"rows go to {(_output is null ? "the screen" : SafeText.Escape(_output))}\n");
    }

    async Task<List<string>> ListAsync(CancellationToken cancellationToken)
    {
        var table = new ShellTable(
        [
            new("name", "VARCHAR"), new("what", "VARCHAR"), new("version", "VARCHAR"), new("rows", "BIGINT"),
            new("since", "VARCHAR"),
        ]);
        foreach (var entry in await _workspace.Tables.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            table.Add(
            [
                entry.Name, "table", $"v{entry.Newest.Number}", ThingText.Rows(entry.Newest),
                entry.Newest.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            ]);
        }

        foreach (var view in await _workspace.Tables.Views.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            table.Add(
            [
                view.Name, "view", "", "",
                view.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            ]);
        }

        return table.RowCount == 0
            ? ["There are no tables yet; 'create table' and 'millrace ingest' make some."]
            : table.Lines(EditorScreen.Size().Width);
    }

    async Task<List<string>> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        var plain = name.Trim('"');
        if (await _workspace.Tables.Views.FindAsync(plain, cancellationToken).ConfigureAwait(false) is { } view)
        {
            return [.. await ColumnsAsync(view.Name, cancellationToken).ConfigureAwait(false), "view:",
                .. view.Query.Split('\n').Select(SafeText.Escape)];
        }

        if (plain.Contains('.', StringComparison.Ordinal))
        {
            return await ColumnsAsync(plain, cancellationToken).ConfigureAwait(false);
        }

        var tables = await _workspace.Tables.ListAsync(cancellationToken).ConfigureAwait(false);
        var known = tables.Find(entry => entry.Name == plain)
            ?? tables.Find(entry => entry.Name.Equals(plain, StringComparison.OrdinalIgnoreCase));
        return Describe(
            await TableName.OpenAsync(_workspace, known?.Name ?? plain, cancellationToken).ConfigureAwait(false),
            known?.KeyColumns ?? []);
    }

    static List<string> Describe(TableSnapshot snapshot, IReadOnlyList<string> keys)
    {
        var table = new ShellTable([new("column", "VARCHAR"), new("type", "VARCHAR"), new("", "VARCHAR")]);
        foreach (var column in snapshot.Schema.Columns)
        {
            string[] notes =
            [
                keys.Contains(column.Name) ? "key" : "",
                snapshot.PartitionColumns.Contains(column.Name) ? "partition" : "",
                column.IsNullable ? "" : "not null",
            ];
            table.Add([column.Name, column.Type, string.Join(", ", notes.Where(note => note.Length > 0))]);
        }

        return
        [
            $"{snapshot.Name} v{snapshot.Version}: {snapshot.RowCount:N0} rows in {snapshot.Files.Count:N0} files, "
                + $"{snapshot.SizeBytes:N0} bytes",
            .. snapshot.Metadata.Description is { } about ? [SafeText.Escape(about)] : Array.Empty<string>(),
            .. table.Lines(EditorScreen.Size().Width),
            .. snapshot.Metadata.Configuration.Select(pair => SafeText.Escape($"{pair.Key} = {pair.Value}")),
        ];
    }

    async Task<List<string>> ColumnsAsync(string name, CancellationToken cancellationToken)
    {
        using var query = await _workspace.Tables.Sql.PrepareAsync(
            $"from {string.Join('.', name.Split('.').Select(SqlName.Quote))} limit 0", _options, cancellationToken)
            .ConfigureAwait(false);
        var table = new ShellTable([new("column", "VARCHAR"), new("type", "VARCHAR")]);
        foreach (var column in query.Columns(cancellationToken))
        {
            table.Add([column.Name, column.SqlType]);
        }

        return table.Lines(EditorScreen.Size().Width);
    }

    async Task<List<string>> SchemasAsync(CancellationToken cancellationToken)
    {
        var names = await _names.TablesAsync(cancellationToken).ConfigureAwait(false);
        var system = names.Count(name => name.StartsWith("millrace.", StringComparison.Ordinal));
        return
        [
            SafeText.Escape($"workspace {_workspace.Folder}, catalog {_workspace.Catalog.Description}"),
            $"main       {names.Count - system:N0} tables and views; \\d shows them",
            $"millrace   {system:N0} tables of what Millrace itself knows; 'from millrace.system_tables;' shows them",
        ];
    }

    static string Needed(string command, string argument) =>
        argument is not ("" or "-") ? argument : throw Wrong(command, "a file");

    static MillraceException Wrong(string command, string wanted) => new(
        ErrorKind.Invalid, "shell-command", $"'{command}' takes {wanted}.", "\\? shows how the commands are written.");
}
