namespace Millrace.Tables.Profiles;

/// <summary>What a pass over all rows is to tell of a column.</summary>
/// <param name="Column">The column.</param>
/// <param name="CountsDistinct">Whether the distinct values are to be estimated.</param>
/// <param name="Middle">A number in the middle of the column's, from which distances are taken.</param>
/// <param name="Known">What is written down about the column.</param>
sealed record PassRequest(ProfiledColumn Column, bool CountsDistinct, double Middle, ColumnProfile Known)
{
    // Writers cut the bounds of texts, at 32 characters and more.
    const int LeastCut = 32;

    /// <summary>Whether the least and greatest value are known without asking the rows.</summary>
    public bool AreBoundsKnown { get; private init; } = Known is { Min: { } min, Max: { } max } && Column.Kind switch
    {
        ColumnKind.Number => true,
        ColumnKind.Text => Column.SqlType == "VARCHAR" && min.Length < LeastCut && max.Length < LeastCut,
        _ => false,
    };

    /// <summary>The same, with the bounds to be asked.</summary>
    public PassRequest WithoutBounds() => this with { AreBoundsKnown = false };
}
