namespace Millrace.Tables.Frames;

/// <summary>Verbs that change columns.</summary>
public sealed partial class Frame
{
    /// <summary>Only these columns, in this order.</summary>
    public Frame Select(params IReadOnlyList<ColumnChoice> columns) => Then(new ProjectNode(
        Plan, "Select", [.. columns.Select(column => column.ToOutput("Select"))], false));

    /// <summary>All columns and these; one that has the name of another comes in its place. The expressions see the
    /// columns as they were before.</summary>
    public Frame With(params IReadOnlyList<ColumnChoice> columns) => columns.Count == 0
        ? this
        : Then(new ProjectNode(Plan, "With", Different("With", columns), true));

    /// <summary>All columns and this one, or this one in the place of another.</summary>
    public Frame With(string name, Expr value) => With((name, value));

    /// <summary>The same function of each of some columns, in its place.</summary>
    public Frame WithEach(IReadOnlyList<string> columns, Func<Expr, Expr> function)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(function);
        return With([.. columns.Select(name => (ColumnChoice)(name, function(Expressions.Col(name))))]);
    }

    /// <summary>The columns that a condition on their names and types chooses: <c>SelectWhere(c => c.IsNumber)</c>.
    /// </summary>
    public Frame SelectWhere(Func<FrameColumn, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Defer("SelectWhere", true, (input, there) => input.Select(
            [.. there.Where(condition).Select(column => (ColumnChoice)column.Name)]));
    }

    /// <summary>All columns but these.</summary>
    public Frame Drop(params IReadOnlyList<string> columns) => Defer(
        $"Drop {string.Join(", ", columns)}", false,
        (input, there) =>
        {
            var dropped = Known("Drop", columns, there);
            return input.Select([.. there.Where(column => !dropped.Contains(column.Name))
                .Select(column => (ColumnChoice)column.Name)]);
        });

    /// <summary>The same columns, some under other names.</summary>
    public Frame Rename(params IReadOnlyList<(string From, string To)> names) => Defer(
        $"Rename {string.Join(", ", names.Select(name => $"{name.From} to {name.To}"))}", false,
        (input, there) =>
        {
            _ = Known("Rename", [.. names.Select(name => name.From)], there);
            var to = names.ToDictionary(name => name.From, name => name.To, ColumnName.Comparer);
            return input.Select([.. there.Select(column => (ColumnChoice)(
                to.GetValueOrDefault(column.Name, column.Name), Expressions.Col(column.Name)))]);
        });

    /// <summary>The same columns with these first.</summary>
    public Frame MoveFirst(params IReadOnlyList<string> columns) => Defer(
        $"MoveFirst {string.Join(", ", columns)}", false,
        (input, there) =>
        {
            var first = Known("MoveFirst", columns, there);
            return input.Select([
                .. columns.Select(name => (ColumnChoice)name),
                .. there.Where(column => !first.Contains(column.Name)).Select(column => (ColumnChoice)column.Name),
            ]);
        });

    /// <summary>Some columns with other types; a value that can't be changed fails the query.</summary>
    /// <exception cref="MillraceException"><c>type-name</c>.</exception>
    public Frame Cast(params IReadOnlyList<(string Column, string Type)> types) =>
        With([.. types.Select(pair => (ColumnChoice)Expressions.Col(pair.Column).Cast(pair.Type))]);

    /// <summary>Some columns with other types; a value that can't be changed becomes null.</summary>
    /// <exception cref="MillraceException"><c>type-name</c>.</exception>
    public Frame TryCast(params IReadOnlyList<(string Column, string Type)> types) =>
        With([.. types.Select(pair => (ColumnChoice)Expressions.Col(pair.Column).TryCast(pair.Type))]);

    /// <summary>Other values in the place of some of a column.</summary>
    public Frame Replace(string column, params IReadOnlyList<(Expr From, Expr To)> values) =>
        With(column, Expressions.Col(column).Replace(values));

    /// <summary>A value in the place of null in some columns; in all of them when none is named, whose types must then
    /// fit.</summary>
    public Frame FillNull(Expr value, params IReadOnlyList<string> columns) => columns.Count > 0
        ? With([.. columns.Select(name => (ColumnChoice)(name, Expressions.Col(name).FillNull(value)))])
        : Defer(
            $"FillNull {value}", false,
            (input, there) => input.FillNull(value, [.. there.Select(column => column.Name)]));

    /// <summary>The last value before in the place of null.</summary>
    /// <param name="window">Its order, and within what.</param>
    /// <param name="columns">Which.</param>
    public Frame FillForward(Window window, params IReadOnlyList<string> columns) =>
        With([.. columns.Select(name => (ColumnChoice)(name, Expressions.Col(name).FillForward().Over(window)))]);

    /// <summary>The next value after in the place of null.</summary>
    /// <param name="window">Its order, and within what.</param>
    /// <param name="columns">Which.</param>
    public Frame FillBackward(Window window, params IReadOnlyList<string> columns) =>
        With([.. columns.Select(name => (ColumnChoice)(name, Expressions.Col(name).FillBackward().Over(window)))]);

    /// <summary>The fields of a struct as columns in its place.</summary>
    /// <param name="column">The struct.</param>
    /// <param name="fields">Its fields.</param>
    public Frame UnpackStruct(string column, params IReadOnlyList<string> fields) => Defer(
        $"UnpackStruct {column}", false,
        (input, there) =>
        {
            var taken = Known("UnpackStruct", [column], there);
            return input.Select([.. there.SelectMany(other => taken.Contains(other.Name)
                ? fields.Select(field => (ColumnChoice)Expressions.Col(column).Struct.Field(field))
                : [(ColumnChoice)other.Name])]);
        });

    /// <summary>A column of 0 and 1 for each of some values, in the place of the column that has them.</summary>
    /// <param name="column">The column; for null all are 0.</param>
    /// <param name="values">The values; <see cref="OneHotAsync"/> finds them.</param>
    public Frame OneHot(string column, params IReadOnlyList<string> values) => Defer(
        $"OneHot {column}", false,
        (input, there) =>
        {
            var taken = Known("OneHot", [column], there);
            var text = Expressions.Col(column).Cast("varchar");
            return input.Select([
                .. there.Where(other => !taken.Contains(other.Name)).Select(other => (ColumnChoice)other.Name),
                .. values.Select(value => (ColumnChoice)(
                    $"{column}_{value}", Expressions.When(text == value).Then(1).Otherwise(0))),
            ]);
        });

    /// <summary>Looks the values of a column up and makes a column of 0 and 1 for each.</summary>
    /// <exception cref="MillraceException"><c>values-too-many</c>.</exception>
    public async Task<Frame> OneHotAsync(string column, CancellationToken cancellationToken = default) =>
        OneHot(column, [.. (await ValuesAsync(column, cancellationToken).ConfigureAwait(false)).OfType<string>()]);

    static IReadOnlyList<Output> Different(string verb, IReadOnlyList<ColumnChoice> columns)
    {
        var outputs = columns.Select(column => column.ToOutput(verb)).ToList();
        var seen = new HashSet<string>(ColumnName.Comparer);
        return outputs.FirstOrDefault(output => !seen.Add(output.Name)) is not { } twice
            ? outputs
            : throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"{verb} gives two columns the name '{twice.Name}'.",
                "Give one of them another name with 'As'; the case of letters does not tell names apart.");
    }

    static HashSet<string> Known(string verb, IReadOnlyList<string> names, IReadOnlyList<FrameColumn> there)
    {
        var known = there.Select(column => column.Name).ToHashSet(ColumnName.Comparer);
        return names.FirstOrDefault(name => !known.Contains(name)) is { } unknown
            ? throw ColumnName.Unknown(verb, unknown, [.. there.Select(column => column.Name)])
            : names.ToHashSet(ColumnName.Comparer);
    }
}
