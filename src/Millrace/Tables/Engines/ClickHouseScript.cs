using System.Text;

namespace Millrace.Tables.Engines;

/// <summary>One query in ClickHouse's SQL, whose tables can be said otherwise. Only what may be a table is looked for:
/// a name behind <c>from</c>, <c>join</c>, a comma between them, or <c>in</c>; all else stays as it is.</summary>
sealed class ClickHouseScript
{
    static readonly HashSet<string> Clauses = new(StringComparer.OrdinalIgnoreCase)
    {
        "where", "prewhere", "group", "order", "having", "limit", "offset", "fetch", "union", "intersect", "except",
        "settings", "format", "qualify", "window", "into", "select", "with",
    };

    static readonly HashSet<string> BehindTable = new(StringComparer.OrdinalIgnoreCase)
    {
        "final", "sample", "join", "left", "right", "full", "inner", "cross", "global", "local", "any", "all", "asof",
        "semi", "anti", "outer", "array", "on", "using", "paste", "and", "or", "as", "then", "else", "end", "is", "not",
    };

    readonly string _sql;
    readonly IReadOnlyList<ClickHouseToken> _tokens;
    readonly List<TablePlace> _places = [];
    readonly HashSet<string> _own = new(StringComparer.Ordinal);

    ClickHouseScript(string sql, IReadOnlyList<ClickHouseToken> tokens)
    {
        _sql = sql;
        _tokens = tokens;
    }

    /// <summary>Every name that may be a table's, once.</summary>
    public IReadOnlyList<string> Tables => [.. _places.Select(place => place.Name).Distinct(StringComparer.Ordinal)];

    /// <exception cref="MillraceException"><c>engine-statement</c>: it is no single query.</exception>
    public static ClickHouseScript Read(string sql)
    {
        var text = sql.TrimEnd();
        var tokens = ClickHouseTokens.Read(text);
        while (tokens.Count > 0 && tokens[^1].IsSymbol(';'))
        {
            text = text[..tokens[^1].Start];
            tokens = [.. tokens.SkipLast(1)];
        }

        if (tokens.Count == 0 || !(tokens[0].Is("select") || tokens[0].Is("with") || tokens[0].Is("from")
            || tokens[0].IsSymbol('(')))
            throw Refused("An engine runs queries that read: they begin with 'select' or 'with'.");
        if (tokens.Any(token => token.IsSymbol(';')))
            throw Refused("An engine runs one query at a time, and there is a ';' in it.");
        var script = new ClickHouseScript(text, tokens);
        script.CheckClauses();
        script.FindOwn();
        script.Find();
        return script;
    }

    /// <summary>The query with other relations in the place of tables.</summary>
    /// <param name="relation">What stands for a name; null leaves it.</param>
    public string Write(Func<string, string?> relation)
    {
        var written = new StringBuilder();
        var at = 0;
        foreach (var place in _places)
        {
            if (relation(place.Name) is not { } other)
                continue;
            written.Append(_sql, at, place.Start - at).Append(other);
            if (place.NeedsAlias)
                written.Append(" as ").Append(ClickHouseText.Name(place.Name));
            at = place.End;
        }

        return written.Append(_sql, at, _sql.Length - at).ToString();
    }

    /// <summary>Refuses what an older server does not have.</summary>
    /// <exception cref="MillraceException"><c>engine-feature</c>.</exception>
    public void CheckFor(ServerVersion version)
    {
        for (var i = 0; i < _tokens.Count; i++)
        {
            var token = _tokens[i];
            var next = i + 1 < _tokens.Count ? _tokens[i + 1] : default;
            if (token.Is("over") && (next.IsSymbol('(') || next.IsName))
                Need(21, 10, "window functions");
            if (token.Is("qualify"))
                Need(24, 11, "qualify");
            if (token.Is("filter") && next.IsSymbol('('))
                Need(21, 4, "filter (where …) of aggregates");
            if (token.Is("intersect") || token.Is("except"))
                Need(21, 9, token.Text.ToLowerInvariant());
            if ((token.Is("semi") || token.Is("anti")) && next.IsName)
                Need(20, 1, "semi and anti joins");
            if (token.Is("asof"))
                Need(19, 14, "as-of joins");
            if (token.Is("exists") && next.IsSymbol('('))
                Need(22, 3, "exists (…)");
        }

        if (_own.Count > 0)
            Need(20, 10, "common table expressions (with … as (select …))");
        if (_joinsOfOne > 1)
            Need(20, 1, "several joins in one select");

        void Need(int major, int minor, string feature)
        {
            if (version < new ServerVersion(major, minor))
                throw EngineFault.Since(feature, new ServerVersion(major, minor), version);
        }
    }

    int _joinsOfOne;

    void CheckClauses()
    {
        for (var i = 0; i + 1 < _tokens.Count; i++)
        {
            var (token, next) = (_tokens[i], _tokens[i + 1]);
            if (token.Is("settings") && next.IsName && i + 2 < _tokens.Count && _tokens[i + 2].IsSymbol('='))
            {
                throw Refused(
                    "The query says settings, which could make its answer a part of the truth.",
                    "Say them in millrace.yaml under 'engines: NAME: settings:'.");
            }

            if (token.Is("into") && next.Is("outfile"))
                throw Refused("The query writes a file on the server.", "Take 'into outfile' out.");
            if (token.Is("format") && next.Kind == ClickHouseTokenKind.Word && i + 2 == _tokens.Count && i > 0
                && !_tokens[i - 1].IsSymbol(',') && !_tokens[i - 1].Is("select"))
            {
                throw Refused(
                    "The query says a format; the answer comes in the one that is read here.", "Take it out.");
            }
        }
    }

    /// <summary>Names that the query itself gives: <c>with name as (select …)</c>.</summary>
    void FindOwn()
    {
        for (var i = 0; i + 3 < _tokens.Count; i++)
        {
            if (_tokens[i].IsName && _tokens[i + 1].Is("as") && _tokens[i + 2].IsSymbol('(')
                && (_tokens[i + 3].Is("select") || _tokens[i + 3].Is("with") || _tokens[i + 3].IsSymbol('(')))
                _own.Add(_tokens[i].Text);
        }
    }

    void Find()
    {
        var levels = new Stack<Level>();
        var level = new Level { IsQuery = true };
        for (var i = 0; i < _tokens.Count; i++)
        {
            var token = _tokens[i];
            if (token.IsSymbol('('))
            {
                levels.Push(level);
                var isExpected = level.IsExpected;
                level.IsExpected = false;
                var next = i + 1 < _tokens.Count ? _tokens[i + 1] : default;
                level = new Level
                {
                    IsQuery = next.Is("select") || next.Is("with") || next.Is("from")
                        || (next.IsSymbol('(') && (isExpected || level.IsQuery)),
                };
            }
            else if (token.IsSymbol(')'))
            {
                _joinsOfOne = Math.Max(_joinsOfOne, level.Joins);
                level = levels.Count > 0 ? levels.Pop() : throw Refused("The query has a ')' too many.");
            }
            else if (level.IsExpected && token.IsName && !BehindTable.Contains(token.Text))
            {
                level.IsExpected = false;
                i = Take(i, isSet: false);
            }
            else if (level.IsQuery)
            {
                i = Follow(level, i);
            }
            else if (token.Is("in") && i + 1 < _tokens.Count && _tokens[i + 1].IsName)
            {
                i = Take(i + 1, isSet: true);
            }
        }

        _joinsOfOne = Math.Max(_joinsOfOne, level.Joins);
        if (levels.Count > 0)
            throw Refused("The query lacks a ')'.");
    }

    /// <summary>Follows a query's clauses.</summary>
    int Follow(Level level, int i)
    {
        var token = _tokens[i];
        if (i > 0 && _tokens[i - 1].IsSymbol('.'))
            return i;
        if (token.Is("from"))
        {
            (level.IsFrom, level.IsExpected, level.Joins) = (true, true, 0);
        }
        else if (token.Is("join") && !(i > 0 && _tokens[i - 1].Is("array")))
        {
            level.IsExpected = true;
            level.Joins++;
            _joinsOfOne = Math.Max(_joinsOfOne, level.Joins);
        }
        else if (token.IsSymbol(',') && level.IsFrom)
        {
            level.IsExpected = true;
        }
        else if (token.Is("array") && level.IsFrom)
        {
            // What follows are lists.
            level.IsFrom = false;
        }
        else if (token.Kind == ClickHouseTokenKind.Word && Clauses.Contains(token.Text))
        {
            level.IsFrom = false;
        }
        else if (token.Is("in") && i + 1 < _tokens.Count && _tokens[i + 1].IsName)
        {
            return Take(i + 1, isSet: true);
        }

        return i;
    }

    /// <summary>Takes a name that may be a table's.</summary>
    /// <returns>Its last token.</returns>
    int Take(int i, bool isSet)
    {
        var name = _tokens[i].Text;
        var last = i;
        // A version: table@v3, table@2026-03-01.
        while (last + 1 < _tokens.Count && _tokens[last + 1].Start == _tokens[last].End && name.Length > 0
            && _tokens[i].Kind == ClickHouseTokenKind.Word
            && (_tokens[last + 1].IsSymbol('@')
                || (last > i && (_tokens[last + 1].Kind is ClickHouseTokenKind.Word or ClickHouseTokenKind.Value
                    || _tokens[last + 1].IsSymbol('-') || _tokens[last + 1].IsSymbol(':')))))
            last++;
        if (last > i)
            name = _sql[_tokens[i].Start.._tokens[last].End];
        var next = last + 1 < _tokens.Count ? _tokens[last + 1] : default;
        // Of a database, or a function.
        if (next.IsSymbol('.') || next.IsSymbol('(') || _own.Contains(name))
            return last;
        var hasAlias = next.Is("as") || (next.IsName && !(next.Kind == ClickHouseTokenKind.Word
            && (Clauses.Contains(next.Text) || BehindTable.Contains(next.Text))));
        _places.Add(new TablePlace(name, _tokens[i].Start, _tokens[last].End, !isSet && !hasAlias));
        return last;
    }

    static MillraceException Refused(string what, string? hint = null) => new(
        ErrorKind.Invalid, "engine-statement", what, hint ?? "Give one query, such as 'select … from TABLE'.");

    sealed record TablePlace(string Name, int Start, int End, bool NeedsAlias);

    sealed class Level
    {
        public bool IsQuery { get; init; }

        public bool IsFrom { get; set; }

        public bool IsExpected { get; set; }

        public int Joins { get; set; }
    }
}
