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

/// <remarks><c>KeepsInput</c>: Whether the input's columns stay, unless an output has their name.</remarks>
sealed record ProjectNode(PlanNode Input, string Verb, IReadOnlyList<Output> Outputs, bool KeepsInput)
    : PlanNode([Input]);

sealed record FilterNode(PlanNode Input, ExprNode Condition) : PlanNode([Input]);

sealed record GroupNode(PlanNode Input, IReadOnlyList<Output> Keys, IReadOnlyList<Output> Aggregates)
    : PlanNode([Input]);

sealed record SortNode(PlanNode Input, IReadOnlyList<OrderNode> Keys) : PlanNode([Input]);

/// <remarks><c>Count</c>: Null is all.</remarks>
sealed record LimitNode(PlanNode Input, long? Count, long Offset) : PlanNode([Input]);

sealed record TailNode(PlanNode Input, long Count) : PlanNode([Input]);

/// <remarks><c>Keys</c>: Null is all columns.
/// <c>Order</c>: Which row of several stays: the first.</remarks>
sealed record DistinctNode(PlanNode Input, IReadOnlyList<string>? Keys, IReadOnlyList<OrderNode> Order)
    : PlanNode([Input]);

/// <remarks><c>Count</c>: How many rows, or null for a share.
/// <c>Share</c>: 0 to 1.</remarks>
sealed record SampleNode(PlanNode Input, long? Count, double Share, int Seed) : PlanNode([Input]);

/// <remarks><c>Keys</c>: Pairs that must be equal.
/// <c>Condition</c>: What else must be true, over the sides <c>l</c> and <c>r</c>.
/// <c>AsOf</c>: For an as-of join: the pair that is compared last, and how.
/// <c>Suffix</c>: Behind names of the right that the left has too.</remarks>
sealed record JoinNode(
    PlanNode Left, PlanNode Right, JoinKind Kind, IReadOnlyList<(string Left, string Right)> Keys,
    ExprNode? Condition, AsOfKey? AsOf, string Suffix) : PlanNode(Left, Right);

/// <remarks><c>Symbol</c>: <c>&gt;=</c>, <c>&gt;</c>, <c>&lt;=</c> or <c>&lt;</c>, the left key on its left.
/// <c>Tolerance</c>: How far apart the keys may be; null for any.</remarks>
sealed record AsOfKey(string Left, string Right, string Symbol, ExprNode? Tolerance);

/// <remarks><c>Operation</c>: <c>union all</c>, <c>union</c>, <c>intersect</c>, …
/// <c>FillsMissing</c>: Whether a column that one input lacks is null there.</remarks>
sealed record SetNode(IReadOnlyList<PlanNode> Frames, string Operation, bool FillsMissing) : PlanNode(Frames);

/// <summary>A step that can be said only when the input's columns are known.</summary>
/// <remarks><c>NeedsTypes</c>: Whether names are not enough.</remarks>
sealed record DeferredNode(
    PlanNode Input, string Label, bool NeedsTypes, Func<PlanNode, IReadOnlyList<FrameColumn>, PlanNode> Expand)
    : PlanNode([Input]);
