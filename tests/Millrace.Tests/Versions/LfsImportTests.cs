using Millrace.Tests.CatalogRoom;
using Millrace.Versions.Lfs;

namespace Millrace.Tests.VersionsRoom;

public sealed class LfsImportTests
{
    [Fact]
    public async Task Names_that_are_no_text_are_refused_and_not_made_one()
    {
        using var scratch = new ScratchFolder();
        await using var here = await TestCheckout.MakeAsync();
        await Git.InitAsync(scratch["repository"]);
        await Git.Program.RunAsync("sh", scratch["repository"],
        [
            "-e", "-c",
            """
            printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 3\n' 0 > pointer
            blob=$(git hash-object -w pointer)
            tree=$(printf "100644 blob $blob\tcaf\351\n100644 blob $blob\tcaf\352\n" | git mktree)
            git branch odd $(git commit-tree -m odd $tree)
            """,
        ]);

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => new LfsImport(here.Workspace.Objects, here.Workspace.Imports).ImportAsync(
                scratch["repository"], "odd", "odd", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("name-invalid", refused.Code);
    }
}
