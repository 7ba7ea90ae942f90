using System.Text;

namespace Millrace.Tables.Queries;

/// <summary>A table of GitHub's Markdown; numbers stand on the right.</summary>
sealed class MarkdownRowWriter : RowWriter
{
    protected override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        foreach (var column in columns)
            Cell(Encoding.UTF8.GetBytes(column.Name));
        Write("|\n"u8);
        foreach (var column in columns)
            Write(column.IsNumber ? "| ---: "u8 : "| --- "u8);
        Write("|\n"u8);
    }

    protected override void Row(SqlRows rows, int row, long number)
    {
        for (var i = 0; i < rows.Columns.Count; i++)
            Cell(rows.Cell(i, row));
        Write("|\n"u8);
    }

    void Cell(ReadOnlySpan<byte> text)
    {
        Write("| "u8);
        for (var at = text.IndexOfAny("|\n\r"u8); at >= 0; at = text.IndexOfAny("|\n\r"u8))
        {
            Write(text[..at]);
            Write(text[at] == '|' ? "\\|"u8 : text[at] == '\n' ? "<br>"u8 : ""u8);
            text = text[(at + 1)..];
        }

        Write(text);
        Write(" "u8);
    }
}
