namespace Millrace.Tables.Frames;

/// <summary>Verbs over several frames.</summary>
public sealed partial class Frame
{
    const string DefaultSuffix = "_right";

    /// <summary>Joins by columns that both frames have. Null matches nothing, also not null. The columns that are
    /// joined by come once; others that both have get a suffix on the right.</summary>
    /// <param name="right">The other frame.</param>
    /// <param name="on">The columns.</param>
    /// <param name="kind">Which rows come.</param>
    /// <param name="suffix">Behind the names of the right that the left has too.</param>
    public Frame Join(
        Frame right, IReadOnlyList<string> on, JoinKind kind = JoinKind.Inner, string suffix = DefaultSuffix) =>
        Join(right, [.. on.Select(name => (name, name))], kind, suffix);

    /// <inheritdoc cref="Join(Frame, IReadOnlyList{string}, JoinKind, string)"/>
    public Frame Join(Frame right, string on, JoinKind kind = JoinKind.Inner, string suffix = DefaultSuffix) =>
        Join(right, [(on, on)], kind, suffix);

    /// <summary>Joins by columns of different names.</summary>
    /// <param name="right">The other frame.</param>
    /// <param name="on">Pairs of a column of this frame and one of the other.</param>
    /// <param name="kind">Which rows come.</param>
    /// <param name="suffix">Behind the names of the right that the left has too.</param>
    public Frame Join(
        Frame right, IReadOnlyList<(string Left, string Right)> on, JoinKind kind = JoinKind.Inner,
        string suffix = DefaultSuffix)
    {
        ArgumentNullException.ThrowIfNull(right);
        if (on.Count == 0)
            throw new ArgumentException("A join needs at least one pair; JoinCross needs none.", nameof(on));
        if (kind == JoinKind.Cross)
            throw new ArgumentException("A cross join has no keys: use JoinCross.", nameof(kind));
        return Then(new JoinNode(Plan, right.Plan, kind, on, null, null, suffix));
    }

    /// <summary>Joins by any condition: <c>(l, r) =&gt; l["at"] &gt;= r["from"] &amp; l["at"] &lt; r["to"]</c>.
    /// </summary>
    public Frame Join(
        Frame right, Func<JoinSide, JoinSide, Expr> on, JoinKind kind = JoinKind.Inner, string suffix = DefaultSuffix)
    {
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(on);
        var condition = on(new JoinSide(JoinSide.Left), new JoinSide(JoinSide.Right));
        return Then(new JoinNode(Plan, right.Plan, kind, [], condition.Node, null, suffix));
    }

    /// <summary>Every row with every row of another frame.</summary>
    public Frame JoinCross(Frame right, string suffix = DefaultSuffix)
    {
        ArgumentNullException.ThrowIfNull(right);
        return Then(new JoinNode(Plan, right.Plan, JoinKind.Cross, [], null, null, suffix));
    }

    /// <summary>Joins each row with the nearest one before it of another frame, or after it.</summary>
    /// <param name="right">The other frame; of several rows as near, one is taken.</param>
    /// <param name="on">A time or number that both have.</param>
    /// <param name="by">Columns that must be equal.</param>
    /// <param name="options">Which is near, and what comes of rows without one.</param>
    public Frame JoinAsOf(Frame right, string on, IReadOnlyList<string>? by = null, AsOfOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(right);
        options ??= new AsOfOptions();
        var symbol = (options.IsForward ? "<" : ">") + (options.AllowsExact ? "=" : "");
        return Then(new JoinNode(
            Plan, right.Plan, options.KeepsAll ? JoinKind.Left : JoinKind.Inner,
            [.. (by ?? []).Select(name => (name, name))], null,
            new AsOfKey(on, on, symbol, options.Tolerance?.Node), options.Suffix));
    }

    /// <summary>The rows of this frame, then those of others. Columns are matched by their names and must be the same;
    /// types become one that holds all.</summary>
    public Frame Concat(params IReadOnlyList<Frame> others) => Set("union all", others, fillsMissing: false);

    /// <summary>As <see cref="Concat"/>, with null for a column that one of the frames does not have.</summary>
    public Frame ConcatFilled(params IReadOnlyList<Frame> others) => Set("union all", others, fillsMissing: true);

    /// <summary>The rows of this frame and of others, each once.</summary>
    public Frame Union(params IReadOnlyList<Frame> others) => Set("union", others, fillsMissing: false);

    /// <summary>The rows that are in this frame and in another, each once; with <paramref name="all"/> as often as in
    /// both.</summary>
    public Frame Intersect(Frame other, bool all = false) =>
        Set(all ? "intersect all" : "intersect", [other], fillsMissing: false);

    /// <summary>The rows that are not in another frame, each once; with <paramref name="all"/> as often as there are
    /// more of them here.</summary>
    public Frame Except(Frame other, bool all = false) =>
        Set(all ? "except all" : "except", [other], fillsMissing: false);

    Frame Set(string operation, IReadOnlyList<Frame> others, bool fillsMissing) => others.Count == 0
        ? this
        : Then(new SetNode([Plan, .. others.Select(other => other.Plan)], operation, fillsMissing));
}
