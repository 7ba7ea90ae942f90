using System.Text;

namespace Millrace.Tables.Statements;

/// <summary>Walks over the tokens of one statement.</summary>
sealed class SqlCursor
{
    readonly StatementText _statement;
    SqlTokenizer _tokens;
    SqlToken _previous;

    public SqlCursor(StatementText statement)
    {
        _statement = statement;
        _tokens = new SqlTokenizer(statement.Text);
        Take();
    }

    public StatementText Statement => _statement;

    public string Text => _statement.Text;

    /// <summary>The token that is looked at.</summary>
    public SqlToken Current { get; private set; }

    /// <summary>Where the token before it ends.</summary>
    public int PreviousEnd => _previous.End;

    public bool IsEnd => Current.Kind == SqlTokenKind.End;

    /// <summary>Goes on by one token.</summary>
    /// <exception cref="MillraceException"><c>sql-syntax</c>: a quote or a comment that does not end.</exception>
    public void Take()
    {
        _previous = Current;
        Current = _tokens.Next();
        if (_tokens.OpenedAt >= 0)
        {
            throw SqlPlace.Unended(_statement, _tokens.OpenedAt);
        }
    }

    /// <summary>Goes back to a token that was looked at.</summary>
    public void Return(SqlToken token)
    {
        _tokens.Position = token.Start;
        Take();
    }

    public bool Is(string word) => Is(Current, word);

    public bool Is(SqlToken token, string word) => token.Kind == SqlTokenKind.Word
        && Text.AsSpan(token.Start, token.Length).Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool Is(char symbol) => IsSymbol(Current, symbol);

    /// <summary>Whether the token before the current one is a word.</summary>
    public bool IsAfter(string word) => Is(_previous, word);

    /// <summary>Whether the token before the current one is a symbol.</summary>
    public bool IsAfter(char symbol) => IsSymbol(_previous, symbol);

    /// <summary>Takes the words if they all come next; else nothing.</summary>
    public bool TryTake(params ReadOnlySpan<string> words)
    {
        var first = Current;
        foreach (var word in words)
        {
            if (!Is(word))
            {
                if (Current != first)
                {
                    Return(first);
                }

                return false;
            }

            Take();
        }

        return true;
    }

    public bool TryTake(char symbol)
    {
        if (!Is(symbol))
        {
            return false;
        }

        Take();
        return true;
    }

    /// <exception cref="MillraceException"><c>sql-syntax</c>.</exception>
    public void Expect(string word)
    {
        if (!TryTake(word))
        {
            throw Expected($"'{word.ToUpperInvariant()}'");
        }
    }

    /// <exception cref="MillraceException"><c>sql-syntax</c>.</exception>
    public void Expect(char symbol)
    {
        if (!TryTake(symbol))
        {
            throw Expected($"'{symbol}'");
        }
    }

    /// <exception cref="MillraceException"><c>sql-syntax</c>.</exception>
    public void ExpectEnd()
    {
        if (!IsEnd)
        {
            throw Expected("the end of the statement");
        }
    }

    /// <summary>A name, with or without quotes.</summary>
    /// <exception cref="MillraceException"><c>sql-syntax</c>.</exception>
    public string Name(string what)
    {
        if (Current.Kind is not (SqlTokenKind.Word or SqlTokenKind.Name) || Text[Current.Start] is 'u' or 'U'
            && Current.Kind == SqlTokenKind.Name)
        {
            throw Expected(what);
        }

        var name = Current.Kind == SqlTokenKind.Word
            ? Text[Current.Start..Current.End] : Inside(Current, '"');
        Take();
        return name.Length > 0 ? name : throw Error(_previous, "a name has no letters.", "Write at least one.");
    }

    /// <summary>A text in single quotes or between dollar signs.</summary>
    /// <exception cref="MillraceException"><c>sql-syntax</c>.</exception>
    public string Literal(string what)
    {
        if (Current.Kind != SqlTokenKind.Text || Text[Current.Start] is not ('\'' or '$'))
        {
            throw Expected(what);
        }

        string literal;
        if (Text[Current.Start] == '\'')
        {
            literal = Inside(Current, '\'');
        }
        else
        {
            var tag = Text.IndexOf('$', Current.Start + 1) + 1 - Current.Start;
            literal = Text[(Current.Start + tag)..(Current.End - tag)];
        }

        Take();
        return literal;
    }

    /// <summary>The text from the current token up to one of some words or symbols that stands in no brackets and no
    /// CASE, which becomes the current token; or up to the end.</summary>
    /// <param name="what">What is expected, for the message.</param>
    /// <param name="isLast">Whether a token ends it.</param>
    /// <exception cref="MillraceException"><c>sql-syntax</c>: nothing is there, or brackets do not match.</exception>
    public string Until(string what, Func<SqlToken, bool> isLast)
    {
        var start = Current.Start;
        var open = new Stack<SqlToken>();
        while (!IsEnd && (open.Count > 0 || !isLast(Current)))
        {
            Step(open);
            Take();
        }

        if (open.TryPeek(out var unclosed))
        {
            throw Error(unclosed, "this is not closed.", "Close it.");
        }

        return PreviousEnd > start && start < Current.Start ? Text[start..PreviousEnd] : throw Expected(what);
    }

    /// <summary>The text between brackets that begin here, without them.</summary>
    /// <exception cref="MillraceException"><c>sql-syntax</c>.</exception>
    public string Bracketed(string what)
    {
        var from = Current;
        Expect('(');
        var depth = 1;
        var inner = Current.Start;
        while (true)
        {
            if (IsEnd)
            {
                throw Error(from, "this is not closed.", "Close it.");
            }

            depth += Is('(') ? 1 : Is(')') ? -1 : 0;
            if (depth == 0)
            {
                var text = inner < PreviousEnd ? Text[inner..PreviousEnd] : throw Expected(what);
                Take();
                return text;
            }

            Take();
        }
    }

    /// <summary>The text from a token to the one before the current.</summary>
    public string Since(SqlToken first) => Text[first.Start..PreviousEnd];

    /// <summary>Whether the current token follows the one before it without a space.</summary>
    public bool IsJoined => !IsEnd && Current.Start == _previous.End;

    public MillraceException Expected(string what) => Error(
        Current, IsEnd ? $"{what} was expected, and the statement ends." : $"{what} was expected.",
        "Correct the statement there; 'docs/guide/sql.md' shows the forms that are known.");

    /// <summary>A form that is understood and not offered.</summary>
    public MillraceException Unsupported(SqlToken at, string what, string hint) => SqlPlace.Error(
        _statement, at.Start, "sql-unsupported", $"{what} is not supported.", hint);

    public MillraceException Error(SqlToken at, string message, string hint) =>
        SqlPlace.Error(_statement, at.Start, "sql-syntax", message, hint);

    bool IsSymbol(SqlToken token, char symbol) =>
        token.Kind == SqlTokenKind.Symbol && Text[token.Start] == symbol;

    void Step(Stack<SqlToken> open)
    {
        if (Is('(') || Is('[') || Is('{') || Is("case"))
        {
            open.Push(Current);
        }
        else if (Is(')') || Is(']') || Is('}') || (Is("end") && open.TryPeek(out var top) && Is(top, "case")))
        {
            if (!open.TryPop(out var opened) || !Closes(opened))
            {
                throw Error(Current, "nothing is open that this closes.", "Take it out, or open it before.");
            }
        }
    }

    bool Closes(SqlToken opened) => Text[opened.Start] switch
    {
        '(' => Is(')'),
        '[' => Is(']'),
        '{' => Is('}'),
        _ => Is("end"),
    };

    string Inside(SqlToken token, char quote)
    {
        var inner = Text.AsSpan(token.Start + 1, token.Length - 2);
        return inner.Contains(quote)
            ? new StringBuilder().Append(inner).Replace(new string(quote, 2), quote.ToString()).ToString()
            : inner.ToString();
    }
}
