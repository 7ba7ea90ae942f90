using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.Tables.Queries;

namespace Millrace.App.Tables;

/// <summary><c>millrace sql</c>.</summary>
static class SqlCommands
{
    public static Command Sql()
    {
        var query = new Argument<string?>("QUERY")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "SQL, one statement or several; without it, or with -, from standard input.",
        };
        var choices = new SqlOptions();
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "sql",
            "Query tables and their versions, files, and what Millrace itself knows (schema millrace).",
            "  millrace sql \"select kind, count(*) from events group by kind\"\n"
            + "  millrace sql \"describe photo_examples\"\n"
            + "  millrace sql --json \"select * from photos limit 3\"\n"
            + "  millrace sql \"select count(*) from photos@v3\"\n"
            + "  millrace sql \"select name, outcome, started_at from millrace.runs order by started_at\"\n"
            + "  millrace sql \"from 'data/*.csv' where year > \\$year\" --param year=2024 --output late.parquet\n"
            + "  millrace sql -f top.sql --save-as top --key photo_id")
        {
            query, workspaceFolder,
        };
        choices.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = choices.Read(parsed);
            var text = await SqlInput.ReadAsync(parsed.GetValue(query), request.File, cancellationToken)
                .ConfigureAwait(false);
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            // An engine's SQL has other quotes.
            IReadOnlyList<string> statements = workspace.Settings.FindEngine(request.Engine) is not null
                && request.Engine is not null ? [text] : SqlEngine.Split(text);
            await RunAsync(workspace, statements, request, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    static async Task RunAsync(
        Workspace workspace, IReadOnlyList<string> statements, SqlRequest request, CancellationToken cancellationToken)
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
        Workspace workspace, string statement, SqlRequest request, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Timeout is { } timeout)
            limited.CancelAfter(timeout);
        try
        {
            using var engine = request.Engine is not null || SqlEngine.IsQuery(statement)
                ? workspace.OpenEngine(request.Engine) : null;
            using var query = engine is null
                ? await workspace.Tables.Sql.PrepareAsync(statement, request.Options, limited.Token)
                    .ConfigureAwait(false)
                : await engine.PrepareAsync(statement, request.Options, limited.Token).ConfigureAwait(false);
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
}
