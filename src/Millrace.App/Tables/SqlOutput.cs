using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Tables.Queries;

namespace Millrace.App.Tables;

/// <summary>Writes the rows of a query where they were asked to go.</summary>
static class SqlOutput
{
    public static async Task WriteAsync(SqlQuery query, SqlRequest request, CancellationToken cancellationToken)
    {
        if (query.IsStatement)
        {
            query.Execute(cancellationToken);
        }
        else if (request.SaveAs is { } table)
        {
            var version = await query.SaveAsync(table, request.Mode, request.KeyColumns, cancellationToken)
                .ConfigureAwait(false);
            if (request.Format is SqlResultFormat.Json or SqlResultFormat.JsonLines)
            {
                Console.Out.WriteLine(new JsonObject
                {
                    ["table"] = version.Name,
                    ["version"] = version.Number,
                    ["hash"] = version.Hash,
                }.ToJsonString());
            }
            else
            {
                Console.Out.WriteLine($"{version.Label}: {ThingText.Summary(version)}");
            }
        }
        else if (request.Output is { } path)
        {
            var rows = await query.WriteFileAsync(request.Format!.Value, path, request.Replaces, cancellationToken)
                .ConfigureAwait(false);
            Console.Error.WriteLine($"{rows:N0} rows to {path}");
        }
        else if (request.Format is { } format)
        {
            await WriteAsync(query, format, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ResultTable.WriteAsync(query, request.RowsShown, cancellationToken).ConfigureAwait(false);
        }
    }

    static async Task WriteAsync(SqlQuery query, SqlResultFormat format, CancellationToken cancellationToken)
    {
        await using var output = StandardOutput.Open();
        try
        {
            await query.WriteAsync(format, output, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (StandardOutput.IsGone(exception))
        {
            // Whoever reads has seen enough.
        }
    }
}
