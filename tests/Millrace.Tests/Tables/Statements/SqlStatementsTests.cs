using CsCheck;
using Millrace.Tables.Statements;

namespace Millrace.Tests.TablesRoom.Statements;

/// <summary>Texts of several statements.</summary>
public sealed class SqlStatementsTests
{
    [Fact]
    public void Statements_are_parted_at_semicolons_outside_of_quotes_and_comments()
    {
        var parts = SqlStatements.Split(
            "select ';' ; ;\n-- a; b\nselect \"x;y\" /* ; /* ; */ ; */ from t;;select $a$;$a$ + e'\\';'");

        Assert.Equal(
            ["select ';'", "select \"x;y\" /* ; /* ; */ ; */ from t", "select $a$;$a$ + e'\\';'"],
            parts.Select(part => part.Text));
        Assert.Equal([(1, 1), (3, 1), (3, 40)], parts.Select(part => (part.Line, part.Column)));
    }

    [Fact]
    public void An_error_says_its_place_in_the_whole_text()
    {
        var second = SqlStatements.Split("select 1;\n  drop table\n   t x")[1];

        var refused = Assert.Throws<MillraceException>(() => StatementParser.Parse(second));

        Assert.StartsWith("Line 3, column 6: the end of the statement was expected.", refused.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("\n     t x\n       ^", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("  -- only a comment", true)]
    [InlineData("select 1", false)]
    [InlineData("select 1;", true)]
    [InlineData("select 1; -- done", true)]
    [InlineData("select 1; select", false)]
    [InlineData("select ';", false)]
    [InlineData("select /* ;", false)]
    [InlineData("select $$ ;", false)]
    public void A_text_that_is_typed_is_whole_after_its_last_semicolon(string text, bool isWhole) =>
        Assert.Equal(isWhole, SqlStatements.IsWhole(text));

    [Theory]
    [InlineData("select 'a")]
    [InlineData("select \"a")]
    [InlineData("select /* a")]
    [InlineData("select $a$ a")]
    [InlineData("select e'\\'")]
    public void A_quote_without_an_end_is_refused(string text) =>
        Assert.Equal("sql-text", Assert.Throws<MillraceException>(() => SqlStatements.Split(text)).Code);

    [Fact]
    public void Statements_that_are_joined_are_parted_again()
    {
        string[] statements =
        [
            "select 1", "select 'a;''b'", "select \"c;\"\"d\"", "select $x$ ; $x$", "select e'\\\\' -- c\n , 1",
            "select 1 /* ; */ + 2", "select a$b$c",
        ];

        Gen.Int[0, statements.Length - 1].Select(i => statements[i]).Array[0, 6].Sample(texts =>
            Assert.Equal(texts, SqlStatements.Split(string.Join(" ;\n", texts)).Select(part => part.Text)));
    }
}
