using System.Text;

namespace Millrace.Tables.Delta;

/// <summary>Conditions of constraints stand in the log in Spark's SQL, where a name is quoted by backticks and a text
/// by single or double quotes. Delta protocol, "CHECK Constraints" and "Column Invariants".</summary>
static class SparkSql
{
    /// <summary>Spark's quotes as DuckDB's.</summary>
    public static string ToDuck(string sql) => Requote(sql, '`', '"', '"', '\'');

    /// <summary>DuckDB's quotes as Spark's.</summary>
    public static string FromDuck(string sql) => Requote(sql, '"', '`', '\0', '\0');

    static string Requote(string sql, char nameFrom, char nameTo, char textFrom, char textTo)
    {
        var result = new StringBuilder(sql.Length);
        for (var i = 0; i < sql.Length; i++)
        {
            var quote = sql[i];
            if (quote != nameFrom && quote != textFrom && quote != '\'')
            {
                result.Append(quote);
                continue;
            }

            var end = i + 1;
            var text = new StringBuilder();
            while (end < sql.Length && (sql[end] != quote || (end + 1 < sql.Length && sql[end + 1] == quote)))
            {
                text.Append(sql[end]);
                end += sql[end] == quote ? 2 : 1;
            }

            var to = quote == nameFrom ? nameTo : quote == textFrom ? textTo : quote;
            result.Append(to).Append(text.Replace(to.ToString(), new string(to, 2))).Append(to);
            i = end;
        }

        return result.ToString();
    }
}
