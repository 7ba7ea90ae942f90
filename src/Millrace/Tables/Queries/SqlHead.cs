namespace Millrace.Tables.Queries;

/// <summary>The words before a query that DuckDB's tree of it does not have, and those that ask for what only Millrace
/// knows.</summary>
static class SqlHead
{
    const string AllTables = "select name from millrace.tables order by name";

    /// <summary>The first word of a statement; empty when it begins with something else.</summary>
    public static string FirstWord(string sql) =>
        SqlLexer.Read(sql) is [{ Kind: SqlTokenKind.Word } first, ..] ? first.In(sql).ToString() : "";

    /// <summary>Parts <c>explain [analyze]</c> from the query behind it.</summary>
    /// <returns>The head with a blank behind it, or nothing; and the query.</returns>
    public static (string Head, string Body) Part(string sql)
    {
        var tokens = SqlLexer.Read(sql);
        if (tokens.Count == 0)
            return ("", sql);
        if (IsAll(sql, tokens))
            return ("", AllTables);
        if (!tokens[0].IsWord(sql, "explain") || tokens.Count == 1)
            return ("", sql);
        var count = tokens[1].IsWord(sql, "analyze") || tokens[1].IsWord(sql, "analyse") ? 2 : 1;
        // Options stand in brackets, and so may the query; only options begin with a word that begins no query.
        if (tokens.Count > count + 1 && tokens[count].IsSymbol(sql, '(')
            && (tokens[count + 1].IsWord(sql, "format") || tokens[count + 1].IsWord(sql, "analyze")))
        {
            while (count < tokens.Count && !tokens[count].IsSymbol(sql, ')'))
                count++;
            count++;
        }

        return count >= tokens.Count ? ("", sql) : (sql[..tokens[count].Start], sql[tokens[count].Start..]);
    }

    /// <summary><c>show tables</c>, <c>show all tables</c> and <c>describe</c> alone mean those of the workspace, not
    /// of the session.</summary>
    static bool IsAll(string sql, IReadOnlyList<SqlToken> tokens) => tokens.Count switch
    {
        1 => tokens[0].IsWord(sql, "describe") || tokens[0].IsWord(sql, "desc") || tokens[0].IsWord(sql, "show"),
        2 => tokens[0].IsWord(sql, "show") && tokens[1].IsWord(sql, "tables"),
        3 => tokens[0].IsWord(sql, "show") && tokens[1].IsWord(sql, "all") && tokens[2].IsWord(sql, "tables"),
        _ => false,
    };
}
