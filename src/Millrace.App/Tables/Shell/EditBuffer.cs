using System.Globalization;
using System.Text;

namespace Millrace.App.Tables.Shell;

/// <summary>A text that is being typed, of one line or several, with a cursor that stands between whole characters as
/// people see them.</summary>
sealed class EditBuffer
{
    /// <summary>The longest text that is taken, in characters; more is dropped as it comes.</summary>
    public const int MaxLength = 1 << 20;

    readonly StringBuilder _text = new();
    string _killed = "";

    public string Text => _text.ToString();

    public int Length => _text.Length;

    /// <summary>Index of the character behind the cursor.</summary>
    public int Cursor { get; private set; }

    /// <summary>Where the cursor's line begins.</summary>
    public int LineStart => LineStartOf(Cursor);

    /// <summary>Where the cursor's line ends.</summary>
    public int LineEnd => LineEndOf(Cursor);

    /// <summary>Whether the cursor is in the first line.</summary>
    public bool IsInFirstLine => LineStart == 0;

    /// <summary>Whether the cursor is in the last line.</summary>
    public bool IsInLastLine => LineEnd == Length;

    /// <summary>Takes another text, with the cursor behind it.</summary>
    public void Set(string text)
    {
        _text.Clear().Append(text.Length <= MaxLength ? text : text[..MaxLength]);
        Cursor = Length;
    }

    public void Insert(string text)
    {
        if (Length + text.Length <= MaxLength)
        {
            _text.Insert(Cursor, text);
            Cursor += text.Length;
        }
    }

    /// <summary>Puts a text in the place of what stands between an index and the cursor.</summary>
    public void Replace(int start, string text)
    {
        Remove(start, Cursor);
        Insert(text);
    }

    public void Left() => Cursor = Before(Cursor);

    public void Right() => Cursor = After(Cursor);

    public void WordLeft() => Cursor = WordBefore(Cursor);

    public void WordRight() => Cursor = WordAfter(Cursor);

    public void Home() => Cursor = LineStart;

    public void End() => Cursor = LineEnd;

    /// <summary>Goes to the line above or below, to the same place or to its end.</summary>
    public void MoveLine(bool isUp)
    {
        var column = Cursor - LineStart;
        if (isUp ? IsInFirstLine : IsInLastLine)
        {
            return;
        }

        var start = isUp ? LineStartOf(LineStart - 1) : LineEnd + 1;
        Cursor = Whole(Math.Min(start + column, LineEndOf(start)));
    }

    public void DeleteLeft() => Remove(Before(Cursor), Cursor);

    public void DeleteRight() => Remove(Cursor, After(Cursor));

    public void KillWordLeft() => Kill(WordBefore(Cursor), Cursor);

    public void KillWordRight() => Kill(Cursor, WordAfter(Cursor));

    public void KillToLineStart() => Kill(LineStart, Cursor);

    /// <summary>Takes the rest of the line, or the end of it when there is no rest.</summary>
    public void KillToLineEnd() => Kill(Cursor, Cursor == LineEnd ? Math.Min(Cursor + 1, Length) : LineEnd);

    /// <summary>Puts back what was taken last.</summary>
    public void Yank() => Insert(_killed);

    void Kill(int start, int end)
    {
        if (end > start)
        {
            _killed = _text.ToString(start, end - start);
            Remove(start, end);
        }
    }

    void Remove(int start, int end)
    {
        _text.Remove(start, end - start);
        Cursor = start;
    }

    int LineStartOf(int index)
    {
        while (index > 0 && _text[index - 1] != '\n')
        {
            index--;
        }

        return index;
    }

    int LineEndOf(int index)
    {
        while (index < Length && _text[index] != '\n')
        {
            index++;
        }

        return index;
    }

    int After(int index) => index >= Length ? Length
        : _text[index] == '\n' ? index + 1
        : index + StringInfo.GetNextTextElementLength(_text.ToString(index, LineEndOf(index) - index));

    int Before(int index)
    {
        if (index == 0 || _text[index - 1] == '\n')
        {
            return Math.Max(0, index - 1);
        }

        var at = LineStartOf(index);
        var line = _text.ToString(at, index - at);
        var last = 0;
        for (var i = 0; i < line.Length; i += StringInfo.GetNextTextElementLength(line.AsSpan(i)))
        {
            last = i;
        }

        return at + last;
    }

    /// <summary>The place at or before an index that parts whole characters.</summary>
    int Whole(int index)
    {
        var at = LineStartOf(index);
        while (at < index && After(at) is var next && next <= index)
        {
            at = next;
        }

        return at;
    }

    int WordBefore(int index)
    {
        while (index > 0 && !IsWord(_text[index - 1]))
        {
            index--;
        }

        while (index > 0 && IsWord(_text[index - 1]))
        {
            index--;
        }

        return index;
    }

    int WordAfter(int index)
    {
        while (index < Length && !IsWord(_text[index]))
        {
            index++;
        }

        while (index < Length && IsWord(_text[index]))
        {
            index++;
        }

        return index;
    }

    static bool IsWord(char letter) => char.IsLetterOrDigit(letter) || letter == '_' || letter > '\u007f';
}
