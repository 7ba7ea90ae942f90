using System.Text;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

/// <summary>Walks over the tokens of one statement.</summary>
sealed class SqlCursor
{
    readonly StatementText _statement;
    readonly IReadOnlyList<SqlToken> _tokens;
    int _index;

    /// <exception cref="MillraceException"><c>sql-text</c>: a quote or a comment that does not end.</exception>
    public SqlCursor(StatementText statement)
    {
        _statement = statement;
        _tokens = SqlLexer.Read(statement.Text);
    }

    public StatementText Statement => _statement;

    public string Text => _statement.Text;

    public bool IsEnd => _index >= _tokens.Count;

    /// <summary>The token that is looked at; at the end one that is nothing.</summary>
    public SqlToken Current => At(_index);

    /// <summary>The one before it.</summary>
    SqlToken Previous => At(_index - 1);

    /// <summary>Goes on by one token.</summary>
    public void Take() => _index = Math.Min(_index + 1, _tokens.Count);

    /// <summary>A place to return to.</summary>
    public int Place => _index;

    /// <summary>Goes back to a place.</summary>
    public void Return(int place) => _index = place;

    public bool Is(string word) => Is(Current, word);

    public bool Is(SqlToken token, string word) => token.IsWord(Text, word);

    public bool Is(char symbol) => Current.IsSymbol(Text, symbol);

    /// <summary>Whether the token before the current one is a word.</summary>
    public bool IsAfter(string word) => Is(Previous, word);

    /// <summary>Whether the token before the current one is a symbol.</summary>
    public bool IsAfter(char symbol) => Previous.IsSymbol(Text, symbol);

    /// <summary>Takes the words if they all come next; else nothing.</summary>
    public bool TryTake(params ReadOnlySpan<string> words)
    {
        var place = _index;
        foreach (var word in words)
        {
            if (!Is(word))
            {
                _index = place;
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
        if (Current.Kind is not (SqlTokenKind.Word or SqlTokenKind.Quoted))
        {
            throw Expected(what);
        }

        var name = Current.Name(Text);
        Take();
        return name.Length > 0 ? name : throw Error(Previous, "a name has no letters.", "Write at least one.");
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
        var first = _index;
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

        return _index > first ? Text[start..Previous.End] : throw Expected(what);
    }

    /// <summary>The text between brackets that begin here, without them.</summary>
    /// <exception cref="MillraceException"><c>sql-syntax</c>.</exception>
    public string Bracketed(string what)
    {
        var from = Current;
        Expect('(');
        var depth = 1;
        var first = _index;
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
                var text = _index > first ? Text[inner..Previous.End] : throw Expected(what);
                Take();
                return text;
            }

            Take();
        }
    }

    /// <summary>The text from a place to the one before the current.</summary>
    public string Since(int place) => Text[_tokens[place].Start..Previous.End];

    /// <summary>Whether the current token follows the one before it without a space.</summary>
    public bool IsJoined => !IsEnd && Current.Start == Previous.End;

    public MillraceException Expected(string what) => Error(
        Current, IsEnd ? $"{what} was expected, and the statement ends." : $"{what} was expected.",
        "Correct the statement there; 'docs/guide/sql.md' shows the forms that are known.");

    /// <summary>A form that is understood and not offered.</summary>
    public MillraceException Unsupported(SqlToken at, string what, string hint) => SqlPlace.Error(
        _statement, at.Start, "sql-unsupported", $"{what} is not supported.", hint);

    public MillraceException Error(SqlToken at, string message, string hint) =>
        SqlPlace.Error(_statement, at.Start, "sql-syntax", message, hint);

    SqlToken At(int index) => index >= 0 && index < _tokens.Count
        ? _tokens[index] : new SqlToken(SqlTokenKind.Parameter, Text.Length, Text.Length);

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
        var inner = Text.AsSpan(token.Start + 1, token.End - token.Start - 2);
        return inner.Contains(quote)
            ? new StringBuilder().Append(inner).Replace(new string(quote, 2), quote.ToString()).ToString()
            : inner.ToString();
    }
}
