using System.Text;
using Millrace.Features;

namespace Millrace.Tests.FeaturesRoom;

public sealed class FeatureSchemaTests
{
    static readonly FeatureColumn Key = new("user", FeatureType.Int64);
    static readonly FeatureColumn Feature = new("posts", FeatureType.Int64);

    [Fact]
    public void A_schema_is_kept_as_readable_text()
    {
        var schema = new FeatureSchema([Key], [Feature, new FeatureColumn("embedding", FeatureType.FloatArray)]);

        Assert.Equal(
            """{"keys":[{"name":"user","type":"int64"}],"features":[{"name":"posts","type":"int64"},""" +
            """{"name":"embedding","type":"float-array"}]}""",
            Encoding.UTF8.GetString(schema.ToJson()));
    }

    [Fact]
    public void Every_type_has_a_name_that_is_read_back()
    {
        foreach (var type in Enum.GetValues<FeatureType>())
            Assert.Equal(type, FeatureTypeNames.Parse(FeatureTypeNames.Name(type)));
    }

    [Fact]
    public void A_schema_that_cannot_be_is_refused_with_its_reason()
    {
        AssertRefused([], [Feature], "at least one key column");
        AssertRefused([Key], [], "at least one feature column");
        AssertRefused([Key], [Feature, Feature], "Two columns are named 'posts'");
        AssertRefused([Key], [new FeatureColumn("user", FeatureType.Text)], "Two columns are named 'user'");
        AssertRefused([Key], [new FeatureColumn("", FeatureType.Text)], "empty name");
        AssertRefused([Key], [new FeatureColumn("\uD800", FeatureType.Text)], "surrogate");
        AssertRefused([Key], [new FeatureColumn("x", (FeatureType)99)], "type number 99");
        AssertRefused([new FeatureColumn("x", FeatureType.Double)], [Feature], "Key column 'x' is double");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"keys":[],"features":[]}""")]
    [InlineData("""{"keys":[{"name":"a","type":"int64"}]}""")]
    [InlineData("""{"keys":[{"name":"a","type":"int65"}],"features":[{"name":"b","type":"text"}]}""")]
    [InlineData("""{"keys":[{"name":1,"type":"int64"}],"features":[{"name":"b","type":"text"}]}""")]
    [InlineData("""{"keys":[{"name":null,"type":"int64"}],"features":[{"name":"b","type":"text"}]}""")]
    public void Text_that_is_no_schema_is_not_read_as_one(string text)
    {
        Assert.Null(FeatureSchema.FromJson(Encoding.UTF8.GetBytes(text)));
    }

    static void AssertRefused(FeatureColumn[] keys, FeatureColumn[] features, string reason)
    {
        var refusal = Assert.Throws<MillraceException>(() => new FeatureSchema(keys, features));

        Assert.Equal("feature-schema-invalid", refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
