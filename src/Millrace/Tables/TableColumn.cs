namespace Millrace.Tables;

/// <summary>A column of a table.</summary>
/// <param name="Name">As the data has it.</param>
/// <param name="Type">The Delta type: <c>long</c>, <c>double</c>, <c>string</c>, <c>timestamp</c>, …,
/// <c>decimal(p,s)</c>, or <c>array&lt;T&gt;</c> of one of these.</param>
public sealed record TableColumn(string Name, string Type)
{
    /// <summary>The type as DuckDB names it.</summary>
    public string SqlType => ColumnTypes.ToSql(Type);
}
