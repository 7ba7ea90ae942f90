namespace Millrace.Tables.Frames;

/// <summary>A table that is to be: where its rows come from and what is done to them. Every verb gives a new frame, and
/// nothing is read until rows are asked for; then the whole becomes one query of DuckDB.</summary>
/// <remarks>Rows have no index. Their order is the source's as long as the verbs keep rows where they are (Select,
/// With, Filter, Concat, …), and <see cref="Sort"/>'s after it; a grouping, a join and a distinct forget it. Names of
/// columns are compared without regard to the case of A to Z. A name that is not there is found when the frame is
/// compiled, and the message names the verb and the nearest column.</remarks>
public sealed partial class Frame
{
    internal Frame(FrameEngine engine, PlanNode plan)
    {
        Engine = engine;
        Plan = plan;
    }

    internal FrameEngine Engine { get; }

    internal PlanNode Plan { get; }

    /// <summary>The same frame with other limits.</summary>
    public Frame WithOptions(FrameOptions options) => new(Engine.With(options), Plan);

    /// <summary>Names and types of the columns. Sources may be opened for it, rows of them are not read, but for
    /// files of text.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c> and other faults of the frame;
    /// <c>sql-failed</c>: types that do not fit.</exception>
    public IReadOnlyList<FrameColumn> Schema() => Plan.KnownColumns ??= Engine.Describe(Compile());

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Columns() => [.. Compile().Outputs.Select(output => output.Name)];

    /// <summary>The frame as DuckDB's SQL.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c> and other faults of the frame.</exception>
    public string ToSql() => Query().Sql;

    /// <summary>What was asked for, as a tree; the last step is the first line.</summary>
    public string Explain() => PlanText.Write(Plan);

    /// <summary>How DuckDB would compute it.</summary>
    /// <param name="analyze">Whether to compute it, and tell times and numbers of rows.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    public Task<string> ExplainQueryAsync(bool analyze = false, CancellationToken cancellationToken = default) =>
        WithSessionAsync(
            (session, sql) => session.Query(
                $"explain {(analyze ? "analyze " : "")}{sql}", [],
                reader => reader.Read() ? reader.GetString(1) : "", cancellationToken),
            Engine.Options.Threads, cancellationToken);

    /// <summary>The tree of <see cref="Explain"/>; it reads no rows. <see cref="ShowAsync"/> prints some.</summary>
    public override string ToString() => Explain();

    /// <summary>Applies a function of your own to the frame, so that it may stand in a chain.</summary>
    public Frame Pipe(Func<Frame, Frame> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return function(this);
    }

    internal SelectBlock Compile() => new FrameCompiler(Engine.Describe).Compile(Plan);

    internal FrameQuery Query(string prefix = "") => FrameQuery.Render(DuckDbDialect.Instance, Compile(), prefix);

    Frame Then(PlanNode node) => new(Engine, node);

    Frame Defer(string label, bool needsTypes, Func<Frame, IReadOnlyList<FrameColumn>, Frame> expand) =>
        Then(new DeferredNode(
            Plan, label, needsTypes, (input, columns) => expand(new Frame(Engine, input), columns).Plan));
}
