using System.Buffers;
using System.Text;

namespace Millrace.Tables.Queries;

/// <summary>Objects of JSON: in one array on one line, or one on each line.</summary>
sealed class JsonRowWriter(bool isArray) : RowWriter
{
    /// <summary>What stands as itself in a text of JSON.</summary>
    static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\', 0x7f]);

    byte[][] _names = [];

    protected override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        _names = [.. columns.Select(column => Encoding.UTF8.GetBytes(Unique(column.Name, names)))];
        if (isArray)
            Write("["u8);
    }

    protected override void Row(SqlRows rows, int row, long number)
    {
        Write(isArray && number > 0 ? ",{"u8 : "{"u8);
        for (var i = 0; i < _names.Length; i++)
        {
            if (i > 0)
                Write(","u8);
            Text(_names[i]);
            Write(":"u8);
            if (rows.IsNull(i, row))
                Write("null"u8);
            else if (rows.Columns[i].IsJson)
                Write(rows.Cell(i, row));
            else
                Text(rows.Cell(i, row));
        }

        Write(isArray ? "}"u8 : "}\n"u8);
    }

    protected override void End()
    {
        if (isArray)
            Write("]\n"u8);
    }

    /// <summary>Most readers of JSON keep only the last of two members with one name.</summary>
    static string Unique(string name, HashSet<string> names)
    {
        var unique = name;
        for (var number = 1; !names.Add(unique); number++)
            unique = $"{name}_{number}";
        return unique;
    }

    void Text(ReadOnlySpan<byte> text)
    {
        Write("\""u8);
        for (var at = text.IndexOfAny(Escaped); at >= 0; at = text.IndexOfAny(Escaped))
        {
            Write(text[..at]);
            Write(text[at] switch
            {
                (byte)'"' => "\\\"",
                (byte)'\\' => "\\\\",
                (byte)'\n' => "\\n",
                (byte)'\r' => "\\r",
                (byte)'\t' => "\\t",
                var code => $"\\u{code:x4}",
            });
            text = text[(at + 1)..];
        }

        Write(text);
        Write("\""u8);
    }
}
