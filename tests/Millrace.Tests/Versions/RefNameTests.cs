using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

public sealed class RefNameTests
{
    [Theory]
    [InlineData("main", true)]
    [InlineData("feature/a-b_c.d", true)]
    [InlineData("größe", true)]
    [InlineData("", false)]
    [InlineData("@", false)]
    [InlineData("HEAD", false)]
    [InlineData("-a", false)]
    [InlineData("a..b", false)]
    [InlineData("a.", false)]
    [InlineData("a/.b", false)]
    [InlineData("a.lock", false)]
    [InlineData("a.lock/b", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a//b", false)]
    [InlineData("a b", false)]
    [InlineData("a~b", false)]
    [InlineData("a^b", false)]
    [InlineData("a:b", false)]
    [InlineData("a?b", false)]
    [InlineData("a*b", false)]
    [InlineData("a[b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a@{b", false)]
    [InlineData("a\u007fb", false)]
    [InlineData("a\nb", false)]
    public void A_name_is_one_for_git_too(string name, bool isValid) => Assert.Equal(isValid, RefName.IsValid(name));
}
