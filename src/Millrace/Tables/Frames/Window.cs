namespace Millrace.Tables.Frames;

/// <summary>The rows that an expression sees around each row: those with the same keys, in an order.</summary>
/// <remarks>With an order and no rows said, an aggregate runs from the start of the partition to the row and its peers,
/// as in SQL; <see cref="Rows"/> says otherwise.</remarks>
public sealed class Window
{
    Window(IReadOnlyList<Expr> partition, IReadOnlyList<SortKey> order, RowFrame? frame)
    {
        Partition = partition;
        Order = order;
        Frame = frame;
    }

    /// <summary>All rows of the frame.</summary>
    public static Window All { get; } = new([], [], null);

    internal IReadOnlyList<Expr> Partition { get; }

    internal IReadOnlyList<SortKey> Order { get; }

    internal RowFrame? Frame { get; }

    /// <summary>The rows that have the same values in these columns; nulls are the same value.</summary>
    public static Window PartitionBy(params IReadOnlyList<ColumnChoice> keys) =>
        new([.. keys.Select(key => key.Value)], [], null);

    /// <summary>All rows, in an order.</summary>
    public static Window Ordered(params IReadOnlyList<SortKey> keys) => new([], keys, null);

    /// <summary>The same rows in an order.</summary>
    public Window OrderBy(params IReadOnlyList<SortKey> keys) => new(Partition, keys, Frame);

    /// <summary>Only some rows around each: <c>Rows(-2, 0)</c> is the row and the two before it.</summary>
    /// <param name="from">Null is the start of the partition.</param>
    /// <param name="to">Null is the end of the partition.</param>
    public Window Rows(long? from, long? to) => from > to
        ? throw new ArgumentException($"The window begins at row {from} and ends at {to}.", nameof(from))
        : new Window(Partition, Order, new RowFrame(from, to));
}
