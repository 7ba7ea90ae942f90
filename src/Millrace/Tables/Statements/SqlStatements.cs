namespace Millrace.Tables.Statements;

/// <summary>Several SQL statements in one text, with semicolons between them.</summary>
public static class SqlStatements
{
    /// <summary>The statements of a text, without those that are empty.</summary>
    /// <exception cref="MillraceException"><c>sql-syntax</c>: a quote or a comment does not end; <c>sql-text</c>: a
    /// character that no text may have.</exception>
    public static IReadOnlyList<StatementText> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        SqlPlace.CheckText(text);
        var statements = new List<StatementText>();
        var tokens = new SqlTokenizer(text);
        var first = -1;
        var last = 0;
        var (line, column, counted) = (1, 1, 0);
        while (true)
        {
            var token = tokens.Next();
            if (tokens.OpenedAt >= 0)
            {
                throw SqlPlace.Unended(new StatementText(text), tokens.OpenedAt);
            }

            var isEnd = token.Kind == SqlTokenKind.End;
            if (!isEnd && text[token.Start] != ';')
            {
                first = first < 0 ? token.Start : first;
                last = token.End;
                continue;
            }

            if (first >= 0)
            {
                (line, column) = SqlPlace.Move(text.AsSpan(counted, first - counted), line, column);
                counted = first;
                statements.Add(new StatementText(text[first..last], line, column));
                first = -1;
            }

            if (isEnd)
            {
                return statements;
            }
        }
    }

    /// <summary>Whether a text that is being typed is done: it ends with a semicolon outside of quotes and comments, or
    /// holds nothing.</summary>
    public static bool IsWhole(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new SqlTokenizer(text);
        var isWhole = true;
        while (true)
        {
            var token = tokens.Next();
            if (tokens.OpenedAt >= 0)
            {
                return false;
            }

            if (token.Kind == SqlTokenKind.End)
            {
                return isWhole;
            }

            isWhole = text[token.Start] == ';';
        }
    }
}
