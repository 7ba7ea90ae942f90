using System.Text.Json;

namespace Millrace.Tables.Queries;

/// <summary>Finds what a query names in the tree that DuckDB's own parser makes of it. What DuckDB can't parse as a
/// query is refused here, so that nothing else is ever run as one.</summary>
sealed class SqlReader
{
    /// <summary>Of what DuckDB's grammar does not know.</summary>
    public const string SyntaxCode = "sql-syntax";

    /// <summary>Deeper trees than that are refused; DuckDB itself ends at 1,000 expressions in one another.</summary>
    const int MaxDepth = 6_000;

    /// <summary>Queries in texts of queries, as <c>query('…')</c> has them, go so deep.</summary>
    const int MaxTexts = 16;

    readonly SqlSession _session;
    readonly List<SqlRelation> _tables = [];
    readonly HashSet<SqlRelation> _seen = [];
    readonly HashSet<string> _functions = new(StringComparer.Ordinal);
    readonly HashSet<string> _parquetFiles = new(StringComparer.Ordinal);
    int _texts;

    SqlReader(SqlSession session) => _session = session;

    /// <summary>What one query names.</summary>
    /// <param name="session">Whose parser is asked; nothing is run.</param>
    /// <param name="sql">One query in DuckDB's words.</param>
    /// <exception cref="MillraceException"><c>sql-syntax</c>, <c>sql-statement</c>, <c>sql-function</c>,
    /// <c>sql-deep</c>.</exception>
    public static SqlReferences Read(SqlSession session, string sql)
    {
        var reader = new SqlReader(session);
        reader.Parse(sql);
        return new SqlReferences(reader._tables, reader._functions, reader._parquetFiles);
    }

    void Parse(string sql)
    {
        if (sql.Contains('\0', StringComparison.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.Invalid, SyntaxCode,
                $"The SQL has a NUL character at {SqlLexer.Place(sql, sql.IndexOf('\0', StringComparison.Ordinal))}.",
                "Take it out; DuckDB would stop reading there.");
        }

        var json = _session.Value<string>(
            // It takes no parameter.
            $"select cast(json_serialize_sql({SqlName.Text(sql)}) as varchar)")!;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            if (root.GetProperty("error").GetBoolean())
                throw Refusal(sql, root);
            var statements = root.GetProperty("statements");
            if (statements.GetArrayLength() != 1)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "sql-statement",
                    $"The text holds {statements.GetArrayLength()} statements where one query was expected.",
                    "Run them one after the other.");
            }

            Visit(statements[0], new Scope([], null));
        }
        catch (JsonException exception)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-deep", $"The query nests deeper than {MaxDepth:N0} levels.",
                "Put parts of it into 'with' clauses or views.", exception);
        }
    }

    static MillraceException Refusal(string sql, JsonElement root)
    {
        var message = Text(root, "error_message") ?? "DuckDB can't read it.";
        if (Text(root, "error_type") == "not implemented")
            return SqlRules.Refuse(sql);
        var place = long.TryParse(Text(root, "position"), out var position)
            ? $" ({SqlLexer.Place(sql, IndexOf(sql, position))})" : "";
        return new MillraceException(
            ErrorKind.Invalid, SyntaxCode, $"The SQL can't be read: {message}{place}.",
            "Correct the SQL at that place; docs/guide/sql.md shows what can be written.");
    }

    /// <summary>The index of a place that is told in characters of Unicode.</summary>
    static int IndexOf(string sql, long position)
    {
        var index = 0;
        for (var characters = 0L; characters < position && index < sql.Length; characters++)
            index += char.IsHighSurrogate(sql[index]) ? 2 : 1;
        return index;
    }

    void Visit(JsonElement element, Scope scope)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Visit(item, scope);
            return;
        }

        if (element.ValueKind != JsonValueKind.Object)
            return;
        scope = Names(element, scope);
        switch (Text(element, "type"))
        {
            case "BASE_TABLE":
                Add(Text(element, "schema_name") ?? "", Text(element, "table_name") ?? "", scope);
                break;
            case "SHOW_REF":
                Shown(element, scope);
                break;
            case "TABLE_FUNCTION" when element.TryGetProperty("function", out var function):
                TableFunction(function);
                break;
        }

        if (Text(element, "function_name") is { Length: > 0 } name)
            _functions.Add(name.ToLowerInvariant());
        foreach (var part in element.EnumerateObject())
        {
            if (part.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && part.Name != "cte_map")
                Visit(part.Value, scope);
        }
    }

    /// <summary>The names that a part of the tree gives to queries within it; those queries are visited.</summary>
    Scope Names(JsonElement element, Scope scope)
    {
        if (element.TryGetProperty("cte_name", out var name) && name.ValueKind == JsonValueKind.String)
            scope = scope.With(name.GetString()!);
        if (!element.TryGetProperty("cte_map", out var map) || map.ValueKind != JsonValueKind.Object
            || !map.TryGetProperty("map", out var entries) || entries.ValueKind != JsonValueKind.Array)
        {
            return scope;
        }

        foreach (var entry in entries.EnumerateArray())
        {
            var key = Text(entry, "key") ?? "";
            var value = entry.GetProperty("value");
            // A query that is named like a table may read that table; only one that calls itself means itself.
            Visit(value, IsRecursive(value) ? scope.With(key) : scope);
            scope = scope.With(key);
        }

        return scope;
    }

    static bool IsRecursive(JsonElement value) => value.TryGetProperty("query", out var query)
        && query.TryGetProperty("node", out var node) && Text(node, "type") == "RECURSIVE_CTE_NODE";

    void Shown(JsonElement element, Scope scope)
    {
        // The name is as it was written, quotes and schema included.
        if (Text(element, "table_name") is not { Length: > 0 } written)
            return;
        var names = SqlLexer.Read(written).Where(token => token.Kind is SqlTokenKind.Word or SqlTokenKind.Quoted)
            .Select(token => token.Name(written)).ToList();
        if (names.Count > 0)
            Add(names.Count > 1 ? names[^2] : "", names[^1], scope);
    }

    void TableFunction(JsonElement function)
    {
        var name = Text(function, "function_name")?.ToLowerInvariant() ?? "";
        SqlRules.CheckTableFunction(name);
        if (name.StartsWith("parquet_", StringComparison.Ordinal) || name == "read_parquet")
            AddParquet(function);
        if (name is not ("query" or "query_table"))
            return;
        // These read what a text of theirs says.
        var texts = Texts(function);
        foreach (var text in texts)
        {
            if (name == "query_table")
                Add("", text, new Scope([], null));
            else if (++_texts > MaxTexts)
                throw SqlRules.Unreadable(name);
            else
                Parse(text);
        }
    }

    /// <summary>Notes the texts that a function is called with, those in lists too.</summary>
    void AddParquet(JsonElement value)
    {
        if (Text(value, "class") == "CONSTANT" && value.TryGetProperty("value", out var constant))
        {
            if (Text(constant, "value") is { } text)
                _parquetFiles.Add(text);
        }
        else if (value.TryGetProperty("children", out var children))
        {
            foreach (var child in children.EnumerateArray())
                AddParquet(child);
        }
    }

    static List<string> Texts(JsonElement function)
    {
        var texts = new List<string>();
        if (function.TryGetProperty("children", out var children))
        {
            foreach (var child in children.EnumerateArray())
                texts.AddRange(Texts(child, Text(function, "function_name")!));
        }

        return texts;
    }

    static IEnumerable<string> Texts(JsonElement value, string function)
    {
        if (Text(value, "class") == "CONSTANT" && value.TryGetProperty("value", out var constant))
        {
            return Text(constant, "value") is { } text ? [text] : [];
        }

        // A list of names is a call of list_value.
        return Text(value, "function_name") == "list_value" || Text(value, "type") == "ARRAY_CONSTRUCTOR"
            ? value.GetProperty("children").EnumerateArray().SelectMany(child => Texts(child, function))
            : throw SqlRules.Unreadable(function);
    }

    void Add(string schema, string name, Scope scope)
    {
        if (schema.Length == 0 && scope.Has(name))
            return;
        var relation = new SqlRelation(schema, name);
        if (name.Length > 0 && _seen.Add(relation))
            _tables.Add(relation);
    }

    static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : null : null;

    /// <summary>The names that <c>with</c> has given so far.</summary>
    sealed record Scope(IReadOnlyList<string> Names, Scope? Outer)
    {
        public Scope With(string name) => new([name], this);

        public bool Has(string name)
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
            {
                if (scope.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
                    return true;
            }

            return false;
        }
    }
}
