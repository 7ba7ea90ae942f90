namespace Millrace.Tables;

/// <summary>How a condition compares a column.</summary>
public enum ConditionKind
{
    /// <summary>Equal to the value.</summary>
    Equal = 0,

    /// <summary>Less than the value.</summary>
    Less = 1,

    /// <summary>At most the value.</summary>
    LessOrEqual = 2,

    /// <summary>Greater than the value.</summary>
    Greater = 3,

    /// <summary>At least the value.</summary>
    GreaterOrEqual = 4,

    /// <summary>Equal to one of the values.</summary>
    In = 5,

    /// <summary>From the first value to the second, both included.</summary>
    Between = 6,

    /// <summary>A text that begins with the value.</summary>
    StartsWith = 7,

    /// <summary>Null.</summary>
    IsNull = 8,

    /// <summary>Not null.</summary>
    IsNotNull = 9,
}

/// <summary>A condition on one column.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Kind">How it is compared.</param>
/// <param name="Values">Whole numbers, decimals, floating-point numbers, texts, booleans, <see cref="DateOnly"/>,
/// <see cref="DateTime"/> or <see cref="DateTimeOffset"/>. A time without a zone is UTC.</param>
public sealed record ColumnCondition(string Column, ConditionKind Kind, params IReadOnlyList<object> Values);

/// <summary>Conditions that all hold for the rows that are wanted.</summary>
/// <param name="Conditions">May be empty.</param>
public sealed record TablePredicate(params IReadOnlyList<ColumnCondition> Conditions);
