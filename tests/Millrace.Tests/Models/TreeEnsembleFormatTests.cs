using System.Text;
using Millrace.Models;
using Millrace.Tests.AugmentationRoom;

namespace Millrace.Tests.ModelsRoom;

public sealed class TreeEnsembleFormatTests
{
    static readonly string FixtureFile =
        Path.Combine(SamplePhotos.Root, "tests", "Millrace.Tests", "Fixtures", "tree-ensemble-v1.json");

    static readonly string Fixture = File.ReadAllText(FixtureFile);

    [Fact]
    public void A_file_of_version_1_predicts_what_it_says()
    {
        var regressor = TreeRegressor.Load(File.ReadAllBytes(FixtureFile));
        var matrix = new FeatureMatrix(
            ["hour", "posts_30d"], [8, 0, 11.5f, 9, 20, 2, 20, 3, 20, 9, float.NaN, 9, 20, float.NaN], 7);

        var predictions = regressor.Predict(matrix);

        Assert.Equal([3.375, 3.375, 3.75, 3.75, 4.125, 3.375, 3.75], predictions);
        Assert.Equal([new FeatureGain("hour", 12.25), new FeatureGain("posts_30d", 4.5)], regressor.FeatureGains());
    }

    [Fact]
    public void Saving_a_loaded_file_gives_its_bytes() =>
        Assert.Equal(Fixture, Encoding.UTF8.GetString(TreeRegressor.Load(Bytes(Fixture)).Save()));

    [Fact]
    public void The_example_in_the_documentation_is_the_fixture()
    {
        var page = File.ReadAllText(Path.Combine(SamplePhotos.Root, "docs", "formats", "tree-ensemble.md"));
        var start = page.IndexOf("```json", StringComparison.Ordinal) + "```json".Length;
        var example = page[start..page.IndexOf("```", start, StringComparison.Ordinal)];

        var saved = TreeRegressor.Load(Bytes(example)).Save();

        Assert.Equal(Fixture, Encoding.UTF8.GetString(saved));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        var bytes = Bytes(Fixture.TrimEnd('\n'));

        for (var length = 0; length < bytes.Length; length++)
        {
            var error = Assert.Throws<MillraceException>(() => TreeRegressor.Load(bytes.AsSpan(0, length)));
            Assert.Equal("model-damaged", error.Code);
        }
    }

    [Theory]
    [InlineData("\"left\":[-1,-2]", "\"left\":[0,-2]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[-1,0]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[-1,1]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[1,-2]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[-1,-1]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[-1,-4]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[-1,2]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[-2147483648,-2]", "children that do not form a tree")]
    [InlineData("\"left\":[-1,-2]", "\"left\":[-1]", "arrays of different lengths")]
    [InlineData("\"left\":[-1,-2]", "\"left\":null", "")]
    [InlineData("\"left\":[-1,-2],", "", "lacks one of its arrays")]
    [InlineData("\"left\":[-1,-2],", "\"left\":[-1,-2],\"left\":[-1,-2],", "")]
    [InlineData("\"features\":[0,1]", "\"features\":[0,2]", "compares a feature that is not one of the 2")]
    [InlineData("\"features\":[0,1]", "\"features\":[-1,1]", "compares a feature that is not one of the 2")]
    [InlineData("11.5", "1e999", "not finite")]
    [InlineData("11.5", "NaN", "")]
    [InlineData("0.125", "-1e999", "not finite")]
    [InlineData("4.5", "-4.5", "a gain below zero")]
    [InlineData("\"bias\":3.5", "\"bias\":1e999", "bias that is not finite")]
    [InlineData("\"leaves\":[0.25]", "\"leaves\":[]", "lacks one of its arrays")]
    [InlineData("\"posts_30d\"", "\"hour\"", "names a feature twice")]
    [InlineData("\"posts_30d\"", "null", "no feature names")]
    [InlineData("\"posts_30d\"", "\"\\ud800\"", "")]
    [InlineData("[\"hour\",\"posts_30d\"]", "[]", "no feature names")]
    [InlineData("\"trees\":[{", "\"trees\":[null,{", "tree 0 is null")]
    [InlineData("\"trees\"", "\"forest\"", "no trees")]
    [InlineData("millrace.tree-ensemble", "zip", "does not name its format")]
    public void A_hostile_file_is_refused(string from, string to, string fact)
    {
        Assert.Contains(from, Fixture, StringComparison.Ordinal);

        var error = Assert.Throws<MillraceException>(
            () => TreeRegressor.Load(Bytes(Fixture.Replace(from, to, StringComparison.Ordinal))));

        Assert.Equal("model-damaged", error.Code);
        Assert.Contains(fact, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("PK\u0003\u0004")]
    public void Another_file_is_refused(string text)
    {
        var error = Assert.Throws<MillraceException>(() => TreeRegressor.Load(Bytes(text)));

        Assert.Equal("model-damaged", error.Code);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        var nested = Fixture.Replace("\"bias\"", "\"x\":" + new string('[', 100_000), StringComparison.Ordinal);

        var error = Assert.Throws<MillraceException>(() => TreeRegressor.Load(Bytes(nested)));

        Assert.Equal("model-damaged", error.Code);
    }

    [Fact]
    public void A_version_that_is_not_known_is_named()
    {
        var newer = Fixture.Replace("\"formatVersion\":1", "\"formatVersion\":2", StringComparison.Ordinal);

        var error = Assert.Throws<MillraceException>(() => TreeRegressor.Load(Bytes(newer)));

        Assert.Equal("model-version-unknown", error.Code);
        Assert.Equal("The tree ensemble is of format version 2, and this program reads 1.", error.Message);
    }

    [Fact]
    public void Flipped_bytes_give_a_model_that_predicts_or_an_error()
    {
        var random = new Random(12);
        var refused = 0;

        for (var trial = 0; trial < 3_000; trial++)
        {
            var bytes = Bytes(Fixture);
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                var regressor = TreeRegressor.Load(bytes);
                var matrix = new FeatureMatrix(regressor.FeatureNames, [20, 9], 1);
                Assert.True(double.IsFinite(regressor.Predict(matrix)[0]));
            }
            catch (MillraceException exception)
            {
                Assert.Contains(exception.Code, new[] { "model-damaged", "model-version-unknown" });
                refused++;
            }
        }
        Assert.InRange(refused, 1, 2_999);
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
