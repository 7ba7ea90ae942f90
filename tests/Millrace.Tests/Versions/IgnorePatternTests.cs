using Millrace.Tests.CatalogRoom;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

public sealed class IgnorePatternTests
{
    [Theory]
    [InlineData("*.tmp", "a/b.tmp", false, true)]
    [InlineData("*.tmp", "a/b.tmpx", false, false)]
    [InlineData("/a", "b/a", false, false)]
    [InlineData("/a", "a/b", false, true)]
    [InlineData("a/", "a", false, false)]
    [InlineData("a/", "x/a", true, true)]
    [InlineData("a/b", "x/a/b", false, false)]
    [InlineData("**/a/b", "x/a/b", false, true)]
    [InlineData("a/**", "a", true, false)]
    [InlineData("a/**", "a/b/c", false, true)]
    [InlineData("a/**/b", "a/b", false, true)]
    [InlineData("a/**/b", "a/x/y/b", false, true)]
    [InlineData("*\n!keep", "keep", false, false)]
    [InlineData("d/\n!d/keep", "d/keep", false, true)]
    [InlineData("[a-c]?", "b1", false, true)]
    [InlineData("[!a-c]?", "b1", false, false)]
    [InlineData("\\!x", "!x", false, true)]
    [InlineData("\\#x", "#x", false, true)]
    [InlineData("# x", "# x", false, false)]
    [InlineData("x  ", "x", false, true)]
    [InlineData("x\\ ", "x ", false, true)]
    public void A_path_is_left_out_by_the_last_rule_that_matches(
        string rules, string path, bool isFolder, bool isOut) =>
        Assert.Equal(isOut, FolderIgnore.Parse(null, "", rules).LeavesOut(path, isFolder));

    [Fact]
    public void A_pattern_of_many_stars_takes_no_long_time()
    {
        var rules = FolderIgnore.Parse(null, "", string.Concat(Enumerable.Repeat("*a", 200)) + "b");

        Assert.False(rules.LeavesOut(new string('a', 4000), isFolder: false));
    }

    [Fact]
    public async Task Git_ignores_the_same()
    {
        using var scratch = new ScratchFolder();
        var random = new Random(11);
        string[] parts = ["a", "b", "ab", "*", "?", "**", "[ab]", "[!a]", "a*", "*b", "!", "\\a", " "];
        var patterns = Enumerable.Range(0, 160).Select(_ =>
            (random.Next(6) == 0 ? "!" : "") + (random.Next(4) == 0 ? "/" : "")
            + string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => parts[random.Next(parts.Length)]))
            + (random.Next(4) == 0 ? "/" : "")).ToList();
        string[] names = ["a", "b", "ab", "ba", "aab", "c"];
        var paths = Enumerable.Range(0, 200).Select(_ =>
            string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => names[random.Next(names.Length)])))
            .Distinct().ToList();
        await Git.RunAsync(scratch.Path, ["init", "-q"]);
        foreach (var group in patterns.Chunk(4))
        {
            var text = string.Join('\n', group) + "\n";
            await File.WriteAllTextAsync(scratch[".gitignore"], text, TestContext.Current.CancellationToken);
            var rules = FolderIgnore.Parse(null, "", text);

            var expected = (await Git.RunAsync(
                scratch.Path, ["check-ignore", "--no-index", "-z", "--stdin"],
                string.Join('\0', paths) + "\0", mayFail: true)).Split('\0', StringSplitOptions.RemoveEmptyEntries);

            var actual = paths.Where(path => rules.LeavesOut(path, isFolder: false)).ToArray();
            Assert.True(expected.SequenceEqual(actual), $"{text}\ngit: {string.Join(' ', expected.Except(actual))}"
                + $"\nhere: {string.Join(' ', actual.Except(expected))}");
        }
    }
}
