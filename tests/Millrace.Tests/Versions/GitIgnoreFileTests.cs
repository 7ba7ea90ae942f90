using Millrace.Tests.CatalogRoom;
using Millrace.Versions.BesideGit;

namespace Millrace.Tests.VersionsRoom;

public sealed class GitIgnoreFileTests
{
    [Fact]
    public async Task Git_ignores_the_name_and_nothing_beside_it()
    {
        string[] names =
        [
            "data", "a*b", "a?b", "[ab]", "back\\slash", "#hash", "!bang", " lead", "trail ", "two  ", "größe", "tab\t",
            "new\nline", "re\r", "-dash", "\"quoted\"", "a\\ ", "**", "漢字",
        ];
        string[] others = ["data2", "x/data", "aXb", "a", "b", "ab", "hash", "bang", "lead", "trail", "backslash"];
        using var scratch = new ScratchFolder();
        await Git.RunAsync(scratch.Path, ["init", "-q"]);
        foreach (var name in names)
        {
            Assert.True(GitIgnoreFile.Add(scratch.Path, name));
            Assert.False(GitIgnoreFile.Add(scratch.Path, name));
        }

        var ignored = (await Git.RunAsync(
            scratch.Path, ["check-ignore", "--no-index", "-z", "--stdin"],
            string.Join('\0', names.Concat(others).Select(name => "./" + name)) + "\0", mayFail: true))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(name => name[2..]);

        Assert.Equal(names, ignored);
        foreach (var name in names)
            Assert.True(GitIgnoreFile.Remove(scratch.Path, name));
        Assert.False(File.Exists(scratch[".gitignore"]));
    }

    [Theory]
    [InlineData("", "/data\n")]
    [InlineData("*.tmp", "*.tmp\n/data\n")]
    [InlineData("*.tmp\n", "*.tmp\n/data\n")]
    [InlineData("a\r\nb\r\n", "a\r\nb\r\n/data\n")]
    [InlineData("/data\n# end", "/data\n# end")]
    [InlineData("/data\r\nb", "/data\r\nb")]
    [InlineData("\n\n  \n", "\n\n  \n/data\n")]
    public void Other_lines_stay_as_they_are(string before, string after)
    {
        using var scratch = new ScratchFolder();
        if (before.Length > 0)
            File.WriteAllText(scratch[".gitignore"], before);

        GitIgnoreFile.Add(scratch.Path, "data");

        Assert.Equal(after, File.ReadAllText(scratch[".gitignore"]));
        GitIgnoreFile.Remove(scratch.Path, "data");
        Assert.False(GitIgnoreFile.Remove(scratch.Path, "data"));
        var left = File.Exists(scratch[".gitignore"]) ? File.ReadAllText(scratch[".gitignore"]) : "";
        Assert.Equal(
            after.Replace("/data\r\n", "", StringComparison.Ordinal).Replace("/data\n", "", StringComparison.Ordinal),
            left);
    }

    [Fact]
    public void A_link_is_not_written_through()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["elsewhere"], "mine\n");
        File.CreateSymbolicLink(scratch[".gitignore"], scratch["elsewhere"]);

        var exception = Assert.Throws<MillraceException>(() => GitIgnoreFile.Add(scratch.Path, "data"));

        Assert.Equal("gitignore-unusable", exception.Code);
        Assert.Equal("mine\n", File.ReadAllText(scratch["elsewhere"]));
    }
}
