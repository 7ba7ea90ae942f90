using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

/// <summary>Understands the heads of statements that write; their expressions and queries are left to DuckDB, as texts.
/// </summary>
/// <remarks>Nothing here calls itself, whatever the text: brackets are counted, and only types of columns nest, to a
/// limit.</remarks>
public sealed partial class StatementParser
{
    const string LoadHint = "Rows of files come in with 'millrace ingest', and go out with 'millrace export'.";

    /// <summary>What a query begins with; and what only the engine has, which it refuses or not by its own rules.
    /// </summary>
    static readonly HashSet<string> Heads = new(StringComparer.OrdinalIgnoreCase)
    {
        "select", "with", "from", "values", "table", "explain", "describe", "desc", "show", "summarize", "pivot",
        "unpivot", "pivot_wider", "pivot_longer", "copy", "attach", "detach", "install", "load", "set", "reset",
        "pragma", "call", "use", "export", "import", "checkpoint", "force", "begin", "start", "commit", "rollback",
        "abort", "end", "prepare", "execute", "deallocate", "analyze", "update_extensions",
    };

    readonly SqlCursor _sql;

    StatementParser(StatementText source) => _sql = new SqlCursor(source);

    StatementText Source => _sql.Statement;

    /// <summary>Understands one statement.</summary>
    /// <exception cref="MillraceException"><c>sql-syntax</c>, <c>sql-unsupported</c>, <c>sql-text</c>,
    /// <c>table-name</c>, <c>type-unsupported</c>; the first two name line and column.</exception>
    public static Statement Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        SqlPlace.CheckText(text);
        return Parse(new StatementText(text));
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static Statement Parse(StatementText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        SqlPlace.CheckText(text.Text);
        return new StatementParser(text).Parse();
    }

    Statement Parse()
    {
        var first = _sql.Current;
        var statement = _sql.Is("with") ? Common() : ParseHead("");
        if (statement is null)
        {
            return IsQuery(first) ? new QueryStatement(Source) : throw _sql.Expected("a statement");
        }

        _sql.TryTake(';');
        _sql.ExpectEnd();
        return statement;
    }

    bool IsQuery(SqlToken token) => token.IsSymbol(Source.Text, '(')
        || (token.Kind == SqlTokenKind.Word && Heads.Contains(token.Name(Source.Text)));

    /// <summary>A statement that begins with common table expressions; null for a query.</summary>
    Statement? Common()
    {
        var first = _sql.Place;
        _sql.Take();
        _ = _sql.Until("a name", token => token.Kind == SqlTokenKind.Word && _sql.IsAfter(')')
            && (_sql.Is("insert") || _sql.Is("update") || _sql.Is("delete") || _sql.Is("merge")
                || _sql.Is("select") || _sql.Is("from") || _sql.Is("values") || _sql.Is("table")));
        return _sql.IsEnd ? null : ParseHead(_sql.Since(first) + "\n");
    }

    Statement? ParseHead(string with)
    {
        var first = _sql.Current;
        if (_sql.TryTake("insert"))
        {
            return Insert(with);
        }

        if (_sql.TryTake("update"))
        {
            return Update(with);
        }

        if (_sql.TryTake("delete"))
        {
            return Delete(with);
        }

        if (_sql.TryTake("merge"))
        {
            return Merge(with);
        }

        return with.Length > 0 ? null
            : _sql.TryTake("create") ? Create(first)
            : _sql.TryTake("drop") ? Drop(first)
            : _sql.TryTake("alter") ? Alter(first)
            : _sql.TryTake("truncate") ? Truncate()
            : _sql.TryTake("comment") ? Comment()
            : _sql.TryTake("optimize") ? Optimize()
            : _sql.TryTake("vacuum") ? Vacuum()
            : _sql.TryTake("restore") ? Restore()
            : _sql.TryTake("describe", "history") || _sql.TryTake("desc", "history") ? History()
            : RefuseOthers(first);
    }

    Statement? RefuseOthers(SqlToken first) =>
        _sql.Is("explain") && ExplainsWriting()
            ? throw _sql.Unsupported(first, "EXPLAIN of a statement that writes", "Explain its query by itself.")
        : _sql.Is("grant") || _sql.Is("revoke")
            ? throw _sql.Unsupported(first, "A rule of access", "Keys and their grants are made with 'millrace key'.")
        : _sql.Is("replace") || _sql.Is("upsert")
            ? throw _sql.Unsupported(first, "This form", "MERGE INTO changes rows that are there and adds others.")
        : _sql.Is("refresh") || _sql.Is("msck") || _sql.Is("reorg") || _sql.Is("lock") || _sql.Is("cluster")
            ? throw _sql.Unsupported(first, "This statement", "A table is always as its newest version has it.")
        : null;

    bool ExplainsWriting()
    {
        var first = _sql.Place;
        _sql.Take();
        if (_sql.Is('('))
        {
            _ = _sql.Bracketed("an option");
        }

        _sql.TryTake("analyze");
        var writes = _sql.Is("insert") || _sql.Is("update") || _sql.Is("delete") || _sql.Is("merge")
            || _sql.Is("create") || _sql.Is("drop") || _sql.Is("alter") || _sql.Is("truncate");
        _sql.Return(first);
        return writes;
    }

    TruncateStatement Truncate()
    {
        _sql.TryTake("table");
        return new TruncateStatement(Source, Table());
    }

    /// <summary>The name of a table that is written, or of a view.</summary>
    /// <exception cref="MillraceException"><c>table-name</c>, <c>sql-unsupported</c>.</exception>
    string Table()
    {
        var first = _sql.Current;
        var name = _sql.Name("the name of a table");
        if (_sql.Is('.'))
        {
            if (name.Equals("millrace", StringComparison.OrdinalIgnoreCase))
            {
                throw _sql.Unsupported(
                    first, "Writing into the schema 'millrace'",
                    "It shows what the workspace knows; its verbs change it.");
            }

            if (!name.Equals("main", StringComparison.OrdinalIgnoreCase))
            {
                throw _sql.Unsupported(
                    first, $"The schema '{name}'", "Tables have a name only, or stand in the schema 'main'.");
            }

            _sql.Take();
            name = _sql.Name("the name of a table");
        }

        return _sql.Is('@')
            ? throw _sql.Unsupported(
                _sql.Current, "Writing into an earlier version",
                "Versions stay as they are: write into the table, or bring a version back with RESTORE TABLE.")
            : SqlName.CheckTable(name);
    }

    /// <summary>An alias behind a table, if there is one.</summary>
    string? Alias(params ReadOnlySpan<string> next)
    {
        if (_sql.TryTake("as"))
        {
            return _sql.Name("an alias");
        }

        foreach (var word in next)
        {
            if (_sql.Is(word))
            {
                return null;
            }
        }

        return _sql.Current.Kind is SqlTokenKind.Word or SqlTokenKind.Quoted ? _sql.Name("an alias") : null;
    }

    /// <summary>Names in brackets, with commas between them.</summary>
    List<string> Names(string what)
    {
        _sql.Expect('(');
        var names = new List<string>();
        do
        {
            names.Add(_sql.Name(what));
        }
        while (_sql.TryTake(','));
        _sql.Expect(')');
        return names;
    }

    bool TryTakeIfExists() => _sql.TryTake("if", "exists");

    /// <exception cref="MillraceException"><c>sql-unsupported</c>.</exception>
    void RefuseReturning()
    {
        if (_sql.Is("returning"))
        {
            throw _sql.Unsupported(
                _sql.Current, "RETURNING", "Select the rows afterwards; 'table diff' shows what a version changed.");
        }
    }
}
