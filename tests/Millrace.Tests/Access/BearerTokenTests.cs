using Millrace.Access;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.AccessRoom;

public sealed class BearerTokenTests
{
    [Fact]
    public void A_token_is_made_once_and_is_its_owners_alone()
    {
        using var scratch = new ScratchFolder();
        var path = scratch["keys/token"];

        var tokens = Enumerable.Range(0, 8).AsParallel().Select(_ => BearerToken.Open(path)).ToList();

        var text = File.ReadAllText(path).Trim();
        Assert.All(tokens, token => Assert.True(token.Matches(text)));
        Assert.False(tokens[0].Matches(text + "x"));
        Assert.False(tokens[0].Matches(""));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Single(Directory.GetFileSystemEntries(scratch["keys"]));
    }
}
