namespace Millrace.Tables.Frames;

/// <summary>Verbs that choose and order rows.</summary>
public sealed partial class Frame
{
    /// <summary>The rows for which a condition is true; those for which it is null are left out.</summary>
    public Frame Filter(Expr condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Then(new FilterNode(Plan, condition.Node));
    }

    /// <summary>The rows in an order, nulls last. Rows with the same keys come in no order that can be told beforehand.
    /// </summary>
    public Frame Sort(params IReadOnlyList<SortKey> keys) => keys.Count == 0
        ? throw new ArgumentException("An order needs at least one key.", nameof(keys))
        : Then(new SortNode(Plan, [.. keys.Select(key => key.ToNode())]));

    /// <summary>The first rows.</summary>
    public Frame Head(long count = 5) => Slice(0, count);

    /// <summary>The last rows, in their order.</summary>
    public Frame Tail(long count = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Then(new TailNode(Plan, count));
    }

    /// <summary>Some rows from the middle.</summary>
    /// <param name="offset">Rows before them.</param>
    /// <param name="count">How many; null is all.</param>
    public Frame Slice(long offset, long? count = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count ?? 0, nameof(count));
        return Then(new LimitNode(Plan, count, offset));
    }

    /// <summary>Rows drawn by chance, or all when there are fewer.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">On one thread the same seed draws the same rows of the same source.</param>
    public Frame Sample(long count, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        return Then(new SampleNode(Plan, count, 0, seed));
    }

    /// <summary>About a share of the rows, drawn by chance.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <param name="seed">On one thread the same seed draws the same rows of the same source.</param>
    public Frame SampleShare(double share, int seed = 0)
    {
        CheckShare(share);
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        return Then(new SampleNode(Plan, null, share, seed));
    }

    /// <summary>About a share of the rows, chosen by a hash of some columns: a row that is chosen today is chosen
    /// tomorrow, whatever rows come or go, and all rows with the same values are chosen together.</summary>
    /// <param name="share">From 0 to 1. A larger share holds the rows of a smaller one.</param>
    /// <param name="keys">What tells rows apart, such as an id.</param>
    /// <param name="salt">Another salt chooses other rows.</param>
    public Frame SampleStable(double share, IReadOnlyList<string> keys, string salt = "")
    {
        const double Buckets = 18_446_744_073_709_551_616.0;
        CheckShare(share);
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0)
            throw new ArgumentException("A stable sample needs a key.", nameof(keys));
        // Each value has its length before it, so that ('a', 'bc') is not ('ab', 'c'); null has none.
        Expr text = salt;
        foreach (var key in keys)
        {
            var value = Expressions.Col(key).Cast("varchar");
            text = text.Concat(Expressions.Coalesce(
                value.Str.Length().Cast("varchar").Concat(":").Concat(value), "-"));
        }

        return Filter(Expr.Call("md5_number_lower", text).Cast("double") < share * Buckets);
    }

    /// <summary>Each row once; nulls are equal here.</summary>
    public Frame Distinct() => Then(new DistinctNode(Plan, null, []));

    /// <summary>One row for each value of some columns: the first in the frame's order, after <see cref="Sort"/>.
    /// </summary>
    public Frame DropDuplicates(params IReadOnlyList<string> keys) => DropDuplicates(keys, []);

    /// <summary>One row for each value of some columns: the first in an order.</summary>
    public Frame DropDuplicates(IReadOnlyList<string> keys, IReadOnlyList<SortKey> order) => keys.Count == 0
        ? Distinct()
        : Then(new DistinctNode(Plan, keys, [.. order.Select(key => key.ToNode())]));

    /// <summary>The rows that have no null in some columns; in any column when none is named.</summary>
    public Frame DropNull(params IReadOnlyList<string> columns) => columns.Count > 0
        ? Filter(Expressions.All([.. columns.Select(name => Expressions.Col(name).IsNotNull())]))
        : Defer("DropNull", false, (input, there) => input.DropNull([.. there.Select(column => column.Name)]));

    /// <summary>A row for each element of a list; a list that is null or empty gives one row with null. Several lists
    /// go side by side, the shorter filled with nulls.</summary>
    public Frame Explode(params IReadOnlyList<string> columns) => Then(new ProjectNode(
        Plan, "Explode",
        [.. columns.Select(name =>
        {
            var list = Expressions.Col(name);
            var filled = Expressions.When(list.List.Length() > 0).Then(list)
                .Otherwise(Expressions.ListOf(Expressions.Null));
            return new Output(name, new UnnestNode(filled.Node));
        })],
        true));

    static void CheckShare(double share)
    {
        if (share is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share is a number from 0 to 1.");
    }
}
