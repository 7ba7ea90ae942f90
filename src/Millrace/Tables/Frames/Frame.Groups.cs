namespace Millrace.Tables.Frames;

/// <summary>Verbs that make few rows of many.</summary>
public sealed partial class Frame
{
    const int MaxValues = 1000;

    /// <summary>Groups of the same values; <c>Agg</c> says what becomes of them.</summary>
    public GroupedFrame GroupBy(params IReadOnlyList<ColumnChoice> keys) => keys.Count == 0
        ? throw new ArgumentException("A group needs at least one key; Agg aggregates all rows.", nameof(keys))
        : new GroupedFrame(this, keys);

    /// <summary>Groups of the same interval of time, whose start becomes the column's value.</summary>
    /// <param name="time">The column.</param>
    /// <param name="every">How long an interval is; they are counted from 1970-01-01 00:00.</param>
    /// <param name="keys">Further keys.</param>
    public GroupedFrame Resample(string time, TimeSpan every, params IReadOnlyList<ColumnChoice> keys) =>
        new(this, [.. keys, (time, Expressions.Col(time).Dt.Floor(every))]);

    /// <summary>Groups of the same unit of the calendar, whose start becomes the column's value.</summary>
    /// <param name="time">The column.</param>
    /// <param name="every">The unit.</param>
    /// <param name="keys">Further keys.</param>
    public GroupedFrame Resample(string time, TimeUnit every, params IReadOnlyList<ColumnChoice> keys) =>
        new(this, [.. keys, (time, Expressions.Col(time).Dt.Truncate(every))]);

    /// <summary>One row with aggregates of all rows.</summary>
    public Frame Agg(params IReadOnlyList<ColumnChoice> aggregates) => Then(new GroupNode(
        Plan, [], [.. aggregates.Select(aggregate => aggregate.ToOutput("Agg"))]));

    /// <summary>How often each value occurs, the most frequent first, with its <c>count</c> and <c>share</c>.
    /// </summary>
    public Frame ValueCounts(params IReadOnlyList<string> columns)
    {
        var counted = GroupBy([.. columns.Select(name => (ColumnChoice)name)]).Count();
        var count = Expressions.Col("count");
        return counted.With("share", count.Cast("double") / count.Sum().Over(Window.All))
            .Sort([count.Descending(), .. columns.Select(name => (SortKey)name)]);
    }

    /// <summary>How many different values each column has, null not counted.</summary>
    public Frame CountDistinct() => Defer("CountDistinct", false, (input, there) => input.Agg(
        [.. there.Select(column => (ColumnChoice)(column.Name, Expressions.Col(column.Name).CountDistinct()))]));

    /// <summary>Quantiles of a column: a row for each share, in the columns <c>share</c> and <c>value</c>.</summary>
    public Frame Quantiles(string column, params IReadOnlyList<double> shares)
    {
        var rows = Expressions.ListOf([.. shares.Select(share => Expressions.StructOf(
            ("share", share), ("value", Expressions.Col(column).Quantile(share).Cast("double"))))]);
        return Unpack(rows, "share", "value");
    }

    /// <summary>A row for each column: how many values and nulls it has, and of numbers mean, deviation, least,
    /// quartiles and greatest; of other columns least and greatest as texts. One pass over the rows.</summary>
    public Frame Describe() => Defer("Describe", true, (input, there) =>
    {
        var rows = there.Select(column =>
        {
            var value = Expressions.Col(column.Name);
            Expr Number(Expr aggregate) =>
                column.IsNumber ? aggregate.Cast("double") : Expressions.Null.Cast("double");
            return Expressions.StructOf(
                ("column", column.Name), ("type", column.SqlType), ("count", value.Count()),
                ("nulls", Expressions.Count() - value.Count()), ("mean", Number(value.Mean())),
                ("std", Number(value.Cast("double").Std())), ("min", value.Min().Cast("varchar")),
                ("q25", Number(value.Cast("double").Quantile(0.25))),
                ("median", Number(value.Cast("double").Quantile(0.5))),
                ("q75", Number(value.Cast("double").Quantile(0.75))), ("max", value.Max().Cast("varchar")));
        });
        return input.Unpack(
            Expressions.ListOf([.. rows]),
            "column", "type", "count", "nulls", "mean", "std", "min", "q25", "median", "q75", "max");
    });

    /// <summary>Pearson's correlation of each number with each, a row for each in the column <c>column</c>.</summary>
    public Frame Corr(params IReadOnlyList<string> columns) => Matrix("Corr", columns, (a, b) => a.Corr(b));

    /// <summary>The covariance of each number with each, a row for each in the column <c>column</c>.</summary>
    public Frame Cov(params IReadOnlyList<string> columns) => Matrix("Cov", columns, (a, b) => a.Cov(b));

    /// <summary>How often two values occur together: a row for each value of one column, a column for each of another.
    /// </summary>
    /// <param name="rows">The column whose values become rows.</param>
    /// <param name="columns">The column whose values become columns.</param>
    /// <param name="values">These values; <see cref="CrossTabAsync"/> finds them.</param>
    public Frame CrossTab(string rows, string columns, params IReadOnlyList<string?> values) =>
        Pivot([rows], columns, Expressions.Count(), values);

    /// <summary>Looks the values of a column up and counts them beside another's.</summary>
    /// <exception cref="MillraceException"><c>values-too-many</c>.</exception>
    public async Task<Frame> CrossTabAsync(
        string rows, string columns, CancellationToken cancellationToken = default) =>
        CrossTab(rows, columns, [.. await ValuesAsync(columns, cancellationToken).ConfigureAwait(false)]);

    /// <summary>A column for each value of a column: long becomes wide.</summary>
    /// <param name="index">The columns that tell the rows of the result apart.</param>
    /// <param name="column">The column whose values become names; null becomes <c>null</c>.</param>
    /// <param name="value">An aggregate, of the rows that have both the index and the value.</param>
    /// <param name="values">The values, as texts; <see cref="PivotAsync"/> finds them.</param>
    public Frame Pivot(
        IReadOnlyList<string> index, string column, Expr value, params IReadOnlyList<string?> values)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = Expressions.Col(column).Cast("varchar");
        return new GroupedFrame(this, [.. index.Select(name => (ColumnChoice)name)]).Agg(
            [.. values.Select(name => (ColumnChoice)(
                name is null ? "null" : name.Length == 0 ? "empty" : name,
                value.Where(name is null ? text.IsNull() : text == name)))]);
    }

    /// <summary>Looks the values of a column up and makes a column of each.</summary>
    /// <exception cref="MillraceException"><c>values-too-many</c>.</exception>
    public async Task<Frame> PivotAsync(
        IReadOnlyList<string> index, string column, Expr value, CancellationToken cancellationToken = default) =>
        Pivot(index, column, value, [.. await ValuesAsync(column, cancellationToken).ConfigureAwait(false)]);

    /// <summary>A row for each of some columns: wide becomes long. The opposite of <see cref="Pivot"/>.</summary>
    /// <param name="columns">The columns whose names become values.</param>
    /// <param name="name">The column of the names.</param>
    /// <param name="value">The column of the values; their types must fit together.</param>
    public Frame Unpivot(IReadOnlyList<string> columns, string name = "variable", string value = "value") => Defer(
        $"Unpivot {string.Join(", ", columns)}", false,
        (input, there) =>
        {
            var melted = Known("Unpivot", columns, there);
            return input.Select([
                .. there.Where(column => !melted.Contains(column.Name)).Select(column => (ColumnChoice)column.Name),
                (name, Unnest(Expressions.ListOf([.. columns.Select(column => (Expr)column)]))),
                (value, Unnest(Expressions.ListOf([.. columns.Select(Expressions.Col)]))),
            ]);
        });

    /// <summary>The different values of a column as texts, in order, null last.</summary>
    async Task<IReadOnlyList<string?>> ValuesAsync(string column, CancellationToken cancellationToken)
    {
        var values = await Select(("value", Expressions.Col(column).Cast("varchar"))).Distinct().Sort("value")
            .Head(MaxValues + 1).ToListAsync(row => row.TextOrNull(0), cancellationToken).ConfigureAwait(false);
        return values.Count <= MaxValues ? values : throw new MillraceException(
            ErrorKind.Invalid, "values-too-many",
            $"Column '{column}' has more than {MaxValues:N0} different values, too many to make a column of each.",
            "Keep the most frequent ones first, or name the values that you want.");
    }

    Frame Matrix(string verb, IReadOnlyList<string> columns, Func<Expr, Expr, Expr> value) => Defer(
        verb, true,
        (input, there) =>
        {
            _ = Known(verb, columns, there);
            var names = columns.Count > 0
                ? columns : [.. there.Where(column => column.IsNumber).Select(column => column.Name)];
            var rows = names.Select(a => Expressions.StructOf([
                ("column", a),
                .. names.Select(b => (ColumnChoice)(b, value(
                    Expressions.Col(a).Cast("double"), Expressions.Col(b).Cast("double")))),
            ]));
            return input.Unpack(Expressions.ListOf([.. rows]), ["column", .. names]);
        });

    /// <summary>The structs of a list that is an aggregate, as rows.</summary>
    Frame Unpack(Expr structs, params IReadOnlyList<string> fields) =>
        Agg(("row", Unnest(structs))).Select([.. fields.Select(
            field => (ColumnChoice)Expressions.Col("row").Struct.Field(field))]);

    static Expr Unnest(Expr list) => new(new UnnestNode(list.Node), 2);
}
