namespace Millrace.Tests.House;

/// <summary>Splits C# source into code and comments, so that a rule sees neither the content of literals nor a word
/// in the wrong place. It knows every kind of string; a reader this small keeps a compiler out of the tests.</summary>
sealed class CSharpText
{
    readonly string _text;
    readonly char[] _code;
    readonly char[] _comments;
    int _at;

    CSharpText(string text)
    {
        _text = text;
        _code = Blank(text);
        _comments = Blank(text);
        ReadCode(isHole: false);
    }

    /// <returns>Two texts as long as the source, with the same line breaks: the code without comments and without the
    /// content of literals, and the comments with their marks.</returns>
    public static (string Code, string Comments) Split(string text)
    {
        var parts = new CSharpText(text);
        return (new string(parts._code), new string(parts._comments));
    }

    static char[] Blank(string text)
    {
        var blank = text.ToCharArray();
        for (var i = 0; i < blank.Length; i++)
            if (blank[i] != '\n') blank[i] = ' ';
        return blank;
    }

    // A hole of an interpolated string ends before the brace that closes it, or before its format.
    void ReadCode(bool isHole)
    {
        var depth = 0;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (isHole && depth == 0 && (c == '}' || IsFormat())) return;
            if (Sees("//")) CopyTo(_comments, EndOfLine());
            else if (Sees("/*")) CopyTo(_comments, After("*/"));
            else if (c == '#' && IsFirstOnLine()) CopyTo(_code, EndOfLine());
            else if (c == '\'') SkipCharacter();
            else if (StringPrefix() is { } prefix) SkipString(prefix);
            else
            {
                if (c is '(' or '[' or '{') depth++;
                if (c is ')' or ']' or '}') depth--;
                CopyTo(_code, _at + 1);
            }
        }
    }

    bool Sees(string word) => string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0;

    bool IsFormat() => _text[_at] == ':' && !Sees("::") && (_at == 0 || _text[_at - 1] != ':');

    bool IsFirstOnLine()
    {
        var start = _at;
        while (start > 0 && _text[start - 1] is ' ' or '\t') start--;
        return start == 0 || _text[start - 1] == '\n';
    }

    int EndOfLine() => IndexOrEnd(_text.IndexOf('\n', _at));

    int After(string end)
    {
        var index = IndexOrEnd(_text.IndexOf(end, _at + 2, StringComparison.Ordinal));
        return Math.Min(_text.Length, index + end.Length);
    }

    int IndexOrEnd(int index) => index < 0 ? _text.Length : index;

    void CopyTo(char[] target, int end)
    {
        for (; _at < end; _at++) target[_at] = _text[_at];
    }

    void SkipCharacter()
    {
        _code[_at++] = '\'';
        while (_at < _text.Length && _text[_at] is not ('\'' or '\n')) _at += _text[_at] == '\\' ? 2 : 1;
        if (_at < _text.Length && _text[_at] == '\'') _code[_at++] = '\'';
    }

    // '$' and '@' in any order and number, then the quotes.
    (int Dollars, bool IsVerbatim, int Quotes)? StringPrefix()
    {
        var end = _at;
        while (end < _text.Length && _text[end] is '$' or '@') end++;
        var quotes = CountOf('"', end);
        if (quotes == 0) return null;
        var prefix = _text[_at..end];
        return (prefix.Count(c => c == '$'), prefix.Contains('@'), quotes);
    }

    int CountOf(char c, int start)
    {
        var end = start;
        while (end < _text.Length && _text[end] == c) end++;
        return end - start;
    }

    void SkipString((int Dollars, bool IsVerbatim, int Quotes) prefix)
    {
        _code[_at] = '"';
        while (_text[_at] != '"') _at++;
        if (prefix.Quotes >= 3 && !prefix.IsVerbatim) SkipRaw(prefix.Quotes, prefix.Dollars);
        else SkipQuoted(prefix.IsVerbatim, prefix.Dollars > 0);
        _code[_at - 1] = '"';
    }

    void SkipQuoted(bool isVerbatim, bool hasHoles)
    {
        _at++;
        while (_at < _text.Length)
        {
            if (!isVerbatim && _text[_at] == '\\') _at += 2;
            else if (_text[_at] == '"' && isVerbatim && CountOf('"', _at) > 1) _at += 2;
            else if (_text[_at] == '"' || (!isVerbatim && _text[_at] == '\n')) break;
            else if (hasHoles && _text[_at] == '{' && CountOf('{', _at) > 1) _at += 2;
            else if (hasHoles && _text[_at] == '{') SkipHole(braces: 1);
            else _at++;
        }
        _at = Math.Min(_text.Length, _at + 1);
    }

    void SkipRaw(int quotes, int dollars)
    {
        _at += quotes;
        while (_at < _text.Length)
        {
            var braces = CountOf('{', _at);
            if (CountOf('"', _at) is var count && count >= quotes)
            {
                _at += count;
                return;
            }
            if (dollars > 0 && braces >= dollars) SkipHole(braces);
            else _at += Math.Max(1, Math.Max(count, braces));
        }
    }

    void SkipHole(int braces)
    {
        _at += braces;
        ReadCode(isHole: true);
        while (_at < _text.Length && _text[_at] is not ('}' or '\n')) _at++;
        _at += Math.Min(braces, CountOf('}', _at));
    }
}
