using CsCheck;
using Millrace.App.Tables.Shell;

namespace Millrace.Tests.TablesRoom.Shell;

/// <summary>A text that is typed, and how it lies on the screen.</summary>
public sealed class EditBufferTests
{
    static readonly string[] Elements = ["a", " ", "\n", "é", "e\u0301", "日", "😀", "👩‍👩‍👧", "\t"];

    static readonly Gen<string> TextGen = Gen.Int[0, 8].Select(i => Elements[i]).Array[0, 30].Select(string.Concat);

    [Fact]
    public void The_cursor_goes_over_whole_characters()
    {
        var buffer = new EditBuffer();
        buffer.Set("a👩‍👩‍👧e\u0301b");

        buffer.Left();
        buffer.Left();
        Assert.Equal("a👩‍👩‍👧".Length, buffer.Cursor);
        buffer.DeleteLeft();
        Assert.Equal("ae\u0301b", buffer.Text);
        buffer.DeleteRight();
        Assert.Equal(("ab", 1), (buffer.Text, buffer.Cursor));
    }

    [Fact]
    public void Lines_are_gone_over_to_the_same_place()
    {
        var buffer = new EditBuffer();
        buffer.Set("select a,\n  b\nfrom t where");

        buffer.MoveLine(isUp: true);
        Assert.Equal("select a,\n  b".Length, buffer.Cursor);
        buffer.MoveLine(isUp: true);
        Assert.Equal(3, buffer.Cursor);
        Assert.True(buffer.IsInFirstLine);
        buffer.End();
        buffer.KillToLineEnd();
        Assert.Equal("select a,  b\nfrom t where", buffer.Text);
    }

    [Fact]
    public void What_is_taken_can_be_put_back()
    {
        var buffer = new EditBuffer();
        buffer.Set("one two_2 three");

        buffer.KillWordLeft();
        buffer.KillWordLeft();
        buffer.Home();
        buffer.Yank();

        Assert.Equal("two_2 one ", buffer.Text);
    }

    [Fact]
    public void Any_keys_leave_the_cursor_between_whole_characters() => Gen.Select(
        TextGen, Gen.Int[0, 13].Array[0, 40]).Sample((text, keys) =>
        {
            var buffer = new EditBuffer();
            buffer.Set(text);
            foreach (var key in keys)
            {
                Press(buffer, key);
                Assert.InRange(buffer.Cursor, 0, buffer.Length);
                Assert.False(buffer.Cursor < buffer.Length && char.IsLowSurrogate(buffer.Text[buffer.Cursor]));
            }
        });

    [Fact]
    public void Rows_are_never_wider_than_the_screen() => Gen.Select(TextGen, Gen.Int[10, 40], Gen.Int[0, 100]).Sample(
        (text, width, percent) =>
        {
            var cursor = text.Length * percent / 100;

            var layout = ScreenLayout.Of(text, cursor, "> ", ". ", width);

            Assert.All(layout.Rows, row => Assert.True(ScreenLayout.Width(row) < width, row));
            Assert.InRange(layout.CursorRow, 0, layout.Rows.Count - 1);
            Assert.InRange(layout.CursorColumn, 0, width - 1);
        });

    [Fact]
    public void Control_characters_of_a_text_do_not_reach_the_screen() => Assert.Equal(
        "> \\x1b[31m\\u202e", ScreenLayout.Of("\u001b[31m\u202e", 0, "> ", "", 80).Rows[0]);

    static void Press(EditBuffer buffer, int key)
    {
        switch (key)
        {
            case 0: buffer.Left(); break;
            case 1: buffer.Right(); break;
            case 2: buffer.WordLeft(); break;
            case 3: buffer.WordRight(); break;
            case 4: buffer.Home(); break;
            case 5: buffer.End(); break;
            case 6: buffer.MoveLine(isUp: true); break;
            case 7: buffer.MoveLine(isUp: false); break;
            case 8: buffer.DeleteLeft(); break;
            case 9: buffer.DeleteRight(); break;
            case 10: buffer.KillToLineEnd(); break;
            case 11: buffer.KillWordLeft(); break;
            case 12: buffer.Yank(); break;
            default: buffer.Insert("😀x"); break;
        }
    }
}
