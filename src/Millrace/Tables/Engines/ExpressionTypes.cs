using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>The types that DuckDB gives expressions. They are asked of it, with typed nulls in the place of columns, so
/// that another engine's SQL can be held to them.</summary>
/// <param name="session">Where the questions are asked; no row is read.</param>
sealed class ExpressionTypes(SqlSession session)
{
    readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>The type of an expression.</summary>
    /// <param name="node">The expression.</param>
    /// <param name="column">The type of a column or of a parameter; null leaves it as it is, which is right for the
    /// parameters of functions within the expression.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>: types that do not fit.</exception>
    public string Of(ExprNode node, Func<ColumnNode, string?> column)
    {
        if (node is ColumnNode direct && column(direct) is { } known)
            return known;
        var typed = ExprShape.Map(node, found => column(found) is { } type ? new RawNode(Column(type)) : found);
        return Ask($"select {DuckDbDialect.Instance.Text(typed)} as c");
    }

    /// <summary>The type of a column that comes from several selects.</summary>
    public string OfSet(IReadOnlyList<string> types) => types.Distinct(StringComparer.Ordinal).Count() == 1
        ? types[0] : Ask(string.Join(" union all ", types.Select(type => $"select {Null(type)} as c")));

    /// <summary>A value as DuckDB casts it, in the form of .NET.</summary>
    /// <exception cref="MillraceException"><c>sql-failed</c>: it can't be cast.</exception>
    public object? Cast(object? value, string type) => session.Query(
        $"select cast({DuckDbDialect.Instance.Literal(value)} as {type})", [],
        reader => reader.Read() ? SqlValue.Read(reader, 0) : null);

    // No constant: of a null that is one, DuckDB gives many functions no type.
    static string Column(string type) => $"(case when random() < 2 then {Null(type)} end)";

    static string Null(string type) => $"cast(null as {type})";

    string Ask(string sql)
    {
        if (_known.TryGetValue(sql, out var known))
            return known;
        return _known[sql] = FrameEngine.Describe(session, sql)[0].SqlType;
    }
}
