namespace Millrace.Tables.Statements;

/// <summary>What a piece of an SQL text is.</summary>
enum SqlTokenKind
{
    /// <summary>The end of the text.</summary>
    End = 0,

    /// <summary>A keyword or a name without quotes.</summary>
    Word = 1,

    /// <summary>A name in double quotes.</summary>
    Name = 2,

    /// <summary>A text in single quotes or between dollar signs.</summary>
    Text = 3,

    /// <summary>A number.</summary>
    Number = 4,

    /// <summary>A parameter: <c>$name</c>, <c>$1</c> or <c>?</c>.</summary>
    Parameter = 5,

    /// <summary>Any other character.</summary>
    Symbol = 6,
}

/// <summary>A piece of an SQL text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Index of its first character.</param>
/// <param name="End">Index behind its last one.</param>
readonly record struct SqlToken(SqlTokenKind Kind, int Start, int End)
{
    public int Length => End - Start;
}
