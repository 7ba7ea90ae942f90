using System.Diagnostics;
using System.Text;
using Millrace.App.Terminal;
using Millrace.Tables;
using Millrace.Tables.Queries;
using Millrace.Tables.Statements;

namespace Millrace.App.Tables.Shell;

/// <summary><c>millrace sql</c> on a terminal: statements are typed, and answered one after the other.</summary>
sealed partial class SqlShell : IDisposable
{
    const string Prompt = "millrace> ";
    const string NextPrompt = "      ... ";
    const int LongestCell = 4_000;
    const int MaxRows = 1_000_000;
    const int UsualRows = 1_000;

    readonly Workspace _workspace;
    readonly SqlQueryOptions _options;
    readonly TimeProvider _time;
    readonly KeyReader _keys;
    readonly ShellNames _names;
    string _mode = "table";
    int _rows = UsualRows;
    bool _isTimed;
    string? _output;
    SqlSession? _session;

    public SqlShell(Workspace workspace, SqlQueryOptions options, TimeProvider time)
    {
        _workspace = workspace;
        _options = options;
        _time = time;
        _keys = new KeyReader(time);
        _names = new ShellNames(workspace);
    }

    /// <summary>Reads and answers until the end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Ctrl-C comes as a key from now on.
        Console.TreatControlCAsInput = true;
        Console.Out.Write(
            $"Workspace {SafeText.Escape(_workspace.Folder)}. SQL ends with ';', \\? shows what else there is.\n");
        var history = ShellHistory.Open(ShellHistory.UsualPath());
        var editor = new LineEditor(
            _keys, history, IsWhole,
            (text, cursor, token) => SqlCompletion.FindAsync(text, cursor, _names, token));
        while (await editor.ReadAsync(Prompt, NextPrompt, cancellationToken).ConfigureAwait(false) is { } text)
        {
            history.Add(text);
            if (!await TryAnswerAsync(text, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    public void Dispose() => _session?.Dispose();

    static bool IsWhole(string text) => ShellCommand.IsCommand(text) || SqlStatements.IsWhole(text);

    /// <summary>Answers a text; false at the end of the shell.</summary>
    async Task<bool> TryAnswerAsync(string text, CancellationToken cancellationToken)
    {
        try
        {
            if (ShellCommand.IsCommand(text))
            {
                return await CommandAsync(ShellCommand.Parse(text), cancellationToken).ConfigureAwait(false);
            }

            await StatementsAsync(text, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Console.Error.WriteLine("Ended. The statement changed nothing.");
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or OperationCanceledException))
        {
            // One statement fails; the shell goes on.
            Failure.Report(exception);
        }

        return true;
    }

    async Task StatementsAsync(string text, CancellationToken cancellationToken)
    {
        foreach (var statement in SqlStatements.Split(text))
        {
            var start = Stopwatch.GetTimestamp();
            var lines = new List<string>();
            await _keys.WatchAsync(
                async token => lines = await AnswerAsync(StatementParser.Parse(statement), token).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            var elapsed = Stopwatch.GetElapsedTime(start);
            await Pager.ShowAsync(lines, cancellationToken).ConfigureAwait(false);
            if (_isTimed)
            {
                Console.Out.Write($"{elapsed.TotalSeconds:0.000} s\n");
            }
        }
    }

    async Task<List<string>> AnswerAsync(Statement statement, CancellationToken cancellationToken)
    {
        if (statement is QueryStatement)
        {
            using var query = await _workspace.Tables.Sql.PrepareAsync(
                statement.Source.Text, Shared(), cancellationToken).ConfigureAwait(false);
            await using var progress = SqlProgress.Start(query.Session, isQuiet: false);
            return await RowsAsync(query, cancellationToken).ConfigureAwait(false);
        }

        var result = await _workspace.Tables.Sql.RunAsync(statement, _options.Parameters, cancellationToken)
            .ConfigureAwait(false);
        _names.Forget();
        if (_session is not null)
        {
            SqlCommands.Forget(_session, result);
        }

        using var rows = result.Query;
        return rows is null
            ? [.. result.Lines] : await RowsAsync(rows, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is set by one statement holds for the next ones, where the settings allow any such; elsewhere each
    /// statement has an engine of its own.</summary>
    SqlQueryOptions Shared()
    {
        if (_workspace.Settings.SqlStatements.Count == 0)
        {
            return _options;
        }

        _session ??= _workspace.Tables.Sql.OpenSession(_options);
        return _options with { Session = _session };
    }

    /// <summary>The rows as lines for the screen; written to a file when that was asked for.</summary>
    async Task<List<string>> RowsAsync(SqlQuery query, CancellationToken cancellationToken)
    {
        if (Formats.TryGetValue(_mode, out var format) && !query.IsExplained)
        {
            if (_output is null)
            {
                await using var screen = StandardOutput.Open();
                await query.WriteAsync(format, screen, cancellationToken).ConfigureAwait(false);
                return [];
            }

            await using var file = new FileStream(_output, FileMode.Append, FileAccess.Write);
            var count = await query.WriteAsync(format, file, cancellationToken).ConfigureAwait(false);
            return [$"{count:N0} rows to {_output}"];
        }

        var lines = await TableAsync(query, cancellationToken).ConfigureAwait(false);
        if (_output is null)
        {
            return lines;
        }

        await File.AppendAllLinesAsync(_output, lines, cancellationToken).ConfigureAwait(false);
        return [$"{lines.Count:N0} lines to {_output}"];
    }

    async Task<List<string>> TableAsync(SqlQuery query, CancellationToken cancellationToken)
    {
        using var rows = query.OpenRows(SqlCellStyle.Text, (_rows + 1, LongestCell), cancellationToken);
        var table = new ShellTable(rows.Columns);
        var lines = new List<string>();
        var hasMore = false;
        while (!hasMore && await rows.ReadAsync().ConfigureAwait(false))
        {
            for (var row = 0; row < rows.Count && !hasMore; row++)
            {
                if (query.IsExplained)
                {
                    lines.AddRange(Cell(rows, 1, row)!.TrimEnd('\n').Split('\n').Select(SafeText.Escape));
                }
                else if (table.RowCount == _rows)
                {
                    hasMore = true;
                }
                else
                {
                    var at = row;
                    table.Add([.. rows.Columns.Select((_, i) => Cell(rows, i, at))]);
                }
            }
        }

        if (query.IsExplained)
        {
            return lines;
        }

        var width = _output is null ? EditorScreen.Size().Width : int.MaxValue;
        return
        [
            .. _mode == "line" ? table.Tall() : table.Lines(width),
            hasMore ? $"the first {table.RowCount:N0} rows; '.rows N' shows more"
                : $"{table.RowCount:N0} row{(table.RowCount == 1 ? "" : "s")}",
        ];
    }

    static string? Cell(SqlRows rows, int column, int row) =>
        rows.IsNull(column, row) ? null : Encoding.UTF8.GetString(rows.Cell(column, row));
}
