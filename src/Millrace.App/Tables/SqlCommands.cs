using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Tables.Shell;
using Millrace.App.Terminal;
using Millrace.Tables;
using Millrace.Tables.Queries;
using Millrace.Tables.Statements;

namespace Millrace.App.Tables;

/// <summary><c>millrace sql</c>.</summary>
static class SqlCommands
{
    public static Command Sql()
    {
        var query = new Argument<string?>("QUERY")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "SQL, one statement or several; without it, or with -, from standard input; on a terminal a "
                + "shell.",
        };
        var choices = new SqlOptions();
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "sql",
            "Query and change tables; query their versions, files, and what Millrace itself knows (schema millrace).",
            "  millrace sql \"select kind, count(*) from events group by kind\"\n"
            + "  millrace sql \"describe photo_examples\"\n"
            + "  millrace sql --json \"select * from photos limit 3\"\n"
            + "  millrace sql \"select count(*) from photos@v3\"\n"
            + "  millrace sql \"select name, outcome, started_at from millrace.runs order by started_at\"\n"
            + "  millrace sql \"from 'data/*.csv' where year > \\$year\" --param year=2024 --output late.parquet\n"
            + "  millrace sql \"update photos set title = trim(title) where title like ' %'\"\n"
            + "  millrace sql -f top.sql --save-as top --key photo_id")
        {
            query, workspaceFolder,
        };
        choices.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = choices.Read(parsed);
            if (parsed.GetValue(query) is null && request is { File: null, Output: null, SaveAs: null, Format: null }
                && KeyReader.HasKeys)
            {
                await using var shown = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                    .ConfigureAwait(false);
                using var shell = new SqlShell(shown, request.Options, TimeProvider.System);
                await shell.RunAsync(cancellationToken).ConfigureAwait(false);
                return 0;
            }

            var text = await SqlInput.ReadAsync(parsed.GetValue(query), request.File, cancellationToken)
                .ConfigureAwait(false);
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            // An engine's SQL has other quotes.
            var statements = request.Engine is not null
                && workspace.Settings.FindEngine(request.Engine) is not null
                ? [new StatementText(text)] : SqlStatements.Split(text);
            await RunAsync(workspace, statements, request, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    static async Task RunAsync(
        Workspace workspace, IReadOnlyList<StatementText> statements, SqlRequest request,
        CancellationToken cancellationToken)
    {
        if (statements.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-statement", "There is no SQL to run.",
                "Give it in quotes, with '-f FILE', or on standard input.");
        }

        if (statements.Count > 1 && (request.Output ?? request.SaveAs) is { } target)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-statement",
                $"{statements.Count} statements can't be written to one '{target}'.",
                "Run the others first, or make them one with 'with' clauses.");
        }

        using var session = workspace.Tables.Sql.OpenSession(request.Options);
        var shared = request with { Options = request.Options with { Session = session } };
        foreach (var statement in statements)
            await RunAsync(workspace, statement, shared, cancellationToken).ConfigureAwait(false);
    }

    static async Task RunAsync(
        Workspace workspace, StatementText text, SqlRequest request, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Timeout is { } timeout)
            limited.CancelAfter(timeout);
        try
        {
            using var engine = request.Engine is not null || SqlEngine.IsQuery(text.Text)
                ? workspace.OpenEngine(request.Engine) : null;
            var statement = engine is null ? StatementParser.Parse(text) : null;
            var result = statement is null or QueryStatement
                ? null : await WriteAsync(workspace, statement, request, limited.Token).ConfigureAwait(false);
            if (result is { Query: null })
                return;
            using var query = result?.Query ?? (engine is null
                ? await workspace.Tables.Sql.PrepareAsync(text.Text, request.Options, limited.Token)
                    .ConfigureAwait(false)
                : await engine.PrepareAsync(text.Text, request.Options, limited.Token).ConfigureAwait(false));
            await using var progress = SqlProgress.Start(query.Session, request.IsQuiet);
            await SqlOutput.WriteAsync(query, request, limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "sql-timeout",
                $"The query was ended after {request.Timeout!.Value.TotalSeconds:0} s.",
                "Raise '--timeout', or read fewer columns, rows or versions.", exception);
        }
    }

    /// <summary>Does a statement that writes, and says what it did.</summary>
    static async Task<StatementResult> WriteAsync(
        Workspace workspace, Statement statement, SqlRequest request, CancellationToken cancellationToken)
    {
        if ((request.Output ?? request.SaveAs) is { } target)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-statement", $"{statement.Verb} gives no rows that could go to '{target}'.",
                "Leave the option out.");
        }

        var result = await workspace.Tables.Sql.RunAsync(statement, request.Options.Parameters, cancellationToken)
            .ConfigureAwait(false);
        Forget(request.Options.Session!, result);
        if (request.Format is SqlResultFormat.Json or SqlResultFormat.JsonLines)
        {
            foreach (var edit in result.Edits)
                TableName.Write(edit, isJson: true);
            foreach (var view in result.Views)
                Console.Out.WriteLine(new JsonObject { ["view"] = view, ["operation"] = result.Verb }.ToJsonString());
        }
        else
        {
            // Rows of other statements are data, and this is none.
            var told = request.Format is null ? Console.Out : Console.Error;
            foreach (var line in result.Lines)
                told.WriteLine(line);
        }

        return result;
    }

    /// <summary>Takes away what a session shows of things that are different now, or are no more.</summary>
    public static void Forget(SqlSession session, StatementResult result)
    {
        foreach (var name in result.Edits.Select(edit => edit.Table).Concat(result.Views))
            session.Execute($"drop view if exists {SqlName.Quote(name)}");
    }
}
