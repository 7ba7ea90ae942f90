namespace Millrace.Tables.Engines;

/// <summary>A piece of SQL.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Behind its last character.</param>
/// <param name="Text">As it is written; of a quoted name what it says.</param>
readonly record struct ClickHouseToken(ClickHouseTokenKind Kind, int Start, int End, string Text)
{
    /// <summary>Whether it is a word, in any case.</summary>
    public bool Is(string word) =>
        Kind == ClickHouseTokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(char symbol) => Kind == ClickHouseTokenKind.Symbol && Text[0] == symbol;

    /// <summary>Whether it may name something.</summary>
    public bool IsName => Kind is ClickHouseTokenKind.Word or ClickHouseTokenKind.QuotedName;
}
