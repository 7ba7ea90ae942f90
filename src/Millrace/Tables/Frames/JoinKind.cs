namespace Millrace.Tables.Frames;

/// <summary>Which rows a join gives.</summary>
public enum JoinKind
{
    /// <summary>Pairs that match.</summary>
    Inner = 0,

    /// <summary>Pairs that match, and the rows of the left that match none.</summary>
    Left = 1,

    /// <summary>Pairs that match, and the rows of the right that match none.</summary>
    Right = 2,

    /// <summary>Pairs that match, and the rows of both that match none.</summary>
    Full = 3,

    /// <summary>The rows of the left that match one or more; the right gives no columns.</summary>
    Semi = 4,

    /// <summary>The rows of the left that match none; the right gives no columns.</summary>
    Anti = 5,

    /// <summary>Every row of the left with every row of the right.</summary>
    Cross = 6,
}
