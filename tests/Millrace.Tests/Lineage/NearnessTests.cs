using CsCheck;
using Millrace.Lineage;

namespace Millrace.Tests.LineageRoom;

public sealed class NearnessTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("photos", "photos", 0)]
    [InlineData("photos", "photo", 1)]
    [InlineData("fotos", "photos", 2)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void The_distance_counts_edits(string a, string b, int distance)
    {
        Assert.Equal(distance, Nearness.Distance(a, b));
        Assert.Equal(distance, Nearness.Distance(b, a));
    }

    [Fact]
    public void A_way_through_a_third_word_is_never_shorter()
    {
        var word = Gen.String[Gen.Char["abc"], 0, 8];

        Gen.Select(word, word, word).Sample((a, b, c) =>
            Assert.True(Nearness.Distance(a, c) <= Nearness.Distance(a, b) + Nearness.Distance(b, c)));
    }
}
