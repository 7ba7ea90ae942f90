using System.Text;
using Millrace.App.Terminal;
using Millrace.Tables.Queries;
using Spectre.Console;

namespace Millrace.App.Tables;

/// <summary>The first rows of a query as a table for people.</summary>
static class ResultTable
{
    const int LongestCell = 60;

    public static async Task WriteAsync(SqlQuery query, int rowsShown, CancellationToken cancellationToken)
    {
        using var rows = query.OpenRows(SqlCellStyle.Text, (rowsShown, LongestCell + 1), cancellationToken);
        if (query.IsExplained)
        {
            while (await rows.ReadAsync().ConfigureAwait(false))
            {
                for (var row = 0; row < rows.Count; row++)
                    Console.Out.WriteLine(SafeLines(Encoding.UTF8.GetString(rows.Cell(1, row))));
            }

            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in rows.Columns)
            table.AddColumn(Markup.Escape(SafeText.ForOutput(column.Name)));
        var count = 0L;
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            for (var row = 0; row < rows.Count && count + row < rowsShown; row++)
            {
                var at = row;
                table.AddRow([.. rows.Columns.Select((_, i) => Markup.Escape(Cell(rows, i, at)))]);
            }

            count += rows.Count;
        }

        TerminalConsole.Out.Write(table);
        TerminalConsole.Error.WriteLine(
            count > rowsShown
                ? $"{count:N0} rows; the first {rowsShown} are shown, all with --json or --format csv"
                : $"{count:N0} rows");
    }

    static string Cell(SqlRows rows, int column, int row)
    {
        if (rows.IsNull(column, row))
            return "";
        var text = Encoding.UTF8.GetString(rows.Cell(column, row));
        if (text.Length <= LongestCell)
            return SafeText.ForOutput(text);
        // Half a pair of surrogates is no character.
        var end = char.IsHighSurrogate(text[LongestCell - 1]) ? LongestCell - 1 : LongestCell;
        return SafeText.ForOutput(text[..end]) + "…";
    }

    static string SafeLines(string text) =>
        string.Join('\n', text.TrimEnd('\n').Split('\n').Select(SafeText.ForOutput));
}
