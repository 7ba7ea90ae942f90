using Millrace.Tables.Checks;

namespace Millrace.Tests.TablesRoom.Checks;

public sealed class CheckSettingsTests
{
    [Fact]
    public void Every_kind_of_check_is_read()
    {
        var rules = Read(
            """
            checks:
              orders:
                - columns: [id, price]
                - schema: {id: long, price: double}
                - type: {column: id, is: bigint}
                - not-null: [id, price]
                - unique: [id, day]
                - range: {column: price, min: 0, max: 9.5, share: 99 %}
                - set: {column: color, values: [red, 'it''s']}
                - regex: {column: name, pattern: '^[a-z]+$'}
                - length: {column: name, min: 1}
                - condition: price >= cost
                - references: {columns: [shop], table: shops, to: [id]}
                - row-count: {min: 1}
                - row-change: {min: -10 %, max: 0.5}
                - freshness: {column: at, within: 48h}
                - mean: {column: price, min: 1}
                - std: {column: price, max: 1}
                - quantile: {column: price, at: 0.99, max: 5}
                - sum: {column: price, max: 1e6}
                - distinct: {column: shop, max: 3}
                - null-change: {column: name, max: 0.05}
                - drift: {column: price, js: 0.1, linf: 0.2, version: v3}
                - sql: select * from orders where price < 0
                - not-null: name
                  severity: warn
                  rows: all
                  where: id > 3
                  name: names are there
            """);

        Assert.Equal(Enum.GetValues<CheckKind>(), rules.Select(rule => rule.Kind).Distinct());
        Assert.Equal(24, rules.Count);
        Assert.Equal(
            ("price", "0", "9.5", 0.99),
            (rules[6].Columns[0], rules[6].Min, rules[6].Max, Math.Round(rules[6].Share, 9)));
        Assert.Equal(("-0.1", "0.5"), (rules[13].Min, rules[13].Max));
        Assert.Equal(TimeSpan.FromHours(48), rules[14].Within);
        Assert.Equal(3, rules[21].Version);
        Assert.Equal(
            ("names are there", CheckSeverity.Warn, CheckScope.Table, "id > 3"),
            (rules[23].Label, rules[23].Severity, rules[23].Scope, rules[23].Where));
    }

    [Theory]
    [InlineData("checks: [orders]", 1, "a mapping")]
    [InlineData("checks:\n  orders: {not-null: id}", 2, "must be a list")]
    [InlineData("checks:\n  'or ders':\n    - not-null: id", 2, "can't be the name of a table")]
    [InlineData("checks:\n  orders:\n    - nonull: id", 3, "'nonull' is no check; there are columns, schema")]
    [InlineData("checks:\n  orders:\n    - severity: warn", 3, "needs a kind")]
    [InlineData("checks:\n  orders:\n    - {unique: id, not-null: id}", 3, "are two checks")]
    [InlineData("checks:\n  orders:\n    - not-null: id\n      severity: bad", 4, "'severity:' must be")]
    [InlineData("checks:\n  orders:\n    - not-null: id\n      rows: some", 4, "'rows:' must be")]
    [InlineData("checks:\n  orders:\n    - range: {column: id}", 3, "needs 'min' or 'max'")]
    [InlineData("checks:\n  orders:\n    - range:\n        column: id\n        mean: 3", 5, "is not told 'mean'")]
    [InlineData("checks:\n  orders:\n    - mean: {column: id, min: many}", 3, "'many', which is no number")]
    [InlineData("checks:\n  orders:\n    - freshness: {column: at, within: soon}", 3, "'within:' is a span")]
    [InlineData("checks:\n  orders:\n    - drift: {column: at, js: 3}", 3, "bounds from 0 to 1")]
    [InlineData("checks:\n  orders:\n    - references: {columns: a, table: 'x y'}", 3, "needs a table")]
    public void A_mistake_is_named_with_its_line(string yaml, int line, string what)
    {
        var failure = Assert.Throws<MillraceException>(
            () => WorkspaceSettings.Read("millrace.yaml", new StringReader(yaml)));

        Assert.Equal("settings-invalid", failure.Code);
        Assert.StartsWith($"Line {line} of", failure.Message, StringComparison.Ordinal);
        Assert.Contains(what, failure.Message, StringComparison.Ordinal);
    }

    static IReadOnlyList<CheckRule> Read(string yaml) =>
        WorkspaceSettings.Read("millrace.yaml", new StringReader(yaml)).Checks["orders"];
}
