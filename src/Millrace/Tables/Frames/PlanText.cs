using System.Text;

namespace Millrace.Tables.Frames;

/// <summary>The steps of a frame as an indented tree, the last step first.</summary>
static class PlanText
{
    const int MaxLine = 140;

    public static string Write(PlanNode node)
    {
        var text = new StringBuilder();
        Write(text, node, "", "");
        return text.ToString();
    }

    static void Write(StringBuilder text, PlanNode node, string first, string rest)
    {
        var line = Line(node).Replace("\n", " ", StringComparison.Ordinal);
        text.Append(first).Append(line.Length > MaxLine ? line[..MaxLine] + "…" : line).Append('\n');
        for (var i = 0; i < node.Inputs.Count; i++)
        {
            var isLast = i == node.Inputs.Count - 1;
            Write(text, node.Inputs[i], rest + (isLast ? "└ " : "├ "), rest + (isLast ? "  " : "│ "));
        }
    }

    static string Line(PlanNode node) => node switch
    {
        SourceNode source => source.Source.Label,
        ProjectNode project => $"{project.Verb} {Outputs(project.Outputs)}",
        FilterNode filter => $"Filter {Text(filter.Condition)}",
        GroupNode { Keys.Count: 0 } group => $"Agg {Outputs(group.Aggregates)}",
        GroupNode group => $"GroupBy {Outputs(group.Keys)}: {Outputs(group.Aggregates)}",
        SortNode sort => $"Sort {Keys(sort.Keys)}",
        LimitNode { Offset: 0 } limit => $"Head {limit.Count}",
        LimitNode limit => $"Slice from {limit.Offset}{(limit.Count is { } count ? $", {count} rows" : "")}",
        TailNode tail => $"Tail {tail.Count}",
        DistinctNode { Keys: null } => "Distinct",
        DistinctNode distinct => $"DropDuplicates of {string.Join(", ", distinct.Keys)}"
            + (distinct.Order.Count > 0 ? $", the first by {Keys(distinct.Order)}" : ""),
        SampleNode sample => $"Sample {(sample.Count is { } rows ? $"{rows} rows" : $"{sample.Share:P2}")}",
        JoinNode join => Join(join),
        SetNode set => set.Operation,
        DeferredNode deferred => deferred.Label,
        _ => node.GetType().Name,
    };

    static string Join(JoinNode join)
    {
        var on = join.Keys.Select(key => key.Left == key.Right ? key.Left : $"{key.Left} = {key.Right}").ToList();
        if (join.Condition is not null)
            on.Add(Text(join.Condition));
        if (join.AsOf is { } asOf)
            on.Add($"{asOf.Left} {asOf.Symbol} {asOf.Right}");
        return $"{join.Kind}{(join.AsOf is null ? "" : " as-of")} join"
            + (on.Count == 0 ? "" : $" on {string.Join(" and ", on)}");
    }

    static string Keys(IReadOnlyList<OrderNode> keys) => string.Join(", ", keys.Select(
        key => Text(key.Value) + (key.IsDescending ? " desc" : "") + (key.IsNullsFirst ? " nulls first" : "")));

    static string Outputs(IReadOnlyList<Output> outputs) => string.Join(", ", outputs.Select(
        output => output.Value is ColumnNode column && column.Name == output.Name
            ? SqlName.Quote(output.Name) : $"{SqlName.Quote(output.Name)} = {Text(output.Value)}"));

    static string Text(ExprNode node) => DuckDbDialect.Instance.Text(node);
}
