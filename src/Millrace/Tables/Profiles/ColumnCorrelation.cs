namespace Millrace.Tables.Profiles;

/// <summary>How strongly two columns depend on each other.</summary>
/// <param name="Left">The one that comes first in the table.</param>
/// <param name="Right">The other.</param>
/// <param name="Kind">How it was measured.</param>
/// <param name="Value">From -1 to 1 for <see cref="CorrelationKind.Pearson"/>, from 0 to 1 for the others.</param>
public sealed record ColumnCorrelation(string Left, string Right, CorrelationKind Kind, double Value);

/// <summary>Ways to measure how strongly two columns depend on each other.</summary>
public enum CorrelationKind
{
    /// <summary>Of two columns of numbers.</summary>
    Pearson = 0,

    /// <summary>Of two columns of categories, with Bergsma's correction.</summary>
    CramerV = 1,

    /// <summary>Of categories and numbers: the share of the spread that the categories explain, as its root.</summary>
    CorrelationRatio = 2,
}
