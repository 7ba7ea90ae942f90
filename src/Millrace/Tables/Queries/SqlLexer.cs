using System.Globalization;

namespace Millrace.Tables.Queries;

/// <summary>Cuts SQL into its pieces as DuckDB's own lexer does, which is PostgreSQL's.</summary>
/// <remarks>It knows what a piece is, not what it means: no rule of the grammar is here. Comments nest; in texts with
/// an <c>e</c> before them a backslash takes the next character with it; <c>$tag$ … $tag$</c> holds anything.</remarks>
static class SqlLexer
{
    /// <summary>The longest text that is looked at, in characters.</summary>
    public const int MaxLength = 64 << 20;

    /// <exception cref="MillraceException"><c>sql-text</c>: a text, name or comment has no end, with its place; or the
    /// whole is too long.</exception>
    public static IReadOnlyList<SqlToken> Read(string sql)
    {
        ArgumentNullException.ThrowIfNull(sql);
        if (sql.Length > MaxLength)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-text",
                $"The SQL has {sql.Length:N0} characters; up to {MaxLength:N0} are read.",
                "Put long lists of values into a table and join with it.");
        }

        var tokens = new List<SqlToken>();
        for (var at = 0; at < sql.Length;)
        {
            var end = Blank(sql, at);
            if (end > at)
            {
                at = end;
                continue;
            }

            var token = Next(sql, at);
            tokens.Add(token);
            at = token.End;
        }

        return tokens;
    }

    /// <summary>The statements of a text, without the semicolons between them and without those that are empty.
    /// </summary>
    /// <exception cref="MillraceException"><c>sql-text</c>.</exception>
    public static IReadOnlyList<string> Split(string sql)
    {
        var statements = new List<string>();
        var start = 0;
        var isEmpty = true;
        foreach (var token in Read(sql))
        {
            if (!token.IsSymbol(sql, ';'))
            {
                isEmpty = false;
                continue;
            }

            if (!isEmpty)
                statements.Add(sql[start..token.Start].Trim());
            start = token.End;
            isEmpty = true;
        }

        if (!isEmpty)
            statements.Add(sql[start..].Trim());
        return statements;
    }

    /// <summary>A place for people: <c>line 2, column 7</c>.</summary>
    public static string Place(string sql, int index)
    {
        ArgumentNullException.ThrowIfNull(sql);
        var before = sql.AsSpan(0, Math.Min(index, sql.Length));
        var line = before.Count('\n') + 1;
        var column = before.Length - before.LastIndexOf('\n');
        return string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}");
    }

    /// <summary>The end of blanks and comments.</summary>
    static int Blank(string sql, int at)
    {
        while (at < sql.Length)
        {
            if (char.IsWhiteSpace(sql[at]) || sql[at] == '\uFEFF')
                at++;
            else if (sql[at] == '-' && At(sql, at + 1) == '-')
                at = sql.IndexOf('\n', at) is >= 0 and var end ? end + 1 : sql.Length;
            else if (sql[at] == '/' && At(sql, at + 1) == '*')
                at = CommentEnd(sql, at);
            else
                return at;
        }

        return at;
    }

    static int CommentEnd(string sql, int start)
    {
        var depth = 0;
        for (var at = start; at + 1 < sql.Length;)
        {
            if (sql[at] == '/' && sql[at + 1] == '*')
            {
                depth++;
                at += 2;
            }
            else if (sql[at] == '*' && sql[at + 1] == '/')
            {
                at += 2;
                if (--depth == 0)
                    return at;
            }
            else
            {
                at++;
            }
        }

        throw Open(sql, start, "comment", "'*/'");
    }

    static SqlToken Next(string sql, int at)
    {
        var first = sql[at];
        if (first == '"')
            return new SqlToken(SqlTokenKind.Quoted, at, QuoteEnd(sql, at, at, "name"));
        if (first == '\'')
            return new SqlToken(SqlTokenKind.Text, at, QuoteEnd(sql, at, at, "text"));
        if (At(sql, at + 1) == '\'' && first is 'e' or 'E')
            return new SqlToken(SqlTokenKind.Text, at, EscapedEnd(sql, at));
        if (At(sql, at + 1) == '\'' && first is 'x' or 'X' or 'b' or 'B')
            return new SqlToken(SqlTokenKind.Text, at, QuoteEnd(sql, at, at + 1, "text"));
        if (IsNameStart(first))
            return new SqlToken(SqlTokenKind.Word, at, NameEnd(sql, at));
        if (char.IsAsciiDigit(first) || (first == '.' && char.IsAsciiDigit(At(sql, at + 1))))
            return new SqlToken(SqlTokenKind.Number, at, NumberEnd(sql, at));
        if (first == '$')
            return Dollar(sql, at);
        return new SqlToken(first == '?' ? SqlTokenKind.Parameter : SqlTokenKind.Symbol, at, at + 1);
    }

    /// <summary>The end of a text or name in which a quote is written twice.</summary>
    static int QuoteEnd(string sql, int start, int open, string what)
    {
        var quote = sql[open];
        for (var at = open + 1; (at = sql.IndexOf(quote, at)) >= 0; at += 2)
        {
            if (At(sql, at + 1) != quote)
                return at + 1;
        }

        throw Open(sql, start, what, $"'{quote}'");
    }

    static int EscapedEnd(string sql, int start)
    {
        for (var at = start + 2; at < sql.Length; at++)
        {
            if (sql[at] == '\\')
                at++;
            else if (sql[at] == '\'' && At(sql, at + 1) == '\'')
                at++;
            else if (sql[at] == '\'')
                return at + 1;
        }

        throw Open(sql, start, "text", "'''");
    }

    static SqlToken Dollar(string sql, int start)
    {
        var at = start + 1;
        if (char.IsAsciiDigit(At(sql, at)))
        {
            while (char.IsAsciiDigit(At(sql, at)))
                at++;
            return new SqlToken(SqlTokenKind.Parameter, start, at);
        }

        // The tag of a text in dollars is a name without dollars.
        while (IsNameStart(At(sql, at)) || (at > start + 1 && char.IsAsciiDigit(At(sql, at))))
            at++;
        if (At(sql, at) != '$')
        {
            return new SqlToken(
                at > start + 1 ? SqlTokenKind.Parameter : SqlTokenKind.Symbol, start, Math.Max(at, start + 1));
        }

        var tag = sql[start..(at + 1)];
        var end = sql.IndexOf(tag, at + 1, StringComparison.Ordinal);
        return end < 0
            ? throw Open(sql, start, "text", $"'{tag}'")
            : new SqlToken(SqlTokenKind.Text, start, end + tag.Length);
    }

    static int NumberEnd(string sql, int at)
    {
        if (sql[at] == '0' && At(sql, at + 1) is 'x' or 'X' or 'b' or 'B')
            return NameEnd(sql, at);
        while (char.IsAsciiDigit(At(sql, at)) || At(sql, at) is '_')
            at++;
        if (At(sql, at) == '.' && At(sql, at + 1) != '.')
        {
            at++;
            while (char.IsAsciiDigit(At(sql, at)) || At(sql, at) is '_')
                at++;
        }

        if (At(sql, at) is not ('e' or 'E'))
            return at;
        var sign = At(sql, at + 1) is '+' or '-' ? 1 : 0;
        if (!char.IsAsciiDigit(At(sql, at + 1 + sign)))
            return at;
        at += 1 + sign;
        while (char.IsAsciiDigit(At(sql, at)))
            at++;
        return at;
    }

    static int NameEnd(string sql, int at)
    {
        while (at < sql.Length && (IsNameStart(sql[at]) || char.IsAsciiDigit(sql[at]) || sql[at] == '$'))
            at++;
        return at;
    }

    // As PostgreSQL: every character that is not ASCII may stand in a name. Blanks of Unicode are blanks to DuckDB.
    static bool IsNameStart(char letter) =>
        char.IsAsciiLetter(letter) || letter == '_' || (letter > 127 && !char.IsWhiteSpace(letter));

    static char At(string sql, int index) => index < sql.Length ? sql[index] : '\0';

    static MillraceException Open(string sql, int start, string what, string end) => new(
        ErrorKind.Invalid, "sql-text", $"The {what} that begins at {Place(sql, start)} of the SQL has no end.",
        $"Close it with {end}.");
}
