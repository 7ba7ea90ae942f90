using Millrace.Tables.Engines;

namespace Millrace.Tests.TablesRoom.Engines;

public sealed class ClickHouseScriptTests
{
    [Theory]
    [InlineData("select * from photos", "select * from <photos> as \"photos\"")]
    [InlineData("select p.id from photos p where p.id > 1", "select p.id from <photos> p where p.id > 1")]
    [InlineData("select 1 from photos as p, \"likes\" l", "select 1 from <photos> as p, <likes> l")]
    [InlineData("SELECT 1 FROM photos FINAL", "SELECT 1 FROM <photos> as \"photos\" FINAL")]
    [InlineData(
        "select 1 from photos left join likes on photos.id = likes.id",
        "select 1 from <photos> as \"photos\" left join <likes> as \"likes\" on photos.id = likes.id")]
    [InlineData("select 1 from photos@v3 where a", "select 1 from <photos@v3> as \"photos@v3\" where a")]
    [InlineData("select 1 from \"photos@2026-03-01\" p", "select 1 from <photos@2026-03-01> p")]
    [InlineData("select 1 from photos@2026-03-01 p", "select 1 from <photos@2026-03-01> p")]
    [InlineData(
        "select x in photos, photos from (select photos from photos)",
        "select x in <photos>, photos from (select photos from <photos> as \"photos\")")]
    [InlineData("with p as (select 1) select * from p, photos",
        "with p as (select 1) select * from p, <photos> as \"photos\"")]
    [InlineData("select extract(year from photos), trim(both 'x' from photos) from likes",
        "select extract(year from photos), trim(both 'x' from photos) from <likes> as \"likes\"")]
    [InlineData("select 1 from system.photos, numbers(3), file('photos')",
        "select 1 from system.photos, numbers(3), file('photos')")]
    [InlineData("select 'from photos', `from` -- from photos\n, /* from photos */ 1 from photos;",
        "select 'from photos', `from` -- from photos\n, /* from photos */ 1 from <photos> as \"photos\"")]
    [InlineData("select 'it\\'s from photos', $a$ from photos $a$ from likes",
        "select 'it\\'s from photos', $a$ from photos $a$ from <likes> as \"likes\"")]
    [InlineData("select x from photos array join tags as t, likes as l order by photos, likes",
        "select x from <photos> as \"photos\" array join tags as t, likes as l order by photos, likes")]
    [InlineData("select a from photos union all select b, c from likes limit 1",
        "select a from <photos> as \"photos\" union all select b, c from <likes> as \"likes\" limit 1")]
    [InlineData("(select a from photos where b in (select c from likes)) union distinct (select 1)",
        "(select a from <photos> as \"photos\" where b in (select c from <likes> as \"likes\")) "
        + "union distinct (select 1)")]
    [InlineData("select r.a from (select l.a from photos l join likes r using a) r",
        "select r.a from (select l.a from <photos> l join <likes> r using a) r")]
    public void Tables_are_found_where_a_query_names_them_and_nowhere_else(string sql, string expected) =>
        Assert.Equal(expected, ClickHouseScript.Read(sql).Write(name => name is "photos" or "likes"
            || name.StartsWith("photos@", StringComparison.Ordinal) ? $"<{name}>" : null));

    [Theory]
    [InlineData("insert into photos values (1)")]
    [InlineData("drop table photos")]
    [InlineData("select 1; drop table photos")]
    [InlineData("select 1 format CSV")]
    [InlineData("select * from photos settings skip_unavailable_shards = 1")]
    [InlineData("select * from (select 1 from photos settings limit = 1)")]
    [InlineData("select 1 into outfile '/etc/x'")]
    [InlineData("select 'open")]
    [InlineData("select /* open")]
    [InlineData("select (1")]
    [InlineData("select 1)")]
    [InlineData("/* nothing */ ;")]
    public void What_is_no_single_query_is_refused(string sql) =>
        Assert.Equal("engine-statement", Assert.Throws<MillraceException>(() => ClickHouseScript.Read(sql)).Code);

    [Theory]
    [InlineData("with p as (select 1) select * from p", "common table expressions")]
    [InlineData("select row_number() over (order by a) from photos", "window functions")]
    [InlineData("select 1 from a join b using x join c using y", "several joins")]
    [InlineData("select count() filter (where a) from photos", "filter")]
    [InlineData("select 1 from a semi join b using x", "semi and anti joins")]
    [InlineData("select 1 from a asof join b using x", "as-of joins")]
    [InlineData("select 1 except select 2", "except")]
    public void What_an_older_server_lacks_is_refused_by_name(string sql, string feature)
    {
        var fault = Assert.Throws<MillraceException>(
            () => ClickHouseScript.Read(sql).CheckFor(new ServerVersion(18, 16)));

        Assert.Equal("engine-feature", fault.Code);
        Assert.Contains(feature, fault.Message);
        Assert.Contains("18.16", fault.Message);
    }

    [Fact]
    public void A_column_that_is_named_like_a_word_of_SQL_stays_one()
    {
        const string Sql = "select format, settings from photos where settings = 1 order by format";

        // 'settings = …' could be the clause, and is refused rather than taken for a column.
        Assert.Equal("engine-statement", Assert.Throws<MillraceException>(
            () => ClickHouseScript.Read(Sql.Replace("where settings", "settings settings"))).Code);
        Assert.Equal(["photos"], ClickHouseScript.Read(Sql).Tables);
    }
}
