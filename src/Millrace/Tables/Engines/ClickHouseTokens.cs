using System.Text;

namespace Millrace.Tables.Engines;

/// <summary>Cuts ClickHouse's SQL into pieces: quotes in which a backslash escapes, <c>$tag$texts$tag$</c>, comments of
/// three kinds.</summary>
static class ClickHouseTokens
{
    /// <exception cref="MillraceException"><c>engine-statement</c>: a quote or comment that does not end.</exception>
    public static IReadOnlyList<ClickHouseToken> Read(string sql)
    {
        var tokens = new List<ClickHouseToken>();
        var at = 0;
        while (at < sql.Length)
        {
            var c = sql[at];
            if (char.IsWhiteSpace(c))
                at++;
            else if (Follows(sql, at, "--") || c == '#')
                at = EndOf(sql, at, "\n");
            else if (Follows(sql, at, "/*"))
                at = Behind(sql, at + 2, "*/");
            else
                tokens.Add(Next(sql, ref at));
        }

        return tokens;
    }

    static ClickHouseToken Next(string sql, ref int at)
    {
        var start = at;
        var c = sql[at];
        if (c is '\'' or '"' or '`')
        {
            var text = Quoted(sql, ref at);
            return new ClickHouseToken(
                c == '\'' ? ClickHouseTokenKind.Value : ClickHouseTokenKind.QuotedName, start, at, text);
        }

        if (c == '$' && Tag(sql, at) is { } tag)
        {
            at = Behind(sql, at + tag.Length, tag);
            return new ClickHouseToken(ClickHouseTokenKind.Value, start, at, "");
        }

        if (char.IsLetter(c) || c == '_')
        {
            while (at < sql.Length && (char.IsLetterOrDigit(sql[at]) || sql[at] is '_' or '$'))
                at++;
            return new ClickHouseToken(ClickHouseTokenKind.Word, start, at, sql[start..at]);
        }

        if (char.IsAsciiDigit(c))
        {
            while (at < sql.Length && (char.IsLetterOrDigit(sql[at]) || sql[at] is '.' or '_'))
                at++;
            return new ClickHouseToken(ClickHouseTokenKind.Value, start, at, sql[start..at]);
        }

        at++;
        return new ClickHouseToken(ClickHouseTokenKind.Symbol, start, at, sql[start..at]);
    }

    static string Quoted(string sql, ref int at)
    {
        var quote = sql[at];
        var text = new StringBuilder();
        for (at++; at < sql.Length; at++)
        {
            if (sql[at] == '\\' && at + 1 < sql.Length)
            {
                text.Append(sql[++at]);
            }
            else if (sql[at] != quote)
            {
                text.Append(sql[at]);
            }
            else if (at + 1 < sql.Length && sql[at + 1] == quote)
            {
                text.Append(quote);
                at++;
            }
            else
            {
                at++;
                return text.ToString();
            }
        }

        throw Open(quote.ToString());
    }

    /// <returns>Such as <c>$tag$</c>; null when it is none.</returns>
    static string? Tag(string sql, int at)
    {
        var end = at + 1;
        while (end < sql.Length && (char.IsAsciiLetterOrDigit(sql[end]) || sql[end] == '_'))
            end++;
        return end < sql.Length && sql[end] == '$' ? sql[at..(end + 1)] : null;
    }

    static bool Follows(string sql, int at, string text) => string.CompareOrdinal(sql, at, text, 0, text.Length) == 0;

    static int EndOf(string sql, int at, string end) =>
        sql.IndexOf(end, at, StringComparison.Ordinal) is var found and >= 0 ? found : sql.Length;

    static int Behind(string sql, int at, string end) =>
        sql.IndexOf(end, at, StringComparison.Ordinal) is var found and >= 0 ? found + end.Length : throw Open(end);

    static MillraceException Open(string end) => new(
        ErrorKind.Invalid, "engine-statement", $"The query ends before a closing {end}.",
        "Close the quote or comment.");
}
