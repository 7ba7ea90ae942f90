using System.Text;

namespace Millrace.Tables.Queries;

/// <summary>RFC 4180, with lines that end as Unix has them.</summary>
sealed class CsvRowWriter : RowWriter
{
    protected override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (i > 0)
                Write(","u8);
            Field(Encoding.UTF8.GetBytes(columns[i].Name));
        }

        Write("\n"u8);
    }

    protected override void Row(SqlRows rows, int row, long number)
    {
        for (var i = 0; i < rows.Columns.Count; i++)
        {
            if (i > 0)
                Write(","u8);
            if (!rows.IsNull(i, row))
                Field(rows.Cell(i, row));
        }

        Write("\n"u8);
    }

    void Field(ReadOnlySpan<byte> text)
    {
        // Null is nothing, so an empty text must be something.
        if (!text.IsEmpty && text.IndexOfAny(",\"\r\n"u8) < 0)
        {
            Write(text);
            return;
        }

        Write("\""u8);
        for (var quote = text.IndexOf((byte)'"'); quote >= 0; quote = text.IndexOf((byte)'"'))
        {
            Write(text[..(quote + 1)]);
            Write("\""u8);
            text = text[(quote + 1)..];
        }

        Write(text);
        Write("\""u8);
    }
}
