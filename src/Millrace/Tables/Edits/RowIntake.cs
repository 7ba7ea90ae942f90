using Millrace.Tables.Queries;
using Millrace.Tables.Statements;

namespace Millrace.Tables.Edits;

/// <summary>Brings the rows of an INSERT into the columns of its table: by their order or their names, with null for
/// those that are not given, and cast as DuckDB's own INSERT casts them.</summary>
sealed class RowIntake
{
    readonly EditScope _scope;
    readonly InsertStatement _insert;
    readonly IReadOnlyList<TableColumn> _columns;

    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>column-twice</c>.</exception>
    public RowIntake(EditScope scope, InsertStatement insert)
    {
        _scope = scope;
        _insert = insert;
        _columns = insert.Columns is null
            ? scope.Existing.Schema.Columns
            : [.. insert.Columns.Select(name => SchemaChange.Find(scope.Existing, name))];
        if (_columns.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"Column '{twice.Key}' of table '{scope.Name}' is named twice.",
                "Name each column once.");
        }
    }

    SqlSession Session => _scope.Session;

    /// <summary>Puts the rows into a temporary table with the table's columns.</summary>
    /// <param name="rows">That table.</param>
    /// <param name="given">One for rows that are written out.</param>
    /// <param name="query">The rows; empty for one of nulls.</param>
    /// <param name="parameters">Values of the query.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <exception cref="MillraceException"><c>column-count</c>, <c>column-unknown</c>, <c>value-unfit</c>,
    /// <c>sql-failed</c>.</exception>
    public void Gather(
        string rows, string given, string query, IReadOnlyList<SqlParameter> parameters,
        CancellationToken cancellationToken)
    {
        if (query.Length == 0)
        {
            query = $"select {string.Join(", ", _columns.Select(_ => "null"))}";
        }
        else if (_insert.IsValues)
        {
            GatherValues(given, query, parameters, cancellationToken);
            query = $"select * from {given}";
            parameters = [];
        }

        var names = Names(query, parameters);
        var columns = _insert.IsByName ? ByName(names) : ByOrder(names);
        // Names that no query of the user's can have, so that two of one name are two.
        var source = $"({query}\n) as millrace_in({string.Join(", ", names.Select((_, i) => $"millrace_c{i}"))})";
        var select = string.Join(", ", _scope.Existing.Schema.Columns.Select(column =>
            $"cast({(columns.TryGetValue(column.Name, out var number) ? $"millrace_c{number}" : "null")} "
            + $"as {column.SqlType}) as {SqlName.Quote(column.Name)}"));
        var order = _scope.KeyColumns.Count == 0 ? "" : $" order by {SqlName.QuoteAll(_scope.KeyColumns)}";
        List<(TableColumn Column, string Sql)> casts = [.. _columns.Where(column => columns.ContainsKey(column.Name))
            .Select(column => (column, $"millrace_c{columns[column.Name]}"))];
        ValueFit.Check(
            _scope, casts,
            () => Session.Query(
                $"create or replace temp table {rows} as select {select} from {source}{order}", parameters,
                reader => reader.Read(), cancellationToken),
            number => Session.Query(
                $"select count(*) from (select cast({casts[number].Sql} as {casts[number].Column.SqlType}) as v "
                + $"from {source}) where v is not null", parameters, reader => reader.Read(), cancellationToken));
        if (_insert.IsValues)
        {
            Session.Execute($"drop table if exists {given}", CancellationToken.None);
        }
    }

    /// <summary>Lets DuckDB insert what is written out: it casts each value by itself, and knows DEFAULT.</summary>
    void GatherValues(
        string given, string values, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        ValueFit.Check(
            _scope, [.. _columns.Select(column => (column, ""))],
            () => Fill(_columns.Select(column => column.SqlType)),
            number => Fill(_columns.Select((column, i) => i == number ? column.SqlType : "VARCHAR")));

        bool Fill(IEnumerable<string> types)
        {
            var definitions = types.Zip(_columns, (type, column) => $"{SqlName.Quote(column.Name)} {type}");
            Session.Execute(
                $"create or replace temp table {given} ({string.Join(", ", definitions)})", cancellationToken);
            try
            {
                return Session.Query(
                    $"insert into {given} {values}", parameters, reader => reader.Read(), cancellationToken);
            }
            catch (MillraceException exception) when (
                exception.Code == "sql-failed" && exception.Message.Contains(given, StringComparison.Ordinal))
            {
                throw new MillraceException(
                    exception.Kind, exception.Code,
                    exception.Message.Replace(given, _scope.Name, StringComparison.Ordinal), exception.Hint, exception);
            }
        }
    }

    /// <summary>Whether values that are written out name nothing, so that nobody must look for what they name: a tree
    /// of very many of them would be far larger than they are.</summary>
    public static bool AreLiterals(string values)
    {
        var tokens = SqlLexer.Read(values);
        for (var i = 1; i < tokens.Count; i++)
        {
            var isFunction = tokens[i].IsSymbol(values, '(')
                && i > 1 && tokens[i - 1].Kind is SqlTokenKind.Word or SqlTokenKind.Quoted;
            if (isFunction || tokens[i].IsWord(values, "select") || tokens[i].IsWord(values, "from")
                || tokens[i].IsWord(values, "table") || tokens[i].IsWord(values, "with"))
            {
                return false;
            }
        }

        return true;
    }

    List<string> Names(string query, IReadOnlyList<SqlParameter> parameters) => Session.Rows(
        $"describe select * from ({query}\n)", reader => reader.GetString(0), parameters);

    Dictionary<string, int> ByOrder(List<string> names) => names.Count == _columns.Count
        ? _columns.Select((column, i) => (column.Name, Number: i)).ToDictionary(
            pair => pair.Name, pair => pair.Number, StringComparer.Ordinal)
        : throw new MillraceException(
            ErrorKind.Invalid, "column-count",
            $"The rows for table '{_scope.Name}' have {names.Count:N0} column{(names.Count == 1 ? "" : "s")}, and "
            + (_insert.Columns is null ? $"the table has {_columns.Count:N0}." : $"{_columns.Count:N0} are named."),
            $"Give a value for each of {string.Join(", ", _columns.Select(column => column.Name))}, or name the "
            + "columns after the table.");

    Dictionary<string, int> ByName(List<string> names)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
        {
            columns.Add(SchemaChange.Find(_scope.Existing, names[i]).Name, i);
        }

        return columns;
    }
}
