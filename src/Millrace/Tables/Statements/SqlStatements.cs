using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

/// <summary>Several SQL statements in one text, with semicolons between them.</summary>
public static class SqlStatements
{
    /// <summary>The statements of a text, without those that are empty.</summary>
    /// <exception cref="MillraceException"><c>sql-text</c>: a quote or a comment does not end, or there is a character
    /// that no text may have.</exception>
    public static IReadOnlyList<StatementText> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        SqlPlace.CheckText(text);
        var statements = new List<StatementText>();
        var (start, end) = (-1, 0);
        var (line, column, counted) = (1, 1, 0);
        foreach (var token in SqlLexer.Read(text))
        {
            if (token.IsSymbol(text, ';'))
            {
                End();
            }
            else
            {
                start = start < 0 ? token.Start : start;
                end = token.End;
            }
        }

        End();
        return statements;

        void End()
        {
            if (start >= 0)
            {
                (line, column) = SqlPlace.Move(text.AsSpan(counted, start - counted), line, column);
                counted = start;
                statements.Add(new StatementText(text[start..end], line, column));
                start = -1;
            }
        }
    }

    /// <summary>Whether a text that is being typed is done: it ends with a semicolon outside of quotes and comments, or
    /// holds nothing.</summary>
    public static bool IsWhole(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var tokens = SqlLexer.Read(text);
            return tokens.Count == 0 || tokens[^1].IsSymbol(text, ';');
        }
        catch (MillraceException exception) when (exception.Code == "sql-text")
        {
            // What begins in it ends on a line to come.
            return false;
        }
    }
}
