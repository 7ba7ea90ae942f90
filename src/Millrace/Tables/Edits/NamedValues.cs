using Millrace.Tables.Queries;

namespace Millrace.Tables.Edits;

/// <summary>The values of a statement, parted among the queries that it becomes: DuckDB takes none that a query does
/// not name.</summary>
static class NamedValues
{
    /// <summary>The values that a text names.</summary>
    public static IReadOnlyList<SqlParameter> Of(string sql, IReadOnlyList<SqlParameter> parameters)
    {
        if (parameters.Count == 0)
        {
            return parameters;
        }

        var named = In(sql);
        return [.. parameters.Where(parameter => named.Contains(parameter.Name))];
    }

    /// <summary>Refuses a text that names a value which is not given.</summary>
    /// <exception cref="MillraceException"><c>sql-parameter</c>.</exception>
    public static void Check(string sql, IReadOnlyList<SqlParameter> parameters)
    {
        if (sql.AsSpan().IndexOfAny('$', '?') < 0)
        {
            return;
        }

        var given = parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (In(sql).FirstOrDefault(name => !given.Contains(name)) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-parameter",
                missing == "?" ? "The statement names a value by '?', which has no name."
                    : $"The statement names a value '${missing}', which is not given.",
                missing == "?" ? "Write $name, and give its value under that name."
                    : $"Give it with '--param {missing}=VALUE'.");
        }
    }

    static HashSet<string> In(string sql) => SqlLexer.Read(sql)
        .Where(token => token.Kind == SqlTokenKind.Parameter)
        .Select(token => token.In(sql).TrimStart('$').ToString()).ToHashSet(StringComparer.OrdinalIgnoreCase);
}
