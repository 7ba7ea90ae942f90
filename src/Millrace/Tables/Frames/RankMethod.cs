namespace Millrace.Tables.Frames;

/// <summary>What equal values get as their place.</summary>
public enum RankMethod
{
    /// <summary>The mean of their places, as in pandas.</summary>
    Average = 0,

    /// <summary>The least of their places.</summary>
    Min = 1,

    /// <summary>The greatest of their places.</summary>
    Max = 2,

    /// <summary>The least, and the next value comes right after it.</summary>
    Dense = 3,

    /// <summary>Different places, in no order that can be told beforehand.</summary>
    Ordinal = 4,
}
