using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

public sealed class SqlNameTests
{
    [Theory]
    [InlineData("photos")]
    [InlineData("_x")]
    [InlineData("A1_b$quarantine")]
    public void A_name_of_letters_digits_and_underscores_is_a_table(string name) =>
        Assert.Equal(name, SqlName.CheckTable(name));

    [Theory]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("$a")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("größe")]
    [InlineData("a\"; drop table b; --")]
    public void Any_other_name_is_refused(string name) =>
        Assert.Equal("table-name", Assert.Throws<MillraceException>(() => SqlName.CheckTable(name)).Code);

    [Fact]
    public void A_name_has_at_most_128_characters()
    {
        Assert.Equal(128, SqlName.CheckTable(new string('a', 128)).Length);
        Assert.Throws<MillraceException>(() => SqlName.CheckTable(new string('a', 129)));
    }

    [Fact]
    public void Quotes_are_doubled()
    {
        Assert.Equal("\"a\"\"b\", \"c'd\"", SqlName.QuoteAll(["a\"b", "c'd"]));
        Assert.Equal("'it''s \"x\"'", SqlName.Text("it's \"x\""));
    }
}
