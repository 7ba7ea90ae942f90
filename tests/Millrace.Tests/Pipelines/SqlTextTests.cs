using CsCheck;
using Millrace.Pipelines;
using Millrace.Tables;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.PipelinesRoom;

public sealed class SqlTextTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly SqlSession _session;

    public SqlTextTests() => _session = new SqlSession(_scratch.Path);

    public void Dispose()
    {
        _session.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void Any_text_is_a_value_and_never_SQL() => Gen.OneOf(
        Gen.String[Gen.Char[" '\";-\\$/*abcö€\n"], 0, 20], Gen.Const("'; drop table t; --")).Sample(
        text =>
        {
            SqlText sql = $"select {text} as v";

            Assert.Equal(text, _session.Value<string>(sql.ToString()));
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void Any_number_comes_back_exactly() => Gen.Select(Gen.Double, Gen.Long).Sample(
        (x, n) =>
        {
            SqlText sql = $"select {x} as x, {n} as n";

            var row = Assert.Single(_session.Rows(
                sql.ToString(), r => (r.GetDouble(0), Convert.ToInt64(r.GetValue(1)))));
            Assert.Equal(BitConverter.DoubleToInt64Bits(double.IsNaN(x) ? 0 : x),
                BitConverter.DoubleToInt64Bits(double.IsNaN(row.Item1) ? 0 : row.Item1));
            Assert.Equal(n, row.Item2);
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void Times_and_days_are_values_of_their_type()
    {
        var time = new DateTimeOffset(2026, 3, 15, 12, 0, 0, TimeSpan.FromHours(2)).AddTicks(1234560);
        var (moment, day) = (new DateTime(2026, 3, 15), new DateOnly(2026, 3, 15));
        SqlText sql = $"select cast({time} as varchar), cast({moment} as varchar), typeof({day})";

        Assert.Equal(
            ["2026-03-15 10:00:00.123456+00|2026-03-15 00:00:00+00|DATE"],
            _session.Rows(sql.ToString(), r => $"{r.GetString(0)}|{r.GetString(1)}|{r.GetString(2)}"));
    }

    [Fact]
    public void Parts_bring_their_tables_once()
    {
        var a = new TaskOutput("a", "table", "a", []);
        SqlText part = $"select * from {a}";
        SqlText whole = $"with x as ({part}) select * from x, {a}, {new TaskOutput("b", "table", "b\"c", [])}";

        Assert.Equal(["a", "b\"c"], whole.Inputs.Select(input => input.Name));
        Assert.Equal("with x as (select * from \"a\") select * from x, \"a\", \"b\"\"c\"", whole.ToString());
    }

    [Fact]
    public void Only_a_table_can_be_read()
    {
        var model = new TaskOutput("m", "model", "m", []);

        Assert.Throws<ArgumentException>(() => new SqlText(0, 1).AppendFormatted(model));
    }
}
