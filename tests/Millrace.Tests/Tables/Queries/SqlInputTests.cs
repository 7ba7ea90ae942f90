using Millrace.App.Tables;

namespace Millrace.Tests.TablesRoom.Queries;

public sealed class SqlInputTests
{
    [Theory]
    [InlineData("n=7", "n", 7L)]
    [InlineData("n=-7", "n", -7L)]
    [InlineData("$n=1.5", "n", 1.5)]
    [InlineData("n=1e3", "n", 1000.0)]
    [InlineData("n=true", "n", true)]
    [InlineData("n=null", "n", null)]
    [InlineData("n=", "n", "")]
    [InlineData("n=007", "n", "007")]
    [InlineData("n=+7", "n", "+7")]
    [InlineData("n=9223372036854775808", "n", "9223372036854775808")]
    [InlineData("n='7'", "n", "7")]
    [InlineData("n='it''s'", "n", "it's")]
    [InlineData("n='", "n", "'")]
    [InlineData("n=a=b", "n", "a=b")]
    [InlineData("n=2026-03-01", "n", "2026-03-01")]
    [InlineData("n=NaN", "n", "NaN")]
    public void A_parameter_is_what_it_looks_like(string text, string name, object? value)
    {
        var parameter = SqlInput.Parameter(text);

        Assert.Equal((name, value), (parameter.Name, parameter.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("=7")]
    [InlineData("a b=7")]
    [InlineData("a\n=7")]
    [InlineData("1=7")]
    public void What_names_no_value_is_refused(string text) =>
        Assert.Equal("option-value", Assert.Throws<MillraceException>(() => SqlInput.Parameter(text)).Code);
}
