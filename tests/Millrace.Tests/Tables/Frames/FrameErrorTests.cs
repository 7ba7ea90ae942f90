using Millrace.Tables;
using Millrace.Tables.Frames;
using Millrace.Tests.CatalogRoom;
using static Millrace.Tables.Frames.Expressions;

namespace Millrace.Tests.TablesRoom.Frames;

public sealed class FrameErrorTests : IDisposable
{
    static readonly string[] GAndA = ["g", "a"];

    readonly ScratchFolder _scratch = new();
    readonly Frame _frame;

    public FrameErrorTests() => _frame = new FrameEngine(_scratch.Path).Sql(
        "select 1 as id, 2.5::double as price, 'a' as kind, [1] as tags");

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string, string, string> Faults() => new()
    {
        { "filter", "column-unknown", "Filter: there is no column 'prize'" },
        { "select", "column-unknown", "Select: there is no column 'kin'" },
        { "drop", "column-unknown", "Drop: there is no column 'pric'" },
        { "join", "column-unknown", "Join: there is no column 'g'" },
        { "twice", "column-twice", "Select gives two columns the name 'ID'" },
        { "unnamed", "column-name-missing", "Select has an expression without a name" },
        { "aggregate in a filter", "expression-misplaced", "is one value of many rows" },
        { "column in an aggregate", "expression-misplaced", "\"price\" is not one value of a group" },
        { "shift without order", "window-order", "depends on the order of the rows" },
        { "concat of others", "column-unknown", "Concat: there is no column 'x'" },
        { "no column", "columns-missing", "Drop" },
        { "side elsewhere", "column-side", "'id' is a column of one side of a join" },
        { "no side", "column-side", "does not say on which side 'id' is" },
        { "types", "sql-failed", "" },
        { "file", "file-missing", "There is no file" },
        { "query", "sql-failed", "nowhere" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_of_a_frame_names_the_verb_and_the_column(string fault, string code, string message)
    {
        var failure = Assert.Throws<MillraceException>(() => Faulty(fault).Schema());

        Assert.Equal(code, failure.Code);
        if (fault != "no column")
            Assert.Contains(message, failure.Message);
    }

    [Fact]
    public void An_unknown_column_names_the_nearest()
    {
        var failure = Assert.Throws<MillraceException>(() => _frame.Filter(Col("prise") > 1).ToSql());

        Assert.StartsWith("Did you mean 'price'?", failure.Hint);
    }

    [Theory]
    [InlineData("x\0y")]
    [InlineData("")]
    [InlineData("half")]
    public void A_name_that_SQL_can_not_hold_is_refused(string name) =>
        Assert.Equal("column-name", Assert.Throws<MillraceException>(
            () => Col(name == "half" ? "\ud800" : name)).Code);

    [Theory]
    [InlineData("int); drop table t; --")]
    [InlineData("varchar) as x from t --")]
    [InlineData("")]
    public void SQL_in_the_name_of_a_type_is_refused(string type) =>
        Assert.Equal("type-name", Assert.Throws<MillraceException>(() => Col("id").Cast(type)).Code);

    [Theory]
    [InlineData("abs(1); drop table t; --")]
    [InlineData("a b")]
    public void SQL_in_the_name_of_a_function_is_refused(string name) =>
        Assert.Equal("function-name", Assert.Throws<MillraceException>(() => Function(name, 1)).Code);

    [Theory]
    [InlineData("'; drop table t; --")]
    [InlineData("\\'; select 1; --")]
    [InlineData("a' or '1'='1")]
    [InlineData("nul\0nul'")]
    [InlineData("line\nbreak /* */")]
    public async Task SQL_in_a_value_stays_a_value(string text)
    {
        var found = await _frame.With("v", Lit(text)).Filter(Col("v") == text).ToListAsync(row => row.Text("v"), Stop);

        Assert.Equal([text], found);
    }

    [Theory]
    [InlineData("x\"; drop table t; --")]
    [InlineData("' or 1=1")]
    [InlineData("select")]
    [InlineData("a.b")]
    [InlineData("Ünïcode 🐈")]
    public async Task SQL_in_a_name_stays_a_name(string name)
    {
        var frame = _frame.With(name, Col("price") + 1).Filter(Col(name) > 1).Sort(name)
            .GroupBy(name).Agg((name + "2", Col("id").Sum())).Rename((name, name + "3"));

        Assert.Equal([name + "3", name + "2"], frame.Columns());
        Assert.Equal([3.5], await frame.ToListAsync(row => row.Double(name + "3"), Stop));
    }

    [Fact]
    public void A_comparison_with_the_null_of_CSharp_says_how_to_ask()
    {
        string? nothing = null;

        Assert.Equal("compared-with-null", Assert.Throws<MillraceException>(() => Col("id") == (Expr)null!).Code);
        Assert.Equal("(\"id\" = null)", (Col("id") == nothing!).Is(true).ToString()[..13]);
    }

    [Fact]
    public void A_chain_of_a_thousand_verbs_is_refused_and_one_of_a_hundred_is_not()
    {
        var frame = _frame;
        for (var i = 0; i < 100; i++)
            frame = frame.With("id", Col("id") + 1);

        Assert.Equal("id", frame.Columns()[0]);
        var failure = Assert.Throws<MillraceException>(() =>
        {
            for (var i = 0; i < 1000; i++)
                frame = frame.Head(5);
        });
        Assert.Equal("frame-too-deep", failure.Code);
    }

    [Fact]
    public async Task A_thousand_conditions_are_no_deep_expression()
    {
        var any = _frame.Filter(Any([.. Enumerable.Range(0, 1000).Select(i => Col("id") == i)]));
        var sum = Col("id");

        Assert.Equal(1, await any.CountAsync(Stop));
        var failure = Assert.Throws<MillraceException>(() =>
        {
            for (var i = 0; i < 1000; i++)
                sum += 1;
        });
        Assert.Equal("expression-too-deep", failure.Code);
    }

    [Fact]
    public async Task Values_that_do_not_fit_say_so()
    {
        var nulls = await Assert.ThrowsAsync<MillraceException>(() => _frame.Select(("n", Null.Cast("bigint")))
            .ToListAsync(row => row.Int64("n"), Stop));
        var kind = await Assert.ThrowsAsync<MillraceException>(
            () => _frame.ToListAsync(row => row.Int64("kind"), Stop));
        var large = await Assert.ThrowsAsync<MillraceException>(() => _frame.Select(("n", Sql("2::hugeint << 70")))
            .ToListAsync(row => row.Int64("n"), Stop));

        Assert.Equal(("value-null", "value-kind", "value-too-large"), (nulls.Code, kind.Code, large.Code));
        Assert.Contains("'kind'", kind.Message);
    }

    [Fact]
    public async Task A_failing_function_of_Map_says_that_it_was_the_function()
    {
        var map = _frame.Map<long>(
            _ => throw new FormatException("no good"), new RowSchema<long>().Int64("n", n => n));

        var failure = await Assert.ThrowsAsync<MillraceException>(() => map.CountAsync(Stop));

        Assert.Equal("map-failed", failure.Code);
        Assert.Contains("no good", failure.Message);
    }

    [Fact]
    public async Task A_frame_without_a_workspace_can_not_be_written_to_a_table() =>
        Assert.Equal(
            "frame-without-workspace",
            (await Assert.ThrowsAsync<MillraceException>(() => _frame.WriteAsync("t", cancellationToken: Stop))).Code);

    [Fact]
    public async Task Too_many_values_do_not_become_columns()
    {
        var frame = new FrameEngine(_scratch.Path).Range(2000);

        Assert.Equal(
            "values-too-many",
            (await Assert.ThrowsAsync<MillraceException>(() => frame.OneHotAsync("i", Stop))).Code);
    }

    Frame Faulty(string fault) => fault switch
    {
        "filter" => _frame.Filter(Col("prize") > 1),
        "select" => _frame.Select("id", "kin"),
        "drop" => _frame.Drop("pric"),
        "join" => _frame.Join(_frame, GAndA),
        "twice" => _frame.Select("id", "ID"),
        "unnamed" => _frame.Select(Col("id") + 1),
        "aggregate in a filter" => _frame.Filter(Col("price").Sum() > 1),
        "column in an aggregate" => _frame.GroupBy("kind").Agg(("p", Col("price"))),
        "shift without order" => _frame.With("p", Col("price").Shift()),
        "concat of others" => _frame.Concat(_frame.With("x", 1)),
        "no column" => _frame.Drop("id", "price", "kind", "tags"),
        "side elsewhere" => _frame.JoinCross(_frame).Filter(new JoinSide(JoinSide.Left)["id"] == 1),
        "no side" => _frame.Join(_frame, (_, _) => Col("id") == 1),
        "types" => _frame.With("p", Col("kind").Cast("varchar") + Col("tags")),
        "file" => new FrameEngine(_scratch.Path).Csv(_scratch["nothing.csv"]),
        _ => new FrameEngine(_scratch.Path).Sql("select * from nowhere"),
    };
}
