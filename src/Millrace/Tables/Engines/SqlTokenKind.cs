namespace Millrace.Tables.Engines;

/// <summary>What a piece of SQL is.</summary>
enum SqlTokenKind
{
    Word = 0,
    QuotedName = 1,
    Value = 2,
    Symbol = 3,
}
