using Millrace.App.Tables.Shell;
using Millrace.Tables.Queries;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom.Shell;

/// <summary>What the shell shows, completes and keeps.</summary>
public sealed class ShellTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    [InlineData(20)]
    [InlineData(5)]
    public void A_table_fits_the_terminal(int width)
    {
        var table = new ShellTable([.. Enumerable.Range(0, 12).Select(
            i => new SqlResultColumn($"column_{i}", i % 2 == 0 ? "BIGINT" : "VARCHAR"))]);
        table.Add([.. Enumerable.Range(0, 12).Select(i => i == 5 ? null : new string('日', i * 3))]);

        var lines = table.Lines(width);

        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.True(ScreenLayout.Width(line) < Math.Max(width, 14), line));
    }

    [Fact]
    public void Numbers_stand_at_the_right_and_other_values_at_the_left()
    {
        var table = new ShellTable([new("n", "BIGINT"), new("text", "VARCHAR")]);
        table.Add(["7", "a"]);
        table.Add(["1234", "b\nc"]);

        Assert.Equal(["   n  text", "────  ──────", "   7  a", "1234  b\\x0ac"], table.Lines(80));
        Assert.Equal(["   n = 7", "text = a", "", "   n = 1234", "text = b\\x0ac"], table.Tall());
    }

    [Theory]
    [InlineData("sel|", "select")]
    [InlineData("SEL|", "SELECT")]
    [InlineData("select * from ph|", "photos")]
    [InlineData("select ti| from photos", "\"time taken\",title")]
    [InlineData("select p.ti| from photos@v0 as p", "p.\"time taken\",p.title")]
    [InlineData("select photos.i| from photos", "photos.id")]
    [InlineData("select * from millrace.run_p|", "millrace.run_parameters")]
    [InlineData("\\d big|", "big_photos")]
    [InlineData("\\|", "\\?,\\d,\\help,\\l,\\mode,\\output,\\q,\\quit,\\read,\\rows,\\timing")]
    [InlineData(".mode js|", "json,jsonl")]
    [InlineData("select nosuch.|", "")]
    public async Task A_word_is_completed(string text, string candidates)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("photos", "select 1 as id, 'a' as title, 2 as \"time taken\"");
        await workspace.Tables.Sql.RunAsync(
            Millrace.Tables.Statements.StatementParser.Parse("create view big_photos as from photos"),
            cancellationToken: Stop);
        var cursor = text.IndexOf('|', StringComparison.Ordinal);

        var completion = await SqlCompletion.FindAsync(
            text.Remove(cursor, 1), cursor, new ShellNames(workspace.Open), Stop);

        Assert.Equal(candidates, string.Join(',', completion.Candidates));
    }

    [Fact]
    public void A_history_is_kept_for_other_shells_and_survives_what_is_broken_in_it()
    {
        using var scratch = new ScratchFolder();
        var path = scratch["state/millrace/sql_history"];
        var first = ShellHistory.Open(path);
        first.Add("select 1;");
        first.Add("select 1;");
        first.Add(" secret;");
        first.Add("select\n'é';");
        File.AppendAllText(path, "{not json\n\"cut off");

        Assert.Equal(["select 1;", "select\n'é';"], ShellHistory.Open(path).Entries);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData("\\d photos", "d", "photos")]
    [InlineData(" .mode  csv ;", "mode", "csv")]
    [InlineData("\\q", "q", "")]
    public void A_command_has_a_name_and_an_argument(string text, string name, string argument)
    {
        Assert.True(ShellCommand.IsCommand(text));
        Assert.Equal(new ShellCommand(name, argument), ShellCommand.Parse(text));
    }

    [Theory]
    [InlineData(".5 + 1")]
    [InlineData("select 1")]
    [InlineData("")]
    public void Other_texts_are_no_commands(string text) => Assert.False(ShellCommand.IsCommand(text));
}
