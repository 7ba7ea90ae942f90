using System.Text;

namespace Millrace.Tables.Edits;

/// <summary>Gives the qualifier of columns in an SQL expression another name, leaving texts and other names
/// alone.</summary>
static class Identifiers
{
    /// <summary>Changes <c>from.column</c> to <c>to.column</c>.</summary>
    public static string Rename(string sql, string from, string to)
    {
        var result = new StringBuilder(sql.Length);
        for (var i = 0; i < sql.Length;)
        {
            var end = sql[i] is '\'' or '"' ? Quoted(sql, i) : IsWord(sql[i]) ? Word(sql, i) : i + 1;
            var token = sql[i..end];
            var name = token[0] == '"' ? token.Trim('"') : token;
            var isQualifier = end < sql.Length && sql[end] == '.' && (i == 0 || sql[i - 1] != '.') && token[0] != '\'';
            result.Append(isQualifier && name.Equals(from, StringComparison.OrdinalIgnoreCase) ? to : token);
            i = end;
        }

        return result.ToString();
    }

    /// <summary>Whether an expression names a column.</summary>
    public static bool Names(string sql, string column)
    {
        for (var i = 0; i < sql.Length;)
        {
            var end = sql[i] is '\'' or '"' ? Quoted(sql, i) : IsWord(sql[i]) ? Word(sql, i) : i + 1;
            if (sql[i] != '\'' && sql[i..end].Trim('"').Equals(column, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            i = end;
        }

        return false;
    }

    static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    static int Word(string sql, int at)
    {
        while (at < sql.Length && IsWord(sql[at]))
        {
            at++;
        }

        return at;
    }

    static int Quoted(string sql, int at)
    {
        var quote = sql[at++];
        while (at < sql.Length && (sql[at] != quote || (at + 1 < sql.Length && sql[at + 1] == quote)))
        {
            at += sql[at] == quote ? 2 : 1;
        }

        return Math.Min(at + 1, sql.Length);
    }
}
