using CsCheck;
using Millrace.Tables;
using Millrace.Tables.Statements;

namespace Millrace.Tests.TablesRoom.Statements;

/// <summary>The heads of statements that write.</summary>
public sealed class StatementParserTests
{
    static readonly Gen<string> NameGen = Gen.OneOf(
        Gen.Char["abcdefgXYZ_"].Array[1, 8].Select(letters => new string(letters)),
        Gen.Char["ab \"'.;-/*$@()é,"].Array[1, 8].Select(letters => new string(letters)));

    static readonly string[] Expressions =
    [
        "1", "'it''s; -- no'", "a + b", "\"x;y\" * 2", "case when a then b else c end", "coalesce(a, (1, 2))",
        "$$ set x = 1 where; $$", "e'\\'; drop'", "[1, 2, 3]", "{'a': 1}", "extract(year from at)",
        "a is distinct from b", "count(*) filter (where a > 1)", "/* where */ a", "$p", "x'00'", "a -- where\n + 1",
        "(select max(v) from s where v > 1)", "t.a::varchar",
    ];

    static readonly Gen<string> ExpressionGen = Gen.Int[0, Expressions.Length - 1].Select(i => Expressions[i]);

    [Theory]
    [InlineData("select 1")]
    [InlineData("with a as (select 1) select * from a")]
    [InlineData("(select 1)")]
    [InlineData("from t")]
    [InlineData("explain select 1")]
    [InlineData("describe t")]
    [InlineData("with a as (select 1), b as (select insert from a) from b")]
    [InlineData("set threads = 4")]
    [InlineData("copy t to 'x'")]
    public void What_does_not_write_is_a_query(string sql) =>
        Assert.Equal(sql, Assert.IsType<QueryStatement>(StatementParser.Parse(sql)).Source.Text);

    [Fact]
    public void An_insert_has_columns_and_a_query()
    {
        var insert = Assert.IsType<InsertStatement>(StatementParser.Parse(
            "Insert Into t (a, \"b c\") select 1, (2) -- end"));

        Assert.Equal("t", insert.Table);
        Assert.Equal(["a", "b c"], insert.Columns);
        Assert.Equal("select 1, (2)", insert.Query);
        Assert.False(insert.IsValues || insert.IsOverwrite || insert.IsByName);
    }

    [Theory]
    [InlineData("insert into t values (1, default), (default, 2)", "values (1, null), (null, 2)", true)]
    [InlineData("insert into t values (default(1))", "values (default(1))", true)]
    [InlineData("insert into t (select 1)", "(select 1)", false)]
    [InlineData("insert into t from s", "from s", false)]
    [InlineData("with s as (select 1) insert into t select * from s", "with s as (select 1)\nselect * from s", false)]
    [InlineData("insert into t default values", "", false)]
    [InlineData("insert into main.t by name select 1 as a", "select 1 as a", false)]
    public void Rows_of_an_insert_are_a_query(string sql, string query, bool isValues)
    {
        var insert = Assert.IsType<InsertStatement>(StatementParser.Parse(sql));

        Assert.Equal(("t", query, isValues), (insert.Table, insert.Query, insert.IsValues));
    }

    [Fact]
    public void An_update_has_an_alias_other_tables_and_a_condition()
    {
        var update = Assert.IsType<UpdateStatement>(StatementParser.Parse(
            "update photos as p set a = s.a is distinct from 1, \"B\" = default from s join u using (k) "
            + "where p.id = s.id and extract(year from s.at) = 2026"));

        Assert.Equal(new RowTarget("photos", "p", ""), update.Target);
        Assert.Equal([("a", "s.a is distinct from 1"), ("B", "null")], update.Assignments);
        Assert.Equal("s join u using (k)", update.From);
        Assert.Equal("p.id = s.id and extract(year from s.at) = 2026", update.Where);
    }

    [Fact]
    public void A_delete_may_use_other_tables()
    {
        var delete = Assert.IsType<DeleteStatement>(StatementParser.Parse("delete from t using s where t.a = s.a"));

        Assert.Equal(("s", "t.a = s.a"), (delete.Using, delete.Where));
    }

    [Fact]
    public void A_merge_has_clauses_in_order()
    {
        var merge = Assert.IsType<MergeStatement>(StatementParser.Parse(
            """
            merge into t using (select 1 as k, 2 as v) as s on t.k = s.k
            when matched and case when s.v > 1 then true else false end then update set v = s.v
            when matched then delete
            when not matched and s.v > 0 then insert (k, v) values (s.k, coalesce(s.v, 0))
            when not matched by source then update set v = default
            """));

        Assert.Equal("select * from (select 1 as k, 2 as v) as \"s\"", merge.Rows);
        Assert.Equal(("s", "t.k = s.k"), (merge.Alias, merge.On));
        Assert.Equal(2, merge.Matched.Count);
        Assert.Equal("case when s.v > 1 then true else false end", merge.Matched[0].Condition);
        Assert.True(merge.Matched[1].IsDelete);
        Assert.Equal("coalesce(s.v, 0)", merge.NotMatched[0].Values!["v"]);
        Assert.Equal("null", merge.NotMatchedBySource[0].Values!["v"]);
    }

    [Fact]
    public void What_is_left_alone_is_kept_from_the_clauses_behind()
    {
        var merge = Assert.IsType<MergeStatement>(StatementParser.Parse(
            "merge into t using s on t.k = s.k when matched and s.v = 0 then do nothing "
            + "when matched then update set *"));

        Assert.Equal("not coalesce((s.v = 0\n), false)", Assert.Single(merge.Matched).Condition);
    }

    [Theory]
    [InlineData("merge into t using s@v3 as x on true when matched then delete", "select * from s@v3 as \"x\"")]
    [InlineData("merge into t using s@'2026-01-01' x using (k) when matched then delete",
        "select * from s@'2026-01-01' as \"x\"")]
    [InlineData("merge into t using 'a.parquet' s(a, b) on true when matched then delete",
        "select * from 'a.parquet' as \"s\" (\"a\", \"b\")")]
    [InlineData("merge into t using read_csv('x') as s on true when matched then delete",
        "select * from read_csv('x') as \"s\"")]
    public void Rows_that_are_merged_may_be_anything_that_is_read(string sql, string rows) =>
        Assert.Equal(rows, Assert.IsType<MergeStatement>(StatementParser.Parse(sql)).Rows);

    [Fact]
    public void A_table_has_columns_checks_partitions_and_properties()
    {
        var create = Assert.IsType<CreateTableStatement>(StatementParser.Parse(
            """
            create or replace table t (
                id bigint not null comment 'the key', "my name" varchar(20), price decimal(9, 2) check (price > 0),
                tags varchar[], part struct(a int, "b" map(varchar, double)[]), at timestamp with time zone,
                check text, constraint some check (id > 0), check (length("my name") < 5))
            using delta partitioned by (at) comment 'all of it'
            tblproperties ('delta.appendOnly' = 'true', delta.logRetentionDuration = 'interval 7 days', n = -1)
            """));

        Assert.Equal(CreateMode.Replace, create.Mode);
        Assert.Equal(
            ["id long", "my name string", "price decimal(9,2)", "tags array<string>",
                "part struct<a:integer,b:array<map<string,double>>>", "at timestamp", "check string"],
            create.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.False(create.Columns[0].IsNullable);
        Assert.Contains("the key", create.Columns[0].Metadata, StringComparison.Ordinal);
        Assert.Equal(
            [("", "price > 0"), ("some", "id > 0"), ("", "length(\"my name\") < 5")], create.Checks);
        Assert.Equal("at", Assert.Single(create.PartitionColumns));
        Assert.Equal("all of it", create.Comment);
        Assert.Equal(
            ["delta.appendOnly=true", "delta.logRetentionDuration=interval 7 days", "n=-1"],
            create.Properties.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    [Theory]
    [InlineData("alter table t add column a int", typeof(AddColumns))]
    [InlineData("alter table if exists t add if not exists a int not null", typeof(AddColumns))]
    [InlineData("alter table t add columns (a int, b array<struct<c: string>>)", typeof(AddColumns))]
    [InlineData("alter table t drop column a", typeof(DropColumns))]
    [InlineData("alter table t drop columns (a, b)", typeof(DropColumns))]
    [InlineData("alter table t rename a to b", typeof(RenameColumn))]
    [InlineData("alter table t alter column a set not null", typeof(SetNullable))]
    [InlineData("alter table t alter a drop not null", typeof(SetNullable))]
    [InlineData("alter table t alter a type double precision", typeof(WidenColumn))]
    [InlineData("alter table t alter a set data type bigint", typeof(WidenColumn))]
    [InlineData("alter table t add constraint c check (a > 0)", typeof(AddCheck))]
    [InlineData("alter table t drop constraint if exists c", typeof(DropCheck))]
    [InlineData("alter table t set tblproperties (a = 'b')", typeof(SetProperties))]
    [InlineData("alter table t unset tblproperties (a, b.c)", typeof(SetProperties))]
    [InlineData("comment on column t.a is 'x'", typeof(SetComment))]
    public void A_table_is_altered(string sql, Type alteration) => Assert.IsType(
        alteration, Assert.IsType<AlterTableStatement>(StatementParser.Parse(sql)).Alteration);

    [Theory]
    [InlineData("drop table a, b", typeof(DropTableStatement))]
    [InlineData("drop view if exists v", typeof(DropViewStatement))]
    [InlineData("create view v (a) as select 1", typeof(CreateViewStatement))]
    [InlineData("create or replace view v as select 1;", typeof(CreateViewStatement))]
    [InlineData("truncate table t", typeof(TruncateStatement))]
    [InlineData("optimize t zorder by (a, b)", typeof(OptimizeStatement))]
    [InlineData("vacuum t retain 48 hours dry run", typeof(VacuumStatement))]
    [InlineData("describe history t limit 3", typeof(HistoryStatement))]
    [InlineData("restore table t to version as of 3", typeof(RestoreStatement))]
    [InlineData("restore t to timestamp as of '2026-01-01'", typeof(RestoreStatement))]
    public void Tables_and_views_are_looked_after(string sql, Type statement) =>
        Assert.IsType(statement, StatementParser.Parse(sql));

    [Theory]
    [InlineData("insert t select 1", "sql-syntax", 8)]
    [InlineData("insert into t", "sql-syntax", 14)]
    [InlineData("insert into t@v3 values (1)", "sql-unsupported", 14)]
    [InlineData("insert into millrace.runs values (1)", "sql-unsupported", 13)]
    [InlineData("insert into other.t values (1)", "sql-unsupported", 13)]
    [InlineData("insert or replace into t values (1)", "sql-unsupported", 8)]
    [InlineData("insert into t values (1) on conflict do nothing", "sql-unsupported", 29)]
    [InlineData("insert into t values (1) returning *", "sql-unsupported", 26)]
    [InlineData("insert into t values (1", "sql-syntax", 22)]
    [InlineData("update t set a = 1)", "sql-syntax", 19)]
    [InlineData("update t set (a, b) = (1, 2)", "sql-unsupported", 14)]
    [InlineData("update t set a.b = 1", "sql-unsupported", 14)]
    [InlineData("update t set a = , b = 1", "sql-syntax", 18)]
    [InlineData("delete t", "sql-syntax", 8)]
    [InlineData("merge into t using s on true", "sql-syntax", 29)]
    [InlineData("merge into t using t on true when matched then delete", "sql-syntax", 22)]
    [InlineData("merge into t using s on true when matched then delete when matched then delete", "sql-syntax", 60)]
    [InlineData("merge into t using s on true when not matched then insert (a, b) values (1)", "sql-syntax", 74)]
    [InlineData("create table t (a nosuch)", "type-unsupported", 19)]
    [InlineData("create table t (a int primary key)", "sql-unsupported", 23)]
    [InlineData("create table t (a int default 1)", "sql-unsupported", 23)]
    [InlineData("create table t (a decimal(50, 1))", "sql-syntax", 19)]
    [InlineData("create table t", "sql-syntax", 15)]
    [InlineData("create temp table t (a int)", "sql-unsupported", 8)]
    [InlineData("create sequence s", "sql-unsupported", 1)]
    [InlineData("create table t (a int) using parquet", "sql-unsupported", 24)]
    [InlineData("drop schema s", "sql-unsupported", 1)]
    [InlineData("drop table t cascade", "sql-unsupported", 14)]
    [InlineData("alter table t rename to u", "sql-unsupported", 15)]
    [InlineData("explain insert into t values (1)", "sql-unsupported", 1)]
    [InlineData("hello", "sql-syntax", 1)]
    [InlineData("drop table t drop", "sql-syntax", 14)]
    public void What_is_not_known_is_refused_with_its_place(string sql, string code, int column)
    {
        var refused = Assert.Throws<MillraceException>(() => StatementParser.Parse(sql));

        Assert.Equal(code, refused.Code);
        Assert.StartsWith($"Line 1, column {column}: ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("insert into \"a;b\" values (1)")]
    [InlineData("create table \"../x\" (a int)")]
    [InlineData("drop table \"a\"\"b\"")]
    [InlineData("delete from \"t -- x\"")]
    [InlineData("create view \"v\nw\" as select 1")]
    public void A_name_that_no_table_can_have_is_refused(string sql) =>
        Assert.Equal("table-name", Assert.Throws<MillraceException>(() => StatementParser.Parse(sql)).Code);

    [Fact]
    public void Half_characters_and_nul_are_refused()
    {
        foreach (var sql in new[] { "select '\0'", "insert into t values ('\ud800')", "select '\udc00\ud800'" })
            Assert.Equal("sql-text", Assert.Throws<MillraceException>(() => StatementParser.Parse(sql)).Code);
        Assert.NotNull(StatementParser.Parse("select '\ud83d\ude00'"));
    }

    [Fact]
    public void Very_long_and_deep_statements_are_read()
    {
        var values = string.Join(", ", Enumerable.Repeat("('a long text of a row', 1)", 400_000));
        var deep = new string('(', 1_000) + "1" + new string(')', 1_000);

        var insert = Assert.IsType<InsertStatement>(StatementParser.Parse($"insert into t values {values}"));
        var update = Assert.IsType<UpdateStatement>(StatementParser.Parse($"update t set a = {deep}"));

        Assert.Equal(values.Length + 7, insert.Query.Length);
        Assert.Equal(deep, update.Assignments[0].Value);
        Assert.Throws<MillraceException>(() => StatementParser.Parse(
            "create table t (a " + string.Concat(Enumerable.Repeat("struct(b ", 5_000)) + "int"));
        Assert.Throws<MillraceException>(
            () => StatementParser.Parse("create table t (a int" + new string('[', 5_000) + ")"));
    }

    [Fact]
    public void Names_and_expressions_come_back_as_they_were_written() =>
        Gen.Select(NameGen, NameGen, ExpressionGen, ExpressionGen).Sample((column, other, value, condition) =>
        {
            var update = (UpdateStatement)StatementParser.Parse(
                $"update t set {SqlName.Quote(column)} = {value}, {SqlName.Quote(other)} = {condition} "
                + $"where {condition}");
            var insert = (InsertStatement)StatementParser.Parse(
                $"insert into t ({SqlName.Quote(column)}, {SqlName.Quote(other)}) select {value}, {condition}");
            var merge = (MergeStatement)StatementParser.Parse(
                $"merge into t using s on {condition} when matched and {value} then update set "
                + $"{SqlName.Quote(column)} = {value} when not matched then insert ({SqlName.Quote(column)}) "
                + $"values ({value})");

            // A comment before the first token of a text falls away.
            Assert.Equal([(column, Begun(value)), (other, Begun(condition))], update.Assignments);
            Assert.Equal(Begun(condition), update.Where);
            Assert.Equal([column, other], insert.Columns);
            Assert.Equal($"select {value}, {condition}", insert.Query);
            Assert.Equal((Begun(condition), Begun(value)), (merge.On, merge.Matched[0].Condition));
            Assert.Equal(Begun(value), merge.NotMatched[0].Values![column]);
        });

    [Fact]
    public void Any_text_is_read_or_refused_in_words() => Gen.Char["insertupdatecreate table()'\"$;,=*/-\\@.[]{}\n é"]
        .Array[0, 60].Select(letters => new string(letters)).Sample(text =>
        {
            foreach (var start in new[] { "", "insert into t ", "update t set ", "create table t (", "merge into t " })
            {
                try
                {
                    Assert.NotNull(StatementParser.Parse(start + text));
                }
                catch (MillraceException refused)
                {
                    Assert.NotEmpty(refused.Hint);
                }
            }
        });

    static string Begun(string text) => text.StartsWith("/*", StringComparison.Ordinal)
        ? text[(text.IndexOf("*/", StringComparison.Ordinal) + 2)..].TrimStart() : text;
}
