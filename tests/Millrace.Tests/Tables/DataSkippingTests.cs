using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using Millrace.Tables;
using Millrace.Tables.Delta;

namespace Millrace.Tests.TablesRoom;

public sealed class DataSkippingTests
{
    static readonly ConditionKind[] Comparisons =
    [
        ConditionKind.Equal, ConditionKind.Less, ConditionKind.LessOrEqual, ConditionKind.Greater,
        ConditionKind.GreaterOrEqual, ConditionKind.In, ConditionKind.Between, ConditionKind.IsNull,
        ConditionKind.IsNotNull,
    ];

    [Fact]
    public void A_file_with_a_number_that_is_wanted_is_never_passed_over() => Sample(
        "long", Gen.Long[-20, 20].Nullable(), rows => (rows.Min(), rows.Max()),
        value => JsonValue.Create(value), value => value, (a, b) => a.CompareTo(b));

    [Fact]
    public void A_file_with_a_double_that_is_wanted_is_never_passed_over() => Sample(
        "double",
        Gen.OneOf(Gen.Double[-3, 3], Gen.Const(double.NaN), Gen.Const(double.PositiveInfinity), Gen.Const(0.0))
            .Nullable(),
        // No writer can say infinity in JSON; some overlook every NaN.
        rows => rows.Where(value => !double.IsNaN(value)).ToList() is { Count: > 0 } numbers
            && numbers.All(double.IsFinite) ? (numbers.Min(), numbers.Max()) : ((double, double)?)null,
        value => JsonValue.Create(value), value => value, CompareDoubles);

    [Fact]
    public void A_file_with_a_text_that_is_wanted_is_never_passed_over() => Sample(
        "string", Gen.Char["abü"].Array[0, 6].Select(chars => new string(chars)).Select(text => (Text?)new Text(text)),
        // Both bounds are cut off after two characters, and the greatest is not made greater.
        rows => (new Text(Cut(rows.Min().Value)), new Text(Cut(rows.Max().Value))),
        value => JsonValue.Create(value.Value), value => value.Value, (a, b) => a.CompareTo(b));

    [Fact]
    public void A_file_with_a_time_that_is_wanted_is_never_passed_over() => Sample(
        "timestamp", Gen.Int[0, 5000].Select(us => (DateTime?)DateTime.UnixEpoch.AddMicroseconds(us)),
        // Both bounds are cut down to milliseconds.
        rows => (Milliseconds(rows.Min()), Milliseconds(rows.Max())),
        value => JsonValue.Create(value.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
        value => value, (a, b) => a.CompareTo(b));

    [Theory]
    [InlineData(ConditionKind.StartsWith, "apple", 1)]
    [InlineData(ConditionKind.StartsWith, "a", 1)]
    [InlineData(ConditionKind.StartsWith, "b", 2)]
    [InlineData(ConditionKind.StartsWith, "cz", 1)]
    [InlineData(ConditionKind.StartsWith, "d", 0)]
    [InlineData(ConditionKind.Equal, "cherry", 1)]
    [InlineData(ConditionKind.Equal, "aaa", 0)]
    [InlineData(ConditionKind.GreaterOrEqual, "c", 1)]
    public void Texts_pass_over_the_files_that_can_not_hold_them(ConditionKind kind, string value, int count)
    {
        var table = Table("string",
            """{"numRecords":2,"minValues":{"v":"ab"},"maxValues":{"v":"b"},"nullCount":{"v":0}}""",
            """{"numRecords":2,"minValues":{"v":"ba"},"maxValues":{"v":"cz"},"nullCount":{"v":0}}""");

        Assert.Equal(count, table.Prune(new TablePredicate(new ColumnCondition("v", kind, value))).Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("""{"minValues":7,"maxValues":null,"nullCount":"x"}""")]
    [InlineData("""{"minValues":{"v":"nine"},"maxValues":{"v":[]},"numRecords":1e99}""")]
    [InlineData("""{"minValues":{"v":1e400},"maxValues":{"v":123456789012345678901234567890123}}""")]
    public void Statistics_that_can_not_be_read_keep_the_file(string statistics)
    {
        var table = Table("long", statistics);

        foreach (var kind in Comparisons)
            Assert.Single(table.Prune(new TablePredicate(new ColumnCondition("v", kind, 5L, 6L))));
    }

    [Fact]
    public void A_point_among_a_thousand_files_reads_one()
    {
        var table = Table("long", [.. Enumerable.Range(0, 1000).Select(i =>
            $$$"""
            {"numRecords":10,"minValues":{"v":{{{i * 10}}}},"maxValues":{"v":{{{(i * 10) + 9}}}},"nullCount":{"v":0}}
            """)]);

        Assert.Single(table.Prune(new TablePredicate(new ColumnCondition("v", ConditionKind.Equal, 4321))));
    }

    [Fact]
    public void Values_of_partitions_are_exact()
    {
        var schema = new TableSchema([new TableColumn("day", "date"), new TableColumn("v", "long")]);
        string?[] days = ["2024-01-01", "2024-01-02", null, ""];
        var table = new TableSnapshot(
            "t", "/nowhere", 0, schema,
            [.. days.Select((day, i) => new DataFile($"{i}", 1, 1, "", "{}", null)
            {
                PartitionValues = new Dictionary<string, string?> { ["day"] = day },
            })],
            "id", new Dictionary<string, long>(), null)
        {
            Metadata = new DeltaMetadata("id", schema, ["day"], new Dictionary<string, string>()),
        };

        Assert.Equal(["1"], Kept(ConditionKind.Equal, new DateOnly(2024, 1, 2)));
        Assert.Equal(["1"], Kept(ConditionKind.Greater, new DateOnly(2024, 1, 1)));
        Assert.Equal(["2", "3"], Kept(ConditionKind.IsNull));
        Assert.Equal(["0", "1"], Kept(ConditionKind.IsNotNull));

        IEnumerable<string> Kept(ConditionKind kind, params object[] values) =>
            table.Prune(new TablePredicate(new ColumnCondition("DAY", kind, values))).Select(file => file.Path);
    }

    [Fact]
    public void A_column_that_is_not_there_is_named()
    {
        var failure = Assert.Throws<MillraceException>(
            () => Table("long", "{}").Prune(new TablePredicate(new ColumnCondition("w", ConditionKind.IsNull))));

        Assert.Equal("column-unknown", failure.Code);
    }

    static void Sample<T>(
        string type, Gen<T?> values, Func<List<T>, (T Min, T Max)?> bounds, Func<T, JsonNode?> json,
        Func<T, object> given, Comparison<T> compare)
        where T : struct => Gen.Select(
            values.Array[1, 4].Array[1, 4], Gen.Int[0, Comparisons.Length - 1].Select(i => Comparisons[i]),
            values.Where(value => value is not null),
            values.Where(value => value is not null)).Sample(
            (files, kind, first, second) =>
            {
                var table = Table(type, [.. files.Select(file => Statistics(file, bounds, json))]);
                var kept = table.Prune(
                    new TablePredicate(new ColumnCondition("v", kind, given(first!.Value), given(second!.Value))))
                    .Select(file => file.Path).ToHashSet();
                for (var i = 0; i < files.Length; i++)
                    Assert.True(
                        kept.Contains($"{i}")
                            || !files[i].Any(row => Matches(row, kind, first.Value, second.Value, compare)),
                        $"{kind} {first} {second}: file {i} of {string.Join(", ", files[i])}");
            },
            iter: 2000);

    static string Statistics<T>(T?[] rows, Func<List<T>, (T Min, T Max)?> bounds, Func<T, JsonNode?> json)
        where T : struct
    {
        List<T> present = [.. rows.OfType<T>()];
        var found = present.Count > 0 ? bounds(present) : null;
        return new JsonObject
        {
            ["numRecords"] = rows.Length,
            ["minValues"] = found is { } min ? new JsonObject { ["v"] = json(min.Min) } : new JsonObject(),
            ["maxValues"] = found is { } max ? new JsonObject { ["v"] = json(max.Max) } : new JsonObject(),
            ["nullCount"] = new JsonObject { ["v"] = rows.Length - present.Count },
        }.ToJsonString();
    }

    static bool Matches<T>(T? row, ConditionKind kind, T first, T second, Comparison<T> compare)
        where T : struct => row is not { } value ? kind == ConditionKind.IsNull : kind switch
        {
            ConditionKind.Equal => compare(value, first) == 0,
            ConditionKind.Less => compare(value, first) < 0,
            ConditionKind.LessOrEqual => compare(value, first) <= 0,
            ConditionKind.Greater => compare(value, first) > 0,
            ConditionKind.GreaterOrEqual => compare(value, first) >= 0,
            ConditionKind.In => compare(value, first) == 0 || compare(value, second) == 0,
            ConditionKind.Between => compare(value, first) >= 0 && compare(value, second) <= 0,
            ConditionKind.IsNotNull => true,
            _ => false,
        };

    // As SQL has it: NaN equals itself and is greater than everything.
    static int CompareDoubles(double a, double b) => (double.IsNaN(a), double.IsNaN(b)) switch
    {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => -1,
        _ => a.CompareTo(b),
    };

    static string Cut(string text) => text.Length > 2 ? text[..2] : text;

    static DateTime Milliseconds(DateTime time) => new(time.Ticks / 10_000 * 10_000, DateTimeKind.Utc);

    static TableSnapshot Table(string type, params string[] statistics) => new(
        "t", "/nowhere", 0, new TableSchema([new TableColumn("v", type)]),
        [.. statistics.Select((text, i) => new DataFile($"{i}", 1, 1, "", text, null))], "id",
        new Dictionary<string, long>(), null);

    readonly record struct Text(string Value) : IComparable<Text>
    {
        public int CompareTo(Text other) => string.CompareOrdinal(Value, other.Value);
    }
}
