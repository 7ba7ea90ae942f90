using System.Globalization;
using System.Text;

namespace Millrace.Tables.Frames;

/// <summary>Selects.</summary>
abstract partial class SqlDialect
{
    const string OwnAlias = "t";
    const int MaxLine = 100;

    /// <summary>A select, on several lines.</summary>
    /// <param name="block">What is asked.</param>
    /// <param name="source">How a source is named or written.</param>
    /// <param name="margin">Before each line but the first. Lines are not moved once they are written: there may be
    /// line ends in values and names.</param>
    public virtual string Select(SelectBlock block, Func<FrameSource, string> source, string margin = "")
    {
        var alias = NeedsAlias(block) ? OwnAlias : null;
        var line = "\n" + margin;
        var sql = new StringBuilder("select ");
        if (block.DistinctOn is { } keys)
            sql.Append(DistinctOn(List(keys, alias)));
        else if (block.IsDistinct)
            sql.Append("distinct ");
        sql.Append(Outputs(block, alias, line)).Append(line).Append("from ").Append(From(block.From, source, margin));
        if (alias is not null)
            sql.Append(" as ").Append(alias);
        if (block.Where.Count > 0)
            sql.Append(line).Append("where ").Append(Conjunction(block.Where, alias, line));
        if (block.Groups is { Count: > 0 } groups)
            sql.Append(line).Append("group by ").Append(List(groups, alias));
        if (block.Qualify.Count > 0)
            sql.Append(line).Append("qualify ").Append(Conjunction(block.Qualify, alias, line));
        if (block.Order.Count > 0)
            sql.Append(line).Append("order by ")
                .Append(string.Join(", ", block.Order.Select(key => OrderKey(block, key, alias))));
        if (FirstOf(block, alias) is { Length: > 0 } first)
            sql.Append(line).Append(first);
        if (block.IsCut)
            sql.Append(line).Append(Limit(block.Limit, block.Offset));
        return sql.ToString();
    }

    /// <summary>What stands behind <c>select</c> to keep the first row of each key; empty when it stands elsewhere.
    /// </summary>
    protected abstract string DistinctOn(string keys);

    /// <summary>What stands behind the order to keep the first row of each key; empty when it stands elsewhere.
    /// </summary>
    protected virtual string FirstOf(SelectBlock block, string? alias) => "";

    /// <summary>One output with its name.</summary>
    protected virtual string Output(Output output, string? alias)
    {
        var value = Render(output.Value, alias);
        return output.Value is ColumnNode column && column.Name == output.Name
            ? value : $"{value} as {Name(output.Name)}";
    }

    /// <summary>Whether columns that are all taken may be written as a star.</summary>
    protected virtual bool HasStar => true;

    /// <summary>Several selects as one.</summary>
    /// <param name="set">The selects.</param>
    /// <param name="blocks">Each as SQL.</param>
    /// <param name="line">A line end with its margin.</param>
    protected virtual string Set(SetRelation set, IReadOnlyList<string> blocks, string line) =>
        $"({line}  {string.Join($"{line}  {set.Operation}{line}  ", blocks)}{line})";

    protected virtual string Limit(long? count, long offset) => string.Join(' ', ((string?[])
    [
        count is { } limit ? string.Create(CultureInfo.InvariantCulture, $"limit {limit}") : null,
        offset > 0 ? string.Create(CultureInfo.InvariantCulture, $"offset {offset}") : null,
    ]).OfType<string>());

    protected abstract string Sample(string relation, long? count, double share, int seed);

    protected virtual string JoinWord(JoinKind kind, bool isAsOf) => kind switch
    {
        JoinKind.Left => isAsOf ? "asof left join" : "left join",
        JoinKind.Right => "right join",
        JoinKind.Full => "full join",
        JoinKind.Semi => "semi join",
        JoinKind.Anti => "anti join",
        JoinKind.Cross => "cross join",
        _ => isAsOf ? "asof join" : "join",
    };

    /// <summary>Whether an output's name is also another column's that the select reads: then the columns name their
    /// relation, so that none is taken for the output.</summary>
    static bool NeedsAlias(SelectBlock block)
    {
        if (block.From is JoinRelation)
            return false;
        var computed = block.Outputs.Where(output => !SelectBlock.IsColumn(output, output.Name))
            .Select(output => output.Name).ToHashSet(ColumnName.Comparer);
        return computed.Count > 0 && block.From.Columns.Any(computed.Contains);
    }

    string Outputs(SelectBlock block, string? alias, string line)
    {
        var columns = block.From.Columns;
        var outputs = block.Outputs;
        var same = HasStar && columns.Count > 0 && outputs.Count >= columns.Count
            && outputs.Zip(columns).All(pair => SelectBlock.IsColumn(pair.First, pair.Second)) ? columns.Count : 0;
        var parts = outputs.Skip(same).Select(output => Output(output, alias));
        var all = same > 0 ? parts.Prepend("*").ToList() : parts.ToList();
        var text = string.Join(", ", all);
        return text.Length <= MaxLine ? text : $"{line}  " + string.Join($",{line}  ", all);
    }

    protected string Conjunction(IReadOnlyList<ExprNode> conditions, string? alias, string line) =>
        string.Join($"{line}  and ", conditions.Select(condition => Child(condition, AndLevel, alias)));

    string OrderKey(SelectBlock block, OrderNode key, string? alias)
    {
        var value = Render(key.Value, alias);
        // A computed column that is shown is named, not computed again.
        var shown = key.Value is ColumnNode ? null : block.Outputs.FirstOrDefault(
            output => output.Value is not ColumnNode && Render(output.Value, alias) == value);
        return OrderKey(key, shown is null ? value : Name(shown.Name));
    }

    protected virtual string From(Relation relation, Func<FrameSource, string> source, string margin)
    {
        var line = "\n" + margin;
        switch (relation)
        {
            case SourceRelation found:
                return source(found.Source);
            case BlockRelation nested:
                return $"({line}  {Select(nested.Block, source, margin + "  ")}{line})";
            case SampledRelation sampled:
                return Sample(From(sampled.Input, source, margin), sampled.Count, sampled.Share, sampled.Seed);
            case SetRelation set:
                var blocks = set.Blocks.Select(
                    block => $"({line}    {Select(block, source, margin + "    ")}{line}  )");
                return Set(set, [.. blocks], line);
            case JoinRelation join:
                var on = join.On.Count == 0 ? "" : $"{line}  on {Conjunction(join.On, null, line)}";
                return $"{From(join.Left, source, margin)} as {JoinSide.Left}{line}"
                    + $"{JoinWord(join.Kind, join.IsAsOf)} {From(join.Right, source, margin)} as {JoinSide.Right}{on}";
            default:
                throw new System.Diagnostics.UnreachableException($"{relation.GetType().Name} has no SQL.");
        }
    }
}
