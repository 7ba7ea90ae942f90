namespace Millrace.Tables.Queries;

/// <summary>What a piece of SQL is.</summary>
enum SqlTokenKind
{
    /// <summary>A keyword or a name without quotes.</summary>
    Word = 0,

    /// <summary>A name in double quotes.</summary>
    Quoted = 1,

    /// <summary>A text in single quotes, with or without a letter before them, or in dollars.</summary>
    Text = 2,

    Number = 3,

    /// <summary><c>$name</c>, <c>$1</c> or <c>?</c>.</summary>
    Parameter = 4,

    /// <summary>One character of punctuation or of an operator.</summary>
    Symbol = 5,
}

/// <summary>A piece of SQL; comments and blanks lie between them.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">The index of its first character.</param>
/// <param name="End">The index behind its last one.</param>
readonly record struct SqlToken(SqlTokenKind Kind, int Start, int End)
{
    /// <summary>The piece as it is written.</summary>
    public ReadOnlySpan<char> In(string sql) => sql.AsSpan(Start, End - Start);

    /// <summary>Whether it is a word without quotes, in any case.</summary>
    public bool IsWord(string sql, string word) =>
        Kind == SqlTokenKind.Word && In(sql).Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is a character of punctuation.</summary>
    public bool IsSymbol(string sql, char symbol) => Kind == SqlTokenKind.Symbol && sql[Start] == symbol;

    /// <summary>The name that a word or a quoted name says.</summary>
    public string Name(string sql) => Kind == SqlTokenKind.Quoted
        ? sql[(Start + 1)..(End - 1)].Replace("\"\"", "\"", StringComparison.Ordinal) : In(sql).ToString();
}
