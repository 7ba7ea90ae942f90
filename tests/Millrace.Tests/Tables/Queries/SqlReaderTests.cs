using Millrace.Tables;
using Millrace.Tables.Queries;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom.Queries;

public sealed class SqlReaderTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly SqlSession _session;

    public SqlReaderTests() => _session = new SqlSession(_scratch.Path);

    public void Dispose()
    {
        _session.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("select * from a", "a")]
    [InlineData("from a", "a")]
    [InlineData("select 1", "")]
    [InlineData("select * from A, b x join \"c d\" using (id)", "A b c d")]
    [InlineData("select (select max(i) from a) from b where exists (from c) and i in (select i from d)", "a b c d")]
    [InlineData("with a as (select * from b) select * from a", "b")]
    [InlineData("with a as (select * from a) select * from a", "a")]
    [InlineData("with recursive t as (select 1 i union all select i + 1 from t where i < 9) from t", "")]
    [InlineData("with x as (from a), y as (from x) select * from y, b", "a b")]
    [InlineData("select * from (with a as (from b) from a), a", "b a")]
    [InlineData("select * from a union select * from b except from c", "a b c")]
    [InlineData("values (1)", "")]
    [InlineData("describe a", "a")]
    [InlineData("describe millrace.runs", "millrace.runs")]
    [InlineData("describe \"a b\"", "a b")]
    [InlineData("describe select * from a", "a")]
    [InlineData("summarize a", "a")]
    [InlineData("show a", "a")]
    [InlineData("select * from millrace.runs r, main.a", "millrace.runs main.a")]
    [InlineData("from 'data/*.parquet'", "data/*.parquet")]
    [InlineData("from a pivot (sum(x) for y in (1, 2))", "a")]
    [InlineData("pivot a on y in (1, 2) using sum(x)", "a")]
    [InlineData("unpivot a on x, y into name n value v", "a")]
    [InlineData("from query('select * from a')", "a")]
    [InlineData("from query_table('a')", "a")]
    [InlineData("from query_table(['a', 'b'])", "a b")]
    [InlineData("select list_transform(l, lambda x: x + (select max(i) from b)) from a", "b a")]
    [InlineData("select * from a asof join b on a.t >= b.t", "a b")]
    [InlineData("select * from a, lateral (select * from b where b.i = a.i)", "a b")]
    [InlineData("select * from a tablesample 10%", "a")]
    [InlineData("select columns(*) from a qualify row_number() over (order by i) = 1 -- end", "a")]
    [InlineData("select * from range(3) r(i), a", "a")]
    public void The_relations_of_a_query_are_found(string sql, string names) =>
        Assert.Equal(names, string.Join(' ', SqlReader.Read(_session, sql).Tables.Select(
            relation => relation.Schema.Length > 0 ? $"{relation.Schema}.{relation.Name}" : relation.Name)));

    [Fact]
    public void The_functions_of_a_query_are_found() => Assert.Superset(
        new HashSet<string> { "sample_hash", "upper", "sum" },
        SqlReader.Read(_session, "select SUM(x) over (), Upper(y) from a where sample_hash(id) < 0.1")
            .Functions.ToHashSet());

    [Theory]
    [InlineData("copy (select 1) to 'x.csv'", "'COPY' is refused: it writes files.")]
    [InlineData("attach 'x.db'", "'ATTACH' is refused: it opens another database.")]
    [InlineData("install httpfs", "'INSTALL' is refused: it loads code.")]
    [InlineData("load httpfs", "'LOAD' is refused: it loads code.")]
    [InlineData("set threads = 1", "'SET' is refused: it changes settings.")]
    [InlineData("pragma version", "'PRAGMA' is refused: it changes settings.")]
    [InlineData("call enable_logging()", "'CALL' is refused")]
    [InlineData("create table t (i int)", "'CREATE' does not begin a query.")]
    [InlineData("insert into t values (1)", "'INSERT' does not begin a query.")]
    [InlineData("delete from t", "'DELETE' does not begin a query.")]
    [InlineData("export database 'x'", "'EXPORT' is refused: it writes files.")]
    [InlineData("/* select */ checkpoint", "'CHECKPOINT' is refused")]
    public void A_statement_that_is_no_query_is_refused(string sql, string message)
    {
        var failure = Assert.Throws<MillraceException>(() => SqlReader.Read(_session, sql));

        Assert.Equal("sql-statement", failure.Code);
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from enable_logging(storage = 'file')")]
    [InlineData("from arrow_scan(1, 2, 3)")]
    [InlineData("from query('from enable_logging()')")]
    [InlineData("from force_checkpoint()")]
    [InlineData("from query('select ' || '1')")]
    [InlineData("from json_execute_serialized_sql('{}')")]
    [InlineData("select * from a where i in (from disable_logging())")]
    public void A_function_that_may_do_more_than_read_is_refused(string sql) =>
        Assert.Equal("sql-function", Assert.Throws<MillraceException>(() => SqlReader.Read(_session, sql)).Code);

    [Fact]
    public void A_fault_of_the_grammar_is_told_with_its_place()
    {
        var failure = Assert.Throws<MillraceException>(
            () => SqlReader.Read(_session, "select 'é😀',\n  1 from from a"));

        Assert.Equal("sql-syntax", failure.Code);
        Assert.Contains("line 2, column 10", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select 1; select 2")]
    [InlineData("select 1; copy (select 1) to 'x'")]
    public void Two_statements_are_not_one_query(string sql) =>
        Assert.Equal("sql-statement", Assert.Throws<MillraceException>(() => SqlReader.Read(_session, sql)).Code);

    [Fact]
    public void Hostile_texts_are_refused_with_a_typed_error()
    {
        string[] texts =
        [
            "select '\0'", $"select {new string('(', 5_000)}1{new string(')', 5_000)}",
            $"select {string.Concat(Enumerable.Repeat("-", 5_001))}1".Replace("--", "- -", StringComparison.Ordinal),
            string.Concat(Enumerable.Repeat("select * from (", 2_000)) + "select 1" + new string(')', 2_000),
            "select \ud800", "\u0001", "from", new string('x', 1_000_000) + " y z",
        ];

        foreach (var text in texts)
        {
            try
            {
                SqlReader.Read(_session, text);
            }
            catch (MillraceException exception)
            {
                Assert.Equal(ErrorKind.Invalid, exception.Kind);
            }
        }
    }
}
