namespace Millrace.Tables.Frames;

/// <summary>A step of a frame, as it was asked for. The family is closed; <see cref="FrameCompiler"/> makes SQL of it,
/// <see cref="PlanText"/> a tree to read.</summary>
abstract record PlanNode
{
    const int MaxDepth = 1000;

    protected PlanNode(params IReadOnlyList<PlanNode> inputs)
    {
        Inputs = inputs;
        Depth = inputs.Count == 0 ? 1 : inputs.Max(input => input.Depth) + 1;
        if (Depth > MaxDepth)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "frame-too-deep", $"A frame has more than {MaxDepth} steps behind one another.",
                "Keep a result in between with CacheAsync, and put columns that belong together into one With.");
        }
    }

    public IReadOnlyList<PlanNode> Inputs { get; }

    public int Depth { get; }

    /// <summary>Names and types once somebody has asked for them.</summary>
    public IReadOnlyList<FrameColumn>? KnownColumns { get; set; }
}

sealed record SourceNode(FrameSource Source) : PlanNode;

/// <param name="KeepsInput">Whether the input's columns stay, unless an output has their name.</param>
sealed record ProjectNode(PlanNode Input, string Verb, IReadOnlyList<Output> Outputs, bool KeepsInput)
    : PlanNode([Input]);

sealed record FilterNode(PlanNode Input, ExprNode Condition) : PlanNode([Input]);

sealed record GroupNode(PlanNode Input, IReadOnlyList<Output> Keys, IReadOnlyList<Output> Aggregates)
    : PlanNode([Input]);

sealed record SortNode(PlanNode Input, IReadOnlyList<OrderNode> Keys) : PlanNode([Input]);

/// <param name="Count">Null is all.</param>
sealed record LimitNode(PlanNode Input, long? Count, long Offset) : PlanNode([Input]);

sealed record TailNode(PlanNode Input, long Count) : PlanNode([Input]);

/// <param name="Keys">Null is all columns.</param>
/// <param name="Order">Which row of several stays: the first.</param>
sealed record DistinctNode(PlanNode Input, IReadOnlyList<string>? Keys, IReadOnlyList<OrderNode> Order)
    : PlanNode([Input]);

/// <param name="Count">How many rows, or null for a share.</param>
/// <param name="Share">0 to 1.</param>
sealed record SampleNode(PlanNode Input, long? Count, double Share, int Seed) : PlanNode([Input]);

/// <param name="Keys">Pairs that must be equal.</param>
/// <param name="Condition">What else must be true, over the sides <c>l</c> and <c>r</c>.</param>
/// <param name="AsOf">For an as-of join: the pair that is compared last, and how.</param>
/// <param name="Suffix">Behind names of the right that the left has too.</param>
sealed record JoinNode(
    PlanNode Left, PlanNode Right, JoinKind Kind, IReadOnlyList<(string Left, string Right)> Keys,
    ExprNode? Condition, AsOfKey? AsOf, string Suffix) : PlanNode(Left, Right);

/// <param name="Symbol"><c>&gt;=</c>, <c>&gt;</c>, <c>&lt;=</c> or <c>&lt;</c>, the left key on its left.</param>
/// <param name="Tolerance">How far apart the keys may be; null for any.</param>
sealed record AsOfKey(string Left, string Right, string Symbol, ExprNode? Tolerance);

/// <param name="Operation"><c>union all</c>, <c>union</c>, <c>intersect</c>, …</param>
/// <param name="FillsMissing">Whether a column that one input lacks is null there.</param>
sealed record SetNode(IReadOnlyList<PlanNode> Frames, string Operation, bool FillsMissing) : PlanNode(Frames);

/// <summary>A step that can be said only when the input's columns are known.</summary>
/// <param name="NeedsTypes">Whether names are not enough.</param>
sealed record DeferredNode(
    PlanNode Input, string Label, bool NeedsTypes, Func<PlanNode, IReadOnlyList<FrameColumn>, PlanNode> Expand)
    : PlanNode([Input]);
