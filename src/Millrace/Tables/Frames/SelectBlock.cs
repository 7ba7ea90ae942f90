namespace Millrace.Tables.Frames;

/// <summary>One select of SQL. Its expressions are over the columns of <see cref="From"/>; only the outputs' names are
/// seen from outside.</summary>
sealed record SelectBlock(Relation From, IReadOnlyList<Output> Outputs)
{
    public IReadOnlyList<ExprNode> Where { get; init; } = [];

    /// <summary>Null when it is not grouped; empty is one group of all rows.</summary>
    public IReadOnlyList<ExprNode>? Groups { get; init; }

    public IReadOnlyList<ExprNode> Qualify { get; init; } = [];

    public bool IsDistinct { get; init; }

    public IReadOnlyList<ExprNode>? DistinctOn { get; init; }

    public IReadOnlyList<OrderNode> Order { get; init; } = [];

    public long? Limit { get; init; }

    public long Offset { get; init; }

    public bool IsGrouped => Groups is not null;

    public bool IsCut => Limit is not null || Offset > 0;

    public bool IsAnyDistinct => IsDistinct || DistinctOn is not null;

    /// <summary>Whether a row of it depends on other rows of the relation than its own.</summary>
    public bool HasWindows => Qualify.Count > 0 || Outputs.Any(output => ExprShape.Has<WindowNode>(output.Value))
        || Order.Any(key => ExprShape.Has<WindowNode>(key.Value));

    public bool HasUnnest => Outputs.Any(output => ExprShape.Has<UnnestNode>(output.Value));

    /// <summary>Whether it gives the columns of the relation as they are, whatever it does to the rows.</summary>
    public bool HasSameColumns => From is not JoinRelation && Outputs.Count == From.Columns.Count
        && Outputs.Zip(From.Columns).All(pair => IsColumn(pair.First, pair.Second));

    /// <summary>Whether it gives the rows and columns of the relation as they are.</summary>
    public bool IsScan => HasSameColumns && Where.Count == 0 && !IsGrouped && Qualify.Count == 0 && !IsAnyDistinct
        && Order.Count == 0 && !IsCut;

    public static bool IsColumn(Output output, string name) =>
        output.Value is ColumnNode { Side: null } column && column.Name == name && output.Name == name;

    public Output? Find(string name) =>
        Outputs.FirstOrDefault(output => ColumnName.Comparer.Equals(output.Name, name));
}
