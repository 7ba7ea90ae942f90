namespace Millrace.Tables.Frames;

/// <summary>A column to be: the name of one that is there, an expression that has a name, or both as a pair.
/// <c>frame.Select("id", Col("price") * 2, …)</c> needs <c>As</c>: <c>(Col("price") * 2).As("twice")</c> or
/// <c>("twice", Col("price") * 2)</c>.</summary>
public sealed class ColumnChoice
{
    ColumnChoice(string? name, Expr value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>What the column will be called; null when nothing says it.</summary>
    public string? Name { get; }

    public Expr Value { get; }

    public static implicit operator ColumnChoice(string column) => new(column, Expressions.Col(column));

    public static implicit operator ColumnChoice(Expr value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new ColumnChoice(value.Name, value);
    }

    public static implicit operator ColumnChoice((string Name, Expr Value) named)
    {
        ArgumentNullException.ThrowIfNull(named.Value);
        return new ColumnChoice(ColumnName.Check(named.Name), named.Value);
    }

    internal Output ToOutput(string verb) => new(
        Name ?? throw new MillraceException(
            ErrorKind.Invalid, "column-name-missing",
            $"{verb} has an expression without a name: {DuckDbDialect.Instance.Text(Value.Node)}.",
            "Say '.As(\"name\")' behind the expression, or give the pair (\"name\", expression)."),
        Value.Node);
}
