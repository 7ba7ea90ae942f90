namespace Millrace.Tables.Engines;

/// <summary>What a piece of SQL is.</summary>
enum ClickHouseTokenKind
{
    /// <summary>Nothing: behind the last piece.</summary>
    None = 0,
    Word = 1,
    QuotedName = 2,
    Value = 3,
    Symbol = 4,
}
