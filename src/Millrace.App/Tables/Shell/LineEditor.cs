using System.Text;

namespace Millrace.App.Tables.Shell;

/// <summary>Reads a text from the terminal, of one line or several, with the keys that people know from their shells.
/// </summary>
/// <param name="keys">Where keys come from.</param>
/// <param name="history">What was typed before.</param>
/// <param name="isWhole">Whether a text is done, so that Enter ends it and begins no new line.</param>
/// <param name="complete">What a word may go on to: where it begins, and its candidates.</param>
sealed class LineEditor(
    KeyReader keys, ShellHistory history, Func<string, bool> isWhole,
    Func<string, int, CancellationToken, Task<Completion>> complete)
{
    const int MaxShown = 200;

    readonly EditBuffer _buffer = new();
    readonly EditorScreen _screen = new();
    string _draft = "";
    int _shown;
    bool _wasTab;

    /// <summary>Reads a text.</summary>
    /// <param name="prompt">Before the first line.</param>
    /// <param name="nextPrompt">Before the others.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null at the end of the input: Ctrl-D on an empty line.</returns>
    public async Task<string?> ReadAsync(string prompt, string nextPrompt, CancellationToken cancellationToken)
    {
        _buffer.Set("");
        _draft = "";
        _shown = history.Entries.Count;
        _screen.Begin(prompt, nextPrompt);
        while (true)
        {
            // What is pasted comes faster than a screen needs to follow.
            if (!keys.IsReady)
            {
                _screen.Draw(_buffer.Text, _buffer.Cursor);
            }

            var key = await keys.ReadAsync(cancellationToken).ConfigureAwait(false);
            var isTab = key.Key == ConsoleKey.Tab;
            if (IsControl(key, ConsoleKey.C))
            {
                _screen.End(_buffer.Text, "^C");
                return "";
            }

            if (IsControl(key, ConsoleKey.D) && _buffer.Length == 0)
            {
                _screen.End("", "");
                return null;
            }

            if (key.Key == ConsoleKey.Enter || IsControl(key, ConsoleKey.J))
            {
                if (isWhole(_buffer.Text))
                {
                    _screen.End(_buffer.Text, "");
                    return _buffer.Text;
                }

                _buffer.Insert("\n");
            }
            else if (isTab)
            {
                await CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
            else if (IsControl(key, ConsoleKey.R))
            {
                await SearchAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                Apply(key);
            }

            _wasTab = isTab;
        }
    }

    void Apply(ConsoleKeyInfo key)
    {
        var isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        var isAlt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow when isControl || isAlt:
            case ConsoleKey.B when isAlt:
                _buffer.WordLeft();
                break;
            case ConsoleKey.RightArrow when isControl || isAlt:
            case ConsoleKey.F when isAlt:
                _buffer.WordRight();
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when isControl:
                _buffer.Left();
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when isControl:
                _buffer.Right();
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when isControl:
                _buffer.Home();
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when isControl:
                _buffer.End();
                break;
            case ConsoleKey.UpArrow or ConsoleKey.DownArrow:
                Vertical(key.Key == ConsoleKey.UpArrow);
                break;
            case ConsoleKey.P or ConsoleKey.N when isControl:
                Recall(key.Key == ConsoleKey.P);
                break;
            default:
                Change(key, isControl, isAlt);
                break;
        }
    }

    void Change(ConsoleKeyInfo key, bool isControl, bool isAlt)
    {
        switch (key.Key)
        {
            case ConsoleKey.Backspace when isAlt || isControl:
            case ConsoleKey.W when isControl:
                _buffer.KillWordLeft();
                break;
            case ConsoleKey.D when isAlt:
            case ConsoleKey.Delete when isControl:
                _buffer.KillWordRight();
                break;
            case ConsoleKey.Backspace:
            case ConsoleKey.H when isControl:
                _buffer.DeleteLeft();
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when isControl:
                _buffer.DeleteRight();
                break;
            case ConsoleKey.U when isControl:
                _buffer.KillToLineStart();
                break;
            case ConsoleKey.K when isControl:
                _buffer.KillToLineEnd();
                break;
            case ConsoleKey.Y when isControl:
                _buffer.Yank();
                break;
            case ConsoleKey.L when isControl:
                _screen.Clear();
                break;
            default:
                if (!char.IsControl(key.KeyChar) && !isAlt)
                {
                    _buffer.Insert(key.KeyChar.ToString());
                }

                break;
        }
    }

    void Vertical(bool isUp)
    {
        if (isUp ? _buffer.IsInFirstLine : _buffer.IsInLastLine)
        {
            Recall(isUp);
        }
        else
        {
            _buffer.MoveLine(isUp);
        }
    }

    /// <summary>Shows the text that was typed before or after the one that is shown.</summary>
    void Recall(bool isOlder)
    {
        var next = _shown + (isOlder ? -1 : 1);
        if (next < 0 || next > history.Entries.Count)
        {
            return;
        }

        if (_shown == history.Entries.Count)
        {
            _draft = _buffer.Text;
        }

        _shown = next;
        _buffer.Set(next == history.Entries.Count ? _draft : history.Entries[next]);
    }

    async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (keys.IsReady)
        {
            // A tab of a text that is pasted.
            _buffer.Insert("    ");
            return;
        }

        var completion = await complete(_buffer.Text, _buffer.Cursor, cancellationToken).ConfigureAwait(false);
        var typed = _buffer.Cursor - completion.Start;
        if (completion.Candidates.Count == 1)
        {
            _buffer.Replace(completion.Start, completion.Candidates[0] + completion.Ending);
        }
        else if (completion.Common is { } common && common.Length > typed)
        {
            _buffer.Replace(completion.Start, common);
        }
        else if (_wasTab && completion.Candidates.Count > 0)
        {
            var more = completion.Candidates.Count - MaxShown;
            _screen.Say(
                _buffer.Text, _buffer.Cursor,
                [.. completion.Candidates.Take(MaxShown), .. more > 0 ? [$"… {more:N0} more"] : Array.Empty<string>()]);
        }
    }

    /// <summary>Looks for what was typed before while a part of it is typed.</summary>
    async Task SearchAsync(CancellationToken cancellationToken)
    {
        var wanted = new StringBuilder();
        var at = history.Entries.Count;
        while (true)
        {
            var found = at < history.Entries.Count ? history.Entries[at] : "";
            _screen.Draw(found, found.Length, $"(search '{wanted}') ");
            var key = await keys.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (IsControl(key, ConsoleKey.R))
            {
                at = Find(wanted.ToString(), at - 1) ?? at;
            }
            else if (key.Key == ConsoleKey.Backspace && wanted.Length > 0)
            {
                wanted.Length--;
                at = Find(wanted.ToString(), history.Entries.Count - 1) ?? history.Entries.Count;
            }
            else if (!char.IsControl(key.KeyChar) && key.KeyChar != '\0')
            {
                wanted.Append(key.KeyChar);
                at = Find(wanted.ToString(), Math.Min(at, history.Entries.Count - 1)) ?? at;
            }
            else
            {
                if (found.Length > 0 && key.Key != ConsoleKey.Escape && !IsControl(key, ConsoleKey.C)
                    && !IsControl(key, ConsoleKey.G))
                {
                    _buffer.Set(found);
                    _shown = at;
                }

                return;
            }
        }
    }

    int? Find(string wanted, int from)
    {
        for (var i = from; i >= 0; i--)
        {
            if (history.Entries[i].Contains(wanted, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return null;
    }

    static bool IsControl(ConsoleKeyInfo key, ConsoleKey letter) =>
        key.Key == letter && key.Modifiers.HasFlag(ConsoleModifiers.Control);
}
