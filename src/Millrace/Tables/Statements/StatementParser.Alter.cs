using System.Globalization;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

public sealed partial class StatementParser
{
    const int MaxRetainHours = 1_000_000;

    AlterTableStatement Alter(SqlToken first)
    {
        if (!_sql.TryTake("table"))
        {
            throw _sql.Unsupported(first, "This ALTER", "There is ALTER TABLE; a view is made anew.");
        }

        var ifExists = TryTakeIfExists();
        var table = Table();
        return new AlterTableStatement(Source, table, ifExists, Alteration());
    }

    TableAlteration Alteration()
    {
        var first = _sql.Current;
        if (_sql.TryTake("add"))
        {
            return Add();
        }

        if (_sql.TryTake("drop"))
        {
            return DropPart();
        }

        if (_sql.TryTake("rename"))
        {
            return _sql.Is("to")
                ? throw _sql.Unsupported(
                    first, "Giving a table another name", "Clone it with 'millrace table clone', and drop the old one.")
                : Rename();
        }

        if (_sql.TryTake("alter") || _sql.TryTake("change"))
        {
            _sql.TryTake("column");
            return Change();
        }

        if (_sql.TryTake("set"))
        {
            return _sql.TryTake("tblproperties")
                ? new SetProperties(Map(Properties(hasValues: true))) : throw _sql.Expected("'TBLPROPERTIES'");
        }

        if (_sql.TryTake("unset"))
        {
            _sql.Expect("tblproperties");
            TryTakeIfExists();
            return new SetProperties(Map(Properties(hasValues: false)));
        }

        throw _sql.Expected("ADD, DROP, RENAME, ALTER, SET or UNSET");
    }

    static Dictionary<string, string?> Map(List<(string Key, string? Value)> properties)
    {
        var map = new Dictionary<string, string?>(StringComparer.Ordinal);
        properties.ForEach(property => map[property.Key] = property.Value);
        return map;
    }

    TableAlteration Add()
    {
        var first = _sql.Current;
        if (_sql.TryTake("constraint"))
        {
            var name = CheckName(first, _sql.Name("the name of a constraint"));
            if (!_sql.TryTake("check"))
            {
                RefuseKeys(first);
            }

            return new AddCheck(name, _sql.Bracketed("a condition"));
        }

        if ((_sql.Is("primary") || _sql.Is("foreign") || _sql.Is("unique")) && IsKey())
        {
            RefuseKeys(first);
        }

        var columns = new List<TableColumn>();
        if (_sql.TryTake("columns"))
        {
            _sql.Expect('(');
            do
            {
                columns.Add(Column(null));
            }
            while (_sql.TryTake(','));
            _sql.Expect(')');
            return new AddColumns(columns, false);
        }

        _sql.TryTake("column");
        var isIfMissing = _sql.TryTake("if", "not", "exists");
        columns.Add(Column(null));
        return new AddColumns(columns, isIfMissing);
    }

    TableAlteration DropPart()
    {
        if (_sql.TryTake("constraint"))
        {
            var ifExists = TryTakeIfExists();
            return new DropCheck(_sql.Name("the name of a constraint"), ifExists);
        }

        if (_sql.TryTake("columns"))
        {
            var anyExists = TryTakeIfExists();
            return new DropColumns(Names("the name of a column"), anyExists);
        }

        _sql.TryTake("column");
        var isIfExists = TryTakeIfExists();
        return new DropColumns([_sql.Name("the name of a column")], isIfExists);
    }

    RenameColumn Rename()
    {
        _sql.TryTake("column");
        var from = _sql.Name("the name of a column");
        _sql.Expect("to");
        return new RenameColumn(from, _sql.Name("the new name"));
    }

    TableAlteration Change()
    {
        var column = _sql.Name("the name of a column");
        if (_sql.TryTake("set", "not", "null"))
        {
            return new SetNullable(column, false);
        }

        if (_sql.TryTake("drop", "not", "null"))
        {
            return new SetNullable(column, true);
        }

        if (_sql.TryTake("comment"))
        {
            return new SetComment(column, _sql.Literal("a text in quotes"));
        }

        if (_sql.Is("set") || _sql.Is("drop"))
        {
            var place = _sql.Current;
            if (!_sql.TryTake("set", "data"))
            {
                _sql.Take();
                throw _sql.Unsupported(
                    place, "This change of a column", "There are SET NOT NULL, DROP NOT NULL, TYPE and COMMENT.");
            }
        }

        _sql.Expect("type");
        return new WidenColumn(column, new TypeParser(_sql).Read());
    }

    AlterTableStatement Comment()
    {
        _sql.Expect("on");
        string? column = null;
        string table;
        if (_sql.TryTake("column"))
        {
            table = SqlName.CheckTable(_sql.Name("the name of a table"));
            _sql.Expect('.');
            column = _sql.Name("the name of a column");
        }
        else
        {
            _sql.Expect("table");
            table = Table();
        }

        _sql.Expect("is");
        return new AlterTableStatement(
            Source, table, false,
            new SetComment(column, _sql.TryTake("null") ? null : _sql.Literal("a text in single quotes, or NULL")));
    }

    OptimizeStatement Optimize()
    {
        var table = Table();
        if (_sql.Is("where"))
        {
            throw _sql.Unsupported(_sql.Current, "OPTIMIZE of some rows", "Leave WHERE out.");
        }

        return new OptimizeStatement(Source, table, _sql.TryTake("zorder", "by") ? ZOrder() : []);
    }

    List<string> ZOrder()
    {
        if (_sql.Is('('))
        {
            return Names("the name of a column");
        }

        var names = new List<string>();
        do
        {
            names.Add(_sql.Name("the name of a column"));
        }
        while (_sql.TryTake(','));
        return names;
    }

    VacuumStatement Vacuum()
    {
        var table = Table();
        TimeSpan? retention = null;
        if (_sql.TryTake("retain"))
        {
            retention = TimeSpan.FromHours(Number("a number of hours", MaxRetainHours));
            _sql.Expect("hours");
        }

        return new VacuumStatement(Source, table, retention, _sql.TryTake("dry", "run"));
    }

    HistoryStatement History()
    {
        var table = Table();
        return new HistoryStatement(
            Source, table, _sql.TryTake("limit") ? Number("a number of versions", int.MaxValue) : null);
    }

    RestoreStatement Restore()
    {
        _sql.TryTake("table");
        var table = Table();
        _sql.Expect("to");
        if (_sql.TryTake("timestamp"))
        {
            _sql.TryTake("as", "of");
            return new RestoreStatement(Source, table, _sql.Literal("a time in single quotes"));
        }

        _sql.Expect("version");
        _sql.TryTake("as", "of");
        var version = Number("the number of a version", int.MaxValue);
        return new RestoreStatement(Source, table, string.Create(CultureInfo.InvariantCulture, $"v{version}"));
    }

    int Number(string what, int most)
    {
        var token = _sql.Current;
        if (token.Kind != SqlTokenKind.Number
            || !int.TryParse(token.In(Source.Text), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number > most)
        {
            throw _sql.Expected(what);
        }

        _sql.Take();
        return number;
    }
}
