using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Queries;

/// <summary>Turns <c>photos@v3</c>, which DuckDB can't read, into the quoted name <c>"photos@v3"</c>.</summary>
/// <remarks>A version is <c>vN</c>, an alias, a day, a time or digits of a hash, without blanks around the <c>@</c>;
/// what has other characters stands in single quotes: <c>photos@'2026-03-01T10:00:00Z'</c>. DuckDB knows <c>@</c> only
/// before a value, so a name right before it can mean nothing else.</remarks>
static partial class VersionedNames
{
    /// <summary>Words after which a value may follow, so that an <c>@</c> behind them is DuckDB's.</summary>
    static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "all", "and", "any", "array", "as", "between", "by", "case", "cast", "distinct", "else", "except", "from",
        "having", "ilike", "in", "intersect", "is", "lambda", "like", "limit", "not", "offset", "on", "or", "qualify",
        "return", "returning", "select", "set", "similar", "some", "then", "to", "union", "using", "values", "when",
        "where", "with",
    };

    /// <summary>The text with the names in quotes.</summary>
    /// <param name="sql">One or several statements.</param>
    /// <exception cref="MillraceException"><c>sql-text</c>.</exception>
    public static string Quote(string sql)
    {
        if (!sql.Contains('@', StringComparison.Ordinal))
            return sql;
        var tokens = SqlLexer.Read(sql);
        var text = new StringBuilder(sql.Length + 16);
        var copied = 0;
        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            if (!IsName(sql, tokens[i]) || tokens[i].End != tokens[i + 1].Start || !tokens[i + 1].IsSymbol(sql, '@')
                || Version(sql, tokens, i + 2) is not { } version)
            {
                continue;
            }

            text.Append(sql, copied, tokens[i].Start - copied)
                .Append(SqlName.Quote($"{tokens[i].Name(sql)}@{version.Text}"));
            copied = version.End;
            while (i + 1 < tokens.Count && tokens[i + 1].Start < copied)
                i++;
        }

        return text.Append(sql, copied, sql.Length - copied).ToString();
    }

    static bool IsName(string sql, SqlToken token) => token.Kind == SqlTokenKind.Quoted
        || (token.Kind == SqlTokenKind.Word && !Reserved.Contains(token.In(sql).ToString()));

    static (string Text, int End)? Version(string sql, IReadOnlyList<SqlToken> tokens, int index)
    {
        var start = tokens[index - 1].End;
        if (index < tokens.Count && tokens[index] is { Kind: SqlTokenKind.Text } text && text.Start == start
            && sql[start] == '\'')
        {
            return (sql[(start + 1)..(text.End - 1)].Replace("''", "'", StringComparison.Ordinal), text.End);
        }

        var match = Plain().Match(sql, start);
        return match.Success ? (match.Value, start + match.Length) : null;
    }

    // A day or a time; or an alias, a number of a version, digits of a hash.
    [GeneratedRegex(
        @"\G(?:[0-9]{4}-[0-9]{2}-[0-9]{2}"
        + @"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
        + @"|[A-Za-z0-9_]+)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
