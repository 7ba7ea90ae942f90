using System.Text;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

public sealed partial class StatementParser
{
    InsertStatement Insert(string with)
    {
        var second = _sql.Current;
        if (_sql.TryTake("or"))
        {
            throw _sql.Unsupported(
                second, "INSERT OR …", "MERGE INTO changes rows that are there already and adds the others.");
        }

        var isOverwrite = _sql.TryTake("overwrite");
        if (!_sql.TryTake("into") && !isOverwrite)
        {
            throw _sql.Expected("'INTO' or 'OVERWRITE'");
        }

        _sql.TryTake("table");
        var table = Table();
        if (_sql.TryTake("as"))
        {
            _ = _sql.Name("an alias");
        }

        if (_sql.Is("partition") || _sql.Is("replace"))
        {
            throw _sql.Unsupported(
                _sql.Current, "Choosing the rows that are replaced",
                "DELETE them first, or use 'replaceWhere' of the library; INSERT OVERWRITE replaces all.");
        }

        var columns = HasColumns() ? Names("the name of a column") : null;
        var isByName = _sql.TryTake("by", "name");
        _ = isByName || _sql.TryTake("by", "position");
        if (isByName && columns is not null)
        {
            throw _sql.Error(
                _sql.Current, "BY NAME takes the columns from the rows, and they are named before it too.",
                "Leave one of the two out.");
        }

        var isDefault = _sql.TryTake("default", "values");
        var isValues = _sql.Is("values") && !isByName;
        var query = isDefault ? "" : _sql.Until(
            "a query or VALUES",
            token => _sql.Is("returning") || (_sql.Is("conflict") && _sql.IsAfter("on")) || _sql.Is(';'));
        RefuseReturning();
        if (_sql.Is("conflict"))
        {
            throw _sql.Unsupported(
                _sql.Current, "ON CONFLICT", "MERGE INTO changes rows that are there already and adds the others.");
        }

        if (isValues)
        {
            query = NullDefaults(query);
        }

        return new InsertStatement(Source, table, isDefault ? "" : with + query)
        {
            Columns = columns,
            IsByName = isByName,
            IsValues = isValues && with.Length == 0,
            IsOverwrite = isOverwrite,
        };
    }

    /// <summary>DEFAULT is null: no column has another default.</summary>
    static string NullDefaults(string values)
    {
        if (!values.Contains("default", StringComparison.OrdinalIgnoreCase))
        {
            return values;
        }

        var tokens = SqlLexer.Read(values);
        var text = new StringBuilder(values);
        for (var i = tokens.Count - 2; i > 0; i--)
        {
            if (tokens[i].IsWord(values, "default") && (tokens[i - 1].IsSymbol(values, '(')
                || tokens[i - 1].IsSymbol(values, ',')) && (tokens[i + 1].IsSymbol(values, ')')
                || tokens[i + 1].IsSymbol(values, ',')))
            {
                text.Remove(tokens[i].Start, "default".Length).Insert(tokens[i].Start, "null");
            }
        }

        return text.ToString();
    }

    // A query may stand in brackets too.
    bool HasColumns()
    {
        if (!_sql.Is('('))
        {
            return false;
        }

        var bracket = _sql.Place;
        _sql.Take();
        var isQuery = _sql.Is("select") || _sql.Is("with") || _sql.Is("from") || _sql.Is("values") || _sql.Is('(')
            || _sql.Is("pivot") || _sql.Is("unpivot") || _sql.Is("table");
        _sql.Return(bracket);
        return !isQuery;
    }

    UpdateStatement Update(string with)
    {
        var table = Table();
        var alias = Alias("set") ?? table;
        _sql.Expect("set");
        var assignments = new List<(string, string)>();
        do
        {
            assignments.Add(Assignment("from", "where", "returning"));
        }
        while (_sql.TryTake(','));
        var from = _sql.TryTake("from") ? Clause("a table", "where", "returning") : null;
        var where = _sql.TryTake("where") ? Clause("a condition", "returning") : null;
        RefuseReturning();
        return new UpdateStatement(Source, new RowTarget(table, alias, with), assignments)
        {
            From = from,
            Where = where,
        };
    }

    DeleteStatement Delete(string with)
    {
        _sql.Expect("from");
        var table = Table();
        var alias = Alias("using", "where", "returning") ?? table;
        var others = _sql.TryTake("using") ? Clause("a table", "where", "returning") : null;
        var where = _sql.TryTake("where") ? Clause("a condition", "returning") : null;
        RefuseReturning();
        return new DeleteStatement(Source, new RowTarget(table, alias, with)) { Using = others, Where = where };
    }

    MergeStatement Merge(string with)
    {
        _sql.Expect("into");
        var table = Table();
        var alias = Alias("using") ?? table;
        _sql.Expect("using");
        var (rows, rowsAlias) = MergeSource();
        if (rowsAlias.Equals(alias, StringComparison.OrdinalIgnoreCase))
        {
            throw _sql.Error(
                _sql.Current, $"the table and the rows are both called '{alias}' here.",
                "Give one of them another name with AS.");
        }

        string on;
        var onPlace = _sql.Current;
        if (_sql.TryTake("using"))
        {
            on = string.Join(" and ", Names("the name of a column").Select(
                name => $"{SqlName.Quote(alias)}.{SqlName.Quote(name)} = "
                    + $"{SqlName.Quote(rowsAlias)}.{SqlName.Quote(name)}"));
        }
        else
        {
            _sql.Expect("on");
            on = Clause("a condition", "when", "returning");
        }

        var merge = new MergeClauses();
        while (_sql.TryTake("when"))
        {
            MergeClause(merge);
        }

        RefuseReturning();
        return merge.IsEmpty
            ? throw (_sql.IsEnd ? _sql.Expected("'WHEN'") : _sql.Error(onPlace, "no WHEN follows.", "Write one."))
            : new MergeStatement(Source, new RowTarget(table, alias, ""), with + rows, rowsAlias, on)
            {
                Matched = merge.Matched,
                NotMatched = merge.NotMatched,
                NotMatchedBySource = merge.NotMatchedBySource,
            };
    }

    /// <summary>A query of the rows that are merged, and their name.</summary>
    (string Query, string Alias) MergeSource()
    {
        var first = _sql.Place;
        string? name = null;
        if (_sql.Is('('))
        {
            _ = _sql.Bracketed("a query");
        }
        else if (_sql.Current.Kind == SqlTokenKind.Text)
        {
            _sql.Take();
        }
        else
        {
            name = _sql.Name("a table or a query in brackets");
            while (_sql.TryTake('.'))
            {
                name = _sql.Name("a name");
            }

            if (_sql.Is('@'))
            {
                SkipVersion();
            }
            else if (_sql.Is('('))
            {
                _ = _sql.Bracketed("what the function is given");
                name = null;
            }
        }

        var rows = _sql.Since(first);
        var alias = Alias("on", "using") ?? name ?? throw _sql.Expected("a name for the rows, after AS");
        var columns = _sql.Is('(') ? $" ({SqlName.QuoteAll(Names("the name of a column"))})" : "";
        return ($"select * from {rows} as {SqlName.Quote(alias)}{columns}", alias);
    }

    /// <summary>Goes over <c>@v3</c>, <c>@2026-03-01</c> or <c>@'…'</c>.</summary>
    void SkipVersion()
    {
        do
        {
            _sql.Take();
        }
        while (_sql.IsJoined && (_sql.Current.Kind is SqlTokenKind.Word or SqlTokenKind.Number or SqlTokenKind.Text
            || _sql.Is('-') || _sql.Is(':') || _sql.Is('.')));
    }

    void MergeClause(MergeClauses merge)
    {
        var first = _sql.Current;
        var isMatched = !_sql.TryTake("not");
        _sql.Expect("matched");
        var isBySource = !isMatched && _sql.TryTake("by", "source");
        if (!isMatched && !isBySource)
        {
            _sql.TryTake("by", "target");
        }

        var condition = _sql.TryTake("and") ? Clause("a condition", "then") : null;
        _sql.Expect("then");
        var steps = isMatched ? merge.Matched : isBySource ? merge.NotMatchedBySource : merge.NotMatched;
        condition = merge.Narrowed(steps, condition);
        if (_sql.TryTake("do", "nothing"))
        {
            merge.LeaveAlone(steps, condition);
            return;
        }

        var step = !isMatched && !isBySource ? MergeInsert(condition) : MergeChange(condition, isBySource);
        if (merge.IsReached(steps))
        {
            steps.Add(step);
            return;
        }

        throw _sql.Error(
            first, "no row comes as far as this WHEN: one before it has no condition.",
            "Put it last, or give it a condition.");
    }

    MergeStep MergeChange(string? condition, bool isBySource)
    {
        var first = _sql.Current;
        if (_sql.TryTake("delete"))
        {
            return MergeStep.Delete(condition);
        }

        if (!_sql.TryTake("update"))
        {
            throw _sql.Expected("'UPDATE', 'DELETE' or 'DO NOTHING'");
        }

        var isSet = _sql.TryTake("set");
        if (isSet ? _sql.TryTake('*') : !_sql.TryTake("by", "position"))
        {
            _sql.TryTake("by", "name");
            return !isBySource ? MergeStep.UpdateAll(condition) : throw _sql.Error(
                first, "a row without one of the source has no values to take over.", "Write SET column = value.");
        }

        if (!isSet)
        {
            throw _sql.Unsupported(first, "UPDATE BY POSITION", "Write SET column = value.");
        }

        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        do
        {
            var place = _sql.Current;
            var (column, value) = Assignment("when", "returning");
            if (!values.TryAdd(column, value))
            {
                throw _sql.Error(place, $"column '{column}' is set twice.", "Set it once.");
            }
        }
        while (_sql.TryTake(','));
        return MergeStep.Update(values, condition);
    }

    MergeStep MergeInsert(string? condition)
    {
        var first = _sql.Current;
        _sql.Expect("insert");
        if (_sql.TryTake('*') || _sql.TryTake("by", "name") || _sql.IsEnd || _sql.Is("when"))
        {
            return MergeStep.InsertAll(condition);
        }

        if (!_sql.Is('('))
        {
            throw _sql.Unsupported(first, "This INSERT", "Write INSERT (columns) VALUES (values), or INSERT *.");
        }

        var columns = Names("the name of a column");
        _sql.Expect("values");
        _sql.Expect('(');
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; ; i++)
        {
            var place = _sql.Current;
            var value = _sql.Until("a value", token => _sql.Is(',') || _sql.Is(')'));
            if (i >= columns.Count)
            {
                throw _sql.Error(
                    place, $"there are more values than the {columns.Count} columns.", "Give each column one value.");
            }

            if (!values.TryAdd(columns[i], IsDefault(value) ? "null" : value))
            {
                throw _sql.Error(place, $"column '{columns[i]}' is named twice.", "Name it once.");
            }

            if (!_sql.TryTake(','))
            {
                _sql.Expect(')');
                return i + 1 == columns.Count ? MergeStep.Insert(values, condition) : throw _sql.Error(
                    place, $"there are {i + 1} values for {columns.Count} columns.", "Give each column one value.");
            }
        }
    }

    (string Column, string Value) Assignment(params string[] next)
    {
        if (_sql.Is('('))
        {
            throw _sql.Unsupported(_sql.Current, "Setting several columns at once", "Write column = value for each.");
        }

        var first = _sql.Current;
        var column = _sql.Name("the name of a column");
        if (_sql.Is('.') || _sql.Is('['))
        {
            throw _sql.Unsupported(
                first, "Setting a part of a column, or naming its table",
                "Write the column's name only, and give it a whole value.");
        }

        _sql.Expect('=');
        var value = _sql.Until("a value", token => _sql.Is(',') || EndsClause(next));
        return (column, IsDefault(value) ? "null" : value);
    }

    string Clause(string what, params string[] next) => _sql.Until(what, _ => EndsClause(next));

    bool EndsClause(string[] next) => _sql.Is(';') || next.Any(_sql.Is)
        // 'a is distinct from b' goes on.
        && !(_sql.Is("from") && _sql.IsAfter("distinct"));

    static bool IsDefault(string value) => value.Equals("default", StringComparison.OrdinalIgnoreCase);
}
