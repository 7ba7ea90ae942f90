using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

public sealed class FolderIgnoreTests
{
    [Theory]
    [InlineData("*.tmp", "a.tmp", false, true)]
    [InlineData("*.tmp", "x/y/a.tmp", false, true)]
    [InlineData("/*.tmp", "x/a.tmp", false, false)]
    [InlineData("/*.tmp", "a.tmp", false, true)]
    [InlineData("build/", "build", true, true)]
    [InlineData("build/", "build", false, false)]
    [InlineData("build/", "x/build", true, true)]
    [InlineData("a/b", "a/b", false, true)]
    [InlineData("a/b", "x/a/b", false, false)]
    [InlineData("**/b", "x/y/b", false, true)]
    [InlineData("**/b", "b", false, true)]
    [InlineData("a/**", "a/x/y", false, true)]
    [InlineData("a/**", "a", true, false)]
    [InlineData("a/**/b", "a/b", false, true)]
    [InlineData("a/**/b", "a/x/y/b", false, true)]
    [InlineData("a*c", "a/c", false, false)]
    [InlineData("a?c", "abc", false, true)]
    [InlineData("x/a?c", "x/a/c", false, false)]
    [InlineData("[a-c]x", "bx", false, true)]
    [InlineData("[!a-c]x", "bx", false, false)]
    [InlineData("[]x]", "]", false, true)]
    [InlineData("[ab", "[ab", false, true)]
    [InlineData("\\#a", "#a", false, true)]
    [InlineData("\\!a", "!a", false, true)]
    [InlineData("#a", "#a", false, false)]
    [InlineData("a ", "a", false, true)]
    [InlineData("a\\ ", "a ", false, true)]
    [InlineData("*.tmp\n!keep.tmp", "keep.tmp", false, false)]
    [InlineData("!keep.tmp\n*.tmp", "keep.tmp", false, true)]
    [InlineData("größe*", "größen.csv", false, true)]
    [InlineData("*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false)]
    public void A_pattern_means_what_it_means_in_gitignore(string rules, string path, bool isFolder, bool isIgnored) =>
        Assert.Equal(isIgnored, FolderIgnore.Parse(null, "", rules).Ignores(path, isFolder));

    [Fact]
    public void The_file_of_a_folder_comes_before_those_above()
    {
        var above = FolderIgnore.Parse(null, "", "*.csv");
        var below = FolderIgnore.Parse(above, "data", "!*.csv\n/raw");

        Assert.False(below.Ignores("data/a.csv", false));
        Assert.True(below.Ignores("data/raw", true));
        Assert.False(below.Ignores("data/x/raw", true));
    }
}
