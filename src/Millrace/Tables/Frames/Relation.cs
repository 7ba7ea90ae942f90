namespace Millrace.Tables.Frames;

/// <summary>What a select reads from. The family is closed.</summary>
abstract record Relation
{
    /// <summary>The names of its columns; for a join none, since its outputs name their side.</summary>
    public abstract IReadOnlyList<string> Columns { get; }
}

sealed record SourceRelation(FrameSource Source, IReadOnlyList<string> Names) : Relation
{
    public override IReadOnlyList<string> Columns => Names;
}

sealed record BlockRelation(SelectBlock Block) : Relation
{
    public override IReadOnlyList<string> Columns => [.. Block.Outputs.Select(output => output.Name)];
}

/// <remarks><c>Count</c>: How many rows, or null for a share.</remarks>
sealed record SampledRelation(Relation Input, long? Count, double Share, int Seed) : Relation
{
    public override IReadOnlyList<string> Columns => Input.Columns;
}

sealed record JoinRelation(Relation Left, Relation Right, JoinKind Kind, bool IsAsOf, IReadOnlyList<ExprNode> On)
    : Relation
{
    public override IReadOnlyList<string> Columns => [];
}

sealed record SetRelation(IReadOnlyList<SelectBlock> Blocks, string Operation) : Relation
{
    public override IReadOnlyList<string> Columns => [.. Blocks[0].Outputs.Select(output => output.Name)];
}
