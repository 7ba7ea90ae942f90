using CsCheck;
using Millrace.Tables.Queries;

namespace Millrace.Tests.TablesRoom.Queries;

public sealed class SqlLexerTests
{
    [Theory]
    [InlineData("select 1", "select|1")]
    [InlineData("a.b, \"c \"\" d\"", "a|.|b|,|\"c \"\" d\"")]
    [InlineData("'it''s' || E'a\\'b'", "'it''s'|||||E'a\\'b'")]
    [InlineData("x -- no 'text' here\n+ 1", "x|+|1")]
    [InlineData("x /* a /* b */ ' c */ y", "x|y")]
    [InlineData("$$ it's; $$ $tag$ $$ $tag$", "$$ it's; $$|$tag$ $$ $tag$")]
    [InlineData("$name + $1 + ?", "$name|+|$1|+|?")]
    [InlineData("1.5e-3 0xFF .5 1_000 a$b", "1.5e-3|0xFF|.5|1_000|a$b")]
    [InlineData("größe + 日本", "größe|+|日本")]
    [InlineData("x[1:3]", "x|[|1|:|3|]")]
    public void SQL_is_cut_into_its_pieces(string sql, string pieces) =>
        Assert.Equal(pieces, string.Join('|', SqlLexer.Read(sql).Select(token => token.In(sql).ToString())));

    [Theory]
    [InlineData("select 1; select 2;", "select 1|select 2")]
    [InlineData(";; select ';' ; -- end; \n ;", "select ';'")]
    [InlineData("select 1 -- last", "select 1 -- last")]
    [InlineData("select $$;$$, \";\" /* ; */; x", "select $$;$$, \";\" /* ; */|x")]
    [InlineData("", "")]
    [InlineData(" -- nothing\n", "")]
    public void Statements_are_parted_at_semicolons_that_mean_it(string sql, string statements) =>
        Assert.Equal(statements, string.Join('|', SqlLexer.Split(sql)));

    [Theory]
    [InlineData("select 'a", "The text that begins at line 1, column 8")]
    [InlineData("select\n  \"a", "The name that begins at line 2, column 3")]
    [InlineData("/* /* */", "The comment that begins at line 1, column 1")]
    [InlineData("$x$ $y$", "The text that begins at line 1, column 1")]
    [InlineData("E'a\\'", "The text that begins at line 1, column 1")]
    public void What_has_no_end_is_named_with_its_place(string sql, string message)
    {
        var failure = Assert.Throws<MillraceException>(() => SqlLexer.Read(sql));

        Assert.Equal("sql-text", failure.Code);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_read_whole_or_refused() => Gen.String[Gen.Char["ab1$@.,;'\"-/*\\\n \0é\ud800Ee"], 0, 40]
        .Sample(sql =>
        {
            try
            {
                var end = 0;
                foreach (var token in SqlLexer.Read(sql))
                {
                    Assert.True(token.Start >= end && token.End > token.Start && token.End <= sql.Length);
                    end = token.End;
                }
            }
            catch (MillraceException exception) when (exception.Code == "sql-text")
            {
                // A quote that is not closed.
            }
        });

    [Fact]
    public void A_text_in_quotes_is_one_piece_whatever_it_holds() => Gen.String.Where(text => text.Length > 0)
        .Sample(text =>
        {
            var sql = $"select '{text.Replace("'", "''", StringComparison.Ordinal)}' x";

            Assert.Equal(3, SqlLexer.Read(sql).Count);
        });

    [Theory]
    [InlineData("select * from photos@v3", "select * from \"photos@v3\"")]
    [InlineData("from photos@2026-03-01 p", "from \"photos@2026-03-01\" p")]
    [InlineData("from photos@2026-03-01T10:00:00Z", "from \"photos@2026-03-01T10:00:00Z\"")]
    [InlineData("from photos@'2026-03-01 10:00:00'", "from \"photos@2026-03-01 10:00:00\"")]
    [InlineData("from \"raw$q\"@v1, b@production", "from \"raw$q@v1\", \"b@production\"")]
    [InlineData("select photos@v3.kind from photos@v3", "select \"photos@v3\".kind from \"photos@v3\"")]
    [InlineData("from photos@1f3a90c2", "from \"photos@1f3a90c2\"")]
    [InlineData("select @x, a @ b, -@-5", "select @x, a @ b, -@-5")]
    [InlineData("select case when@x then@y end", "select case when@x then@y end")]
    [InlineData("select 'photos@v3', a <@ b, a @> b -- t@v1", "select 'photos@v3', a <@ b, a @> b -- t@v1")]
    [InlineData("from a@v1/* c */join b@v2 using(id)", "from \"a@v1\"/* c */join \"b@v2\" using(id)")]
    public void A_name_with_a_version_becomes_a_quoted_name(string sql, string quoted) =>
        Assert.Equal(quoted, VersionedNames.Quote(sql));
}
