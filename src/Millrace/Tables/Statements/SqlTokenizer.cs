namespace Millrace.Tables.Statements;

/// <summary>Cuts an SQL text into tokens as DuckDB does: comments and white space fall away, quotes and dollar quotes are
/// one token. It looks at each character once and keeps nothing, so that a text of any length may come.</summary>
/// <remarks>The rules are those of PostgreSQL's lexer ("Lexical Structure" in its manual), from which DuckDB's comes:
/// comments in <c>/* */</c> nest, <c>E'…'</c> knows backslashes, <c>$tag$…$tag$</c> is a text, and a <c>$</c> inside a
/// word belongs to it.</remarks>
struct SqlTokenizer(string text)
{
    int _at;

    /// <summary>Where the next token is looked for; may be set back.</summary>
    public int Position
    {
        readonly get => _at;
        set => _at = value;
    }

    /// <summary>Where a comment or a quoted token begins that does not end; -1 for none.</summary>
    public int OpenedAt { get; private set; } = -1;

    /// <summary>The next token; one that does not end goes to the end of the text.</summary>
    public SqlToken Next()
    {
        SkipBlank();
        var start = _at;
        if (start >= text.Length)
        {
            return new SqlToken(SqlTokenKind.End, text.Length, text.Length);
        }

        var kind = Read(text[start]);
        return new SqlToken(kind, start, _at);
    }

    /// <summary>Whether a character may stand between tokens.</summary>
    public static bool IsBlank(char letter) => char.IsWhiteSpace(letter) || letter is '\u200b' or '\ufeff';

    void SkipBlank()
    {
        while (_at < text.Length)
        {
            if (IsBlank(text[_at]))
            {
                _at++;
            }
            else if (Follows("--"))
            {
                var end = text.AsSpan(_at).IndexOfAny('\n', '\r');
                _at = end < 0 ? text.Length : _at + end;
            }
            else if (Follows("/*"))
            {
                SkipComment();
            }
            else
            {
                return;
            }
        }
    }

    void SkipComment()
    {
        var start = _at;
        var depth = 0;
        do
        {
            if (_at >= text.Length)
            {
                OpenedAt = start;
                return;
            }

            if (Follows("/*"))
            {
                depth++;
                _at += 2;
            }
            else if (Follows("*/"))
            {
                depth--;
                _at += 2;
            }
            else
            {
                _at++;
            }
        }
        while (depth > 0);
    }

    SqlTokenKind Read(char first)
    {
        switch (first)
        {
            case '\'':
                return Quoted('\'', SqlTokenKind.Text, _at);
            case '"':
                return Quoted('"', SqlTokenKind.Name, _at);
            case '$':
                return Dollar();
            case '?':
                _at++;
                return SqlTokenKind.Parameter;
        }

        if (IsWordStart(first))
        {
            return Word();
        }

        if (char.IsAsciiDigit(first) || (first == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))
        {
            return Number();
        }

        _at++;
        return SqlTokenKind.Symbol;
    }

    SqlTokenKind Word()
    {
        var start = _at;
        while (_at < text.Length && (IsWordStart(text[_at]) || char.IsAsciiDigit(text[_at]) || text[_at] == '$'))
        {
            _at++;
        }

        if (_at - start != 1 || _at >= text.Length)
        {
            return SqlTokenKind.Word;
        }

        var letter = char.ToLowerInvariant(text[start]);
        if (letter == 'u' && _at + 1 < text.Length && text[_at] == '&' && text[_at + 1] is ('\'' or '"'))
        {
            _at++;
            return Quoted(text[_at], text[_at] == '"' ? SqlTokenKind.Name : SqlTokenKind.Text, start);
        }

        return text[_at] != '\'' ? SqlTokenKind.Word
            : letter == 'e' ? Escaped(start)
            : letter is 'b' or 'x' or 'n' ? Quoted('\'', SqlTokenKind.Text, start)
            : SqlTokenKind.Word;
    }

    SqlTokenKind Number()
    {
        while (_at < text.Length)
        {
            var letter = text[_at];
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '.') && !IsExponentSign(letter))
            {
                break;
            }

            _at++;
        }

        return SqlTokenKind.Number;
    }

    readonly bool IsExponentSign(char letter) => letter is ('+' or '-') && text[_at - 1] is ('e' or 'E')
        && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1]);

    SqlTokenKind Quoted(char quote, SqlTokenKind kind, int start)
    {
        _at++;
        while (true)
        {
            var end = text.AsSpan(_at).IndexOf(quote);
            if (end < 0)
            {
                return Open(kind, start);
            }

            _at += end + 1;
            if (_at >= text.Length || text[_at] != quote)
            {
                return kind;
            }

            _at++;
        }
    }

    SqlTokenKind Escaped(int start)
    {
        _at++;
        while (_at < text.Length)
        {
            if (text[_at] == '\\')
            {
                _at += 2;
            }
            else if (text[_at] != '\'')
            {
                _at++;
            }
            else if (_at + 1 < text.Length && text[_at + 1] == '\'')
            {
                _at += 2;
            }
            else
            {
                _at++;
                return SqlTokenKind.Text;
            }
        }

        return Open(SqlTokenKind.Text, start);
    }

    SqlTokenKind Dollar()
    {
        var start = _at++;
        while (_at < text.Length && (IsWordStart(text[_at]) || char.IsAsciiDigit(text[_at])))
        {
            _at++;
        }

        var isQuote = _at < text.Length && text[_at] == '$' && !(_at > start + 1 && char.IsAsciiDigit(text[start + 1]));
        if (!isQuote)
        {
            return _at == start + 1 ? SqlTokenKind.Symbol : SqlTokenKind.Parameter;
        }

        var tag = text.AsSpan(start, ++_at - start);
        var end = text.AsSpan(_at).IndexOf(tag);
        if (end < 0)
        {
            return Open(SqlTokenKind.Text, start);
        }

        _at += end + tag.Length;
        return SqlTokenKind.Text;
    }

    SqlTokenKind Open(SqlTokenKind kind, int start)
    {
        OpenedAt = start;
        _at = text.Length;
        return kind;
    }

    readonly bool Follows(string mark) =>
        _at + 1 < text.Length && text[_at] == mark[0] && text[_at + 1] == mark[1];

    static bool IsWordStart(char letter) => char.IsAsciiLetter(letter) || letter == '_'
        || (letter >= '\u0080' && !IsBlank(letter));
}
