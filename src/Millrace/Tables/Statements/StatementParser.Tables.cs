using System.Text.Json.Nodes;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

public sealed partial class StatementParser
{
    Statement Create(SqlToken first)
    {
        var isReplace = _sql.TryTake("or", "replace");
        if (_sql.Is("temp") || _sql.Is("temporary") || _sql.Is("external") || _sql.Is("unique"))
        {
            throw _sql.Unsupported(
                _sql.Current, "This kind of CREATE", "Tables are kept; a query may have 'with NAME as (…)' before it.");
        }

        if (_sql.TryTake("view"))
        {
            return CreateView(isReplace);
        }

        if (!_sql.TryTake("table"))
        {
            throw _sql.Unsupported(first, "This CREATE", "There are CREATE TABLE and CREATE VIEW.");
        }

        var place = _sql.Current;
        var isIfMissing = _sql.TryTake("if", "not", "exists");
        if (isReplace && isIfMissing)
        {
            throw _sql.Error(place, "OR REPLACE and IF NOT EXISTS say different things.", "Leave one of them out.");
        }

        var mode = isReplace ? CreateMode.Replace : isIfMissing ? CreateMode.IfMissing : CreateMode.New;
        return CreateTable(Table(), mode);
    }

    CreateTableStatement CreateTable(string table, CreateMode mode)
    {
        var columns = new List<TableColumn>();
        var checks = new List<(string, string)>();
        if (_sql.TryTake('('))
        {
            do
            {
                ColumnOrCheck(columns, checks);
            }
            while (_sql.TryTake(','));
            _sql.Expect(')');
        }

        var partitions = new List<string>();
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        string? comment = null;
        while (!_sql.IsEnd && !_sql.Is("as") && !_sql.Is(';'))
        {
            if (_sql.TryTake("partitioned", "by"))
            {
                partitions.AddRange(Names("the name of a column"));
            }
            else if (_sql.TryTake("comment"))
            {
                _sql.TryTake('=');
                comment = _sql.Literal("a text in single quotes");
            }
            else if (_sql.TryTake("tblproperties") || _sql.TryTake("with"))
            {
                foreach (var (key, value) in Properties(hasValues: true))
                {
                    properties[key] = value!;
                }
            }
            else
            {
                TableOption();
            }
        }

        if (columns.Count == 0 && checks.Count > 0)
        {
            throw _sql.Expected("a column");
        }

        var query = _sql.TryTake("as") ? QueryText() : null;
        if (query is null && columns.Count == 0)
        {
            throw _sql.Expected("columns in brackets, or AS and a query");
        }

        if (query is not null && columns.Count > 0)
        {
            throw _sql.Error(
                _sql.Current, "the columns of a table that is made of a query are the query's.",
                "Leave the columns out; cast and rename in the query.");
        }

        return new CreateTableStatement(Source, table, mode)
        {
            Columns = columns,
            Checks = checks,
            PartitionColumns = partitions,
            Properties = properties,
            Comment = comment,
            Query = query,
        };
    }

    string QueryText()
    {
        var query = _sql.Until("a query", _ => _sql.Is(';'));
        if (query.EndsWith("with no data", StringComparison.OrdinalIgnoreCase))
        {
            throw _sql.Unsupported(_sql.Current, "WITH NO DATA", "Write 'limit 0' in the query.");
        }

        return query;
    }

    void TableOption()
    {
        var first = _sql.Current;
        if (!_sql.TryTake("using"))
        {
            throw _sql.Is("location") || _sql.Is("clustered") || _sql.Is("cluster") || _sql.Is("options")
                ? _sql.Unsupported(first, "This part of CREATE TABLE", "A table has its own folder, and needs none.")
                : _sql.Expected("PARTITIONED BY, COMMENT, TBLPROPERTIES, WITH, AS");
        }

        var format = _sql.Name("a format");
        if (!format.Equals("delta", StringComparison.OrdinalIgnoreCase))
        {
            throw _sql.Unsupported(
                first, $"A table in the format '{format}'", "Every table is a Delta table; leave USING out.");
        }
    }

    void ColumnOrCheck(List<TableColumn> columns, List<(string, string)> checks)
    {
        var first = _sql.Current;
        if (_sql.TryTake("constraint"))
        {
            var name = _sql.Name("the name of a constraint");
            if (!_sql.TryTake("check"))
            {
                RefuseKeys(first);
            }

            checks.Add((CheckName(first, name), _sql.Bracketed("a condition")));
        }
        else if (_sql.Is("check"))
        {
            var place = _sql.Place;
            _sql.Take();
            if (_sql.Is('('))
            {
                checks.Add(("", _sql.Bracketed("a condition")));
                return;
            }

            // A column may be called so.
            _sql.Return(place);
            columns.Add(Column(checks));
        }
        else if ((_sql.Is("primary") || _sql.Is("foreign") || _sql.Is("unique")) && IsKey())
        {
            RefuseKeys(first);
        }
        else
        {
            columns.Add(Column(checks));
        }
    }

    bool IsKey()
    {
        var place = _sql.Place;
        _sql.Take();
        var isKey = _sql.Is("key") || _sql.Is('(');
        _sql.Return(place);
        return isKey;
    }

    void RefuseKeys(SqlToken place) => throw _sql.Unsupported(
        place, "A key or a reference as a rule of a table",
        "CHECK and NOT NULL are kept; MERGE INTO keeps rows apart by columns that it is told.");

    TableColumn Column(List<(string, string)>? checks)
    {
        var first = _sql.Current;
        var name = _sql.Name("the name of a column");
        var column = new TableColumn(name, new TypeParser(_sql).Read());
        while (!_sql.IsEnd && !_sql.Is(',') && !_sql.Is(')') && !_sql.Is(';'))
        {
            var place = _sql.Current;
            if (_sql.TryTake("not", "null"))
            {
                column = column with { IsNullable = false };
            }
            else if (_sql.TryTake("comment"))
            {
                column = column with { Metadata = Commented(column.Metadata, _sql.Literal("a text in quotes")) };
            }
            else if (_sql.Is("check") && checks is not null)
            {
                _sql.Take();
                checks.Add(("", _sql.Bracketed("a condition")));
            }
            else if (_sql.Is("primary") || _sql.Is("unique") || _sql.Is("references"))
            {
                RefuseKeys(place);
            }
            else if (_sql.Is("default") || _sql.Is("generated") || _sql.Is("as") || _sql.Is("collate")
                || _sql.Is("first") || _sql.Is("after"))
            {
                throw _sql.Unsupported(
                    place, "This part of a column",
                    "A value that is not given is null, and a new column stands at the end.");
            }
            else if (!_sql.TryTake("null"))
            {
                throw _sql.Expected("NOT NULL, CHECK, COMMENT, or the next column");
            }
        }

        return name.Length <= MaxColumnName ? column : throw _sql.Error(
            first, $"the name of the column has {name.Length:N0} characters.", $"Use up to {MaxColumnName}.");
    }

    const int MaxColumnName = 1_024;

    /// <summary>A column's metadata with a comment, or without one.</summary>
    internal static string Commented(string metadata, string? comment)
    {
        var known = JsonNode.Parse(metadata)!.AsObject();
        known.Remove("comment");
        if (comment is not null)
        {
            known["comment"] = comment;
        }

        return known.ToJsonString();
    }

    /// <summary>Properties in brackets; without values only their keys.</summary>
    List<(string Key, string? Value)> Properties(bool hasValues)
    {
        _sql.Expect('(');
        var properties = new List<(string, string?)>();
        do
        {
            var key = PropertyName();
            string? value = null;
            if (hasValues)
            {
                _sql.Expect('=');
                value = PropertyValue();
            }

            properties.Add((key, value));
        }
        while (_sql.TryTake(','));
        _sql.Expect(')');
        return properties;
    }

    string PropertyName()
    {
        if (_sql.Current.Kind == SqlTokenKind.Text)
        {
            return _sql.Literal("the name of a property");
        }

        var name = _sql.Name("the name of a property");
        while (_sql.TryTake('.'))
        {
            name += "." + _sql.Name("the name of a property");
        }

        return name;
    }

    string PropertyValue()
    {
        if (_sql.Current.Kind == SqlTokenKind.Text)
        {
            return _sql.Literal("a value");
        }

        var first = _sql.Place;
        _ = _sql.TryTake('-');
        if (_sql.Current.Kind is not (SqlTokenKind.Number or SqlTokenKind.Word))
        {
            throw _sql.Expected("a value");
        }

        _sql.Take();
        return _sql.Since(first);
    }

    /// <summary>A constraint's name is a part of a property's.</summary>
    string CheckName(SqlToken place, string name) =>
        name.Length <= MaxColumnName && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-')
            ? name : throw _sql.Error(
                place, $"'{name}' can't be the name of a constraint.", "Use letters, digits, '_' and '-'.");

    Statement Drop(SqlToken first)
    {
        var isView = _sql.TryTake("view");
        if (!isView && !_sql.TryTake("table"))
        {
            throw _sql.Unsupported(first, "This DROP", "There are DROP TABLE and DROP VIEW.");
        }

        var ifExists = TryTakeIfExists();
        var names = new List<string>();
        do
        {
            names.Add(Table());
        }
        while (_sql.TryTake(','));
        if (_sql.Is("cascade"))
        {
            throw _sql.Unsupported(_sql.Current, "CASCADE", "Drop the views that read it first.");
        }

        _sql.TryTake("restrict");
        if (_sql.Is("purge"))
        {
            throw _sql.Unsupported(
                _sql.Current, "PURGE", "VACUUM deletes the files of a dropped table; 'millrace erase' what must go.");
        }

        return isView
            ? new DropViewStatement(Source, names, ifExists) : new DropTableStatement(Source, names, ifExists);
    }

    CreateViewStatement CreateView(bool isReplace)
    {
        var isIfMissing = _sql.TryTake("if", "not", "exists");
        var view = Table();
        var columns = _sql.Is('(') ? Names("the name of a column") : null;
        _sql.Expect("as");
        var query = QueryText();
        return new CreateViewStatement(
            Source, view,
            isReplace ? CreateMode.Replace : isIfMissing ? CreateMode.IfMissing : CreateMode.New,
            columns is null ? query
                : $"select * from ({query}\n) as {SqlName.Quote(view)} ({SqlName.QuoteAll(columns)})");
    }
}
