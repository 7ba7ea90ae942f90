using CsCheck;
using Millrace.Lineage;

namespace Millrace.Tests.LineageRoom;

public sealed class ThingNameTests
{
    [Theory]
    [InlineData("photos", null, "photos", null, null)]
    [InlineData("table:photos", "table", "photos", null, null)]
    [InlineData("table:photos@v3", "table", "photos", "v3", null)]
    [InlineData("photos@v3", null, "photos", "v3", null)]
    [InlineData("model:photo-popularity@production", "model", "photo-popularity", "production", null)]
    [InlineData("table:photos@v3#17", "table", "photos", "v3", "17")]
    [InlineData("photos#17", null, "photos", null, "17")]
    [InlineData("table:views#17,2026-03-15", "table", "views", null, "17,2026-03-15")]
    [InlineData("table:users#ann@example.org", "table", "users", null, "ann@example.org")]
    [InlineData("table:users#a#b", "table", "users", null, "a#b")]
    [InlineData("file:logs/a@b.jsonl.gz@v2", "file", "logs/a@b.jsonl.gz", "v2", null)]
    [InlineData("file:logs/day#1.jsonl", "file", "logs/day#1.jsonl", null, null)]
    [InlineData("@handle@v1", null, "@handle", "v1", null)]
    [InlineData("colour:red", null, "colour:red", null, null)]
    [InlineData("source:table:x@2026-03-15T10:00:00Z", "source", "table:x", "2026-03-15T10:00:00Z", null)]
    public void A_name_is_read_by_its_grammar(string text, string? kind, string name, string? version, string? rowKey)
    {
        var parsed = ThingName.Parse(text);

        Assert.Equal(new ThingName(kind, name, version, rowKey), parsed);
        Assert.Equal(text, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("table:")]
    [InlineData("table:photos@")]
    [InlineData("photos#")]
    [InlineData("table:#17")]
    [InlineData("a@b@")]
    public void A_text_that_names_nothing_is_refused_with_an_example(string text)
    {
        var error = Assert.Throws<MillraceException>(() => ThingName.Parse(text));

        Assert.Equal((ErrorKind.Invalid, "thing-name"), (error.Kind, error.Code));
        Assert.Contains($"'{text}'", error.Message);
        Assert.Contains("table:photos@v3", error.Hint);
    }

    [Theory]
    [InlineData("v0", 0L)]
    [InlineData("v3", 3L)]
    [InlineData("v9223372036854775807", 9223372036854775807L)]
    [InlineData("v9223372036854775808", null)]
    [InlineData("v", null)]
    [InlineData("v-1", null)]
    [InlineData("v1.0", null)]
    [InlineData("V3", null)]
    [InlineData("version", null)]
    public void A_number_is_v_and_digits(string version, long? number) =>
        Assert.Equal(number, new ThingName("table", "photos", version, null).VersionNumber);

    [Theory]
    [InlineData("0123abcd", true)]
    [InlineData("0123abc", false)]
    [InlineData("0123ABCD", false)]
    [InlineData("0123abcg", false)]
    [InlineData("20260315", true)]
    [InlineData("2026-03-15", false)]
    public void A_hash_is_at_least_eight_lower_case_hex_digits(string version, bool isHash) =>
        Assert.Equal(isHash ? version : null, new ThingName("table", "photos", version, null).HashPrefix);

    [Theory]
    [InlineData("2026-03-15", "2026-03-15T00:00:00Z")]
    [InlineData("2026-03-15T10:30Z", "2026-03-15T10:30:00Z")]
    [InlineData("2026-03-15T10:30:01.25", "2026-03-15T10:30:01.25Z")]
    [InlineData("2026-03-15T10:30:00+02:00", "2026-03-15T08:30:00Z")]
    [InlineData("2026-13-15", null)]
    [InlineData("production", null)]
    [InlineData("20260315", null)]
    public void A_time_is_utc_unless_it_says_otherwise(string version, string? time) => Assert.Equal(
        time is null ? null : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture),
        new ThingName("table", "photos", version, null).Time);

    [Fact]
    public void What_is_parsed_is_written_as_it_was_typed()
    {
        // Mostly the characters that mean something.
        var text = Gen.String[Gen.Char["aé:@#v1/- "], 0, 12];
        var kind = Gen.Int[0, 4].Select(i => new[] { "", "table:", "file:", "model:", "run:" }[i]);

        Gen.Select(kind, text).Sample((start, rest) =>
        {
            if (TryParse(start + rest) is { } name)
                Assert.Equal(start + rest, name.ToString());
        });
    }

    [Fact]
    public void What_is_written_is_parsed_back()
    {
        var word = Gen.String[Gen.Char["aé1/-_ ."], 1, 10];
        var optional = Gen.OneOf(Gen.Const((string?)null), word.Select(text => (string?)text));
        var names = Gen.Select(
            Gen.Int[0, ThingName.Kinds.Count - 1].Select(i => ThingName.Kinds[i]), word, optional, optional,
            (kind, name, version, rowKey) => new ThingName(kind, name, version, kind == "table" ? rowKey : null));

        names.Sample(name => Assert.Equal(name, ThingName.Parse(name.ToString())));
    }

    static ThingName? TryParse(string text)
    {
        try
        {
            return ThingName.Parse(text);
        }
        catch (MillraceException)
        {
            return null;
        }
    }
}
