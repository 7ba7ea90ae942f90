namespace Millrace.Tables.Frames;

/// <summary>Functions of a text. Null in, null out. Places count from 0, in characters.</summary>
public sealed class TextExpr
{
    readonly Expr _text;

    internal TextExpr(Expr text) => _text = text;

    public Expr Lower() => Expr.Call("lower", _text);

    public Expr Upper() => Expr.Call("upper", _text);

    /// <summary>In characters.</summary>
    public Expr Length() => Expr.Call("length", _text);

    /// <summary>Whether it holds a text; the text is taken as it is.</summary>
    public Expr Contains(Expr text) => Expr.Call("contains", _text, text);

    public Expr StartsWith(Expr text) => Expr.Call("starts_with", _text, text);

    public Expr EndsWith(Expr text) => Expr.Call("ends_with", _text, text);

    /// <summary>Whether a regular expression (RE2) matches somewhere in it.</summary>
    public Expr Matches(string pattern) => Expr.Call("regexp_matches", _text, pattern);

    /// <summary>What a regular expression finds first; empty when it finds nothing.</summary>
    /// <param name="pattern">RE2.</param>
    /// <param name="group">0 is the whole match.</param>
    public Expr Extract(string pattern, int group = 0) => Expr.Call("regexp_extract", _text, pattern, group);

    /// <summary>All that a regular expression finds, as a list.</summary>
    public Expr ExtractAll(string pattern, int group = 0) => Expr.Call("regexp_extract_all", _text, pattern, group);

    /// <summary>Another text wherever a text stands.</summary>
    public Expr Replace(Expr from, Expr to) => Expr.Call("replace", _text, from, to);

    /// <summary>Another text wherever a regular expression matches; <c>\1</c> is its first group.</summary>
    public Expr ReplacePattern(string pattern, string to) => Expr.Call("regexp_replace", _text, pattern, to, "g");

    /// <summary>Its parts between separators, as a list.</summary>
    public Expr Split(Expr separator) => Expr.Call("string_split", _text, separator);

    /// <summary>A part of it.</summary>
    /// <param name="start">From 0; negative counts from the end.</param>
    /// <param name="length">Null is to the end.</param>
    public Expr Slice(int start, int? length = null)
    {
        var from = start >= 0 ? start + 1L : start;
        return length is { } count
            ? Expr.Call("substring", _text, from, count) : Expr.Call("substring", _text, from);
    }

    /// <summary>Where a text stands first, from 0; -1 when it does not.</summary>
    public Expr Find(Expr text) => Expr.Call("strpos", _text, text) - 1;

    /// <summary>How often a text stands in it.</summary>
    public Expr CountOf(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return Expr.Call("len", Expr.Call("string_split", _text, text)) - 1;
    }

    /// <summary>Without blanks at both ends.</summary>
    public Expr Trim() => Expr.Call("trim", _text);

    public Expr TrimStart() => Expr.Call("ltrim", _text);

    public Expr TrimEnd() => Expr.Call("rtrim", _text);

    /// <summary>Filled on the left, or cut on the right, to a length.</summary>
    public Expr PadLeft(int length, char with = ' ') => Expr.Call("lpad", _text, length, with.ToString());

    /// <summary>Filled on the right, or cut on the right, to a length.</summary>
    public Expr PadRight(int length, char with = ' ') => Expr.Call("rpad", _text, length, with.ToString());

    public Expr Repeat(int count) => Expr.Call("repeat", _text, count);

    public Expr Reverse() => Expr.Call("reverse", _text);

    /// <summary>The time that it says; null when it does not say one.</summary>
    /// <param name="format">DuckDB's, such as <c>%d.%m.%Y %H:%M</c>; null is ISO 8601.</param>
    public Expr ToTime(string? format = null) =>
        format is null ? _text.TryCast("timestamp") : Expr.Call("try_strptime", _text, format);

    /// <summary>The day that it says; null when it does not say one.</summary>
    public Expr ToDate(string? format = null) =>
        format is null ? _text.TryCast("date") : Expr.Call("try_strptime", _text, format).Cast("date");

    /// <summary>What a path finds in a text of JSON, as a text.</summary>
    /// <param name="path">Such as <c>$.user.name</c>.</param>
    public Expr Json(string path) => Expr.Call("json_extract_string", _text, path);
}
