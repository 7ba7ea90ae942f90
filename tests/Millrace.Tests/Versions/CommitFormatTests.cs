using System.Text;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Commits, and refs on a remote, are the texts that version 1 says.</summary>
public sealed class CommitFormatTests
{
    const string Merge = """
        millrace-commit 1
        tree dc9c5edb8b2d479e697b4b0b8ab874f32b325138598ce9e7b759eb8292110622
        parent ae0bec9e9d33c56354bd612c8a6010840324fc5b9786ce0a18b696b304b09397
        parent 4c55a8552a2c7261f61f798c2265e6f13358f326ae5b934096ff16bd15e62c33
        author Ann Example <ann@example.org>
        time 2026-03-01T12:00:00.000001Z
        run 01a2b3c4

        Merge them

        Both were good.

        """;

    const string First = """
        millrace-commit 1
        tree dc9c5edb8b2d479e697b4b0b8ab874f32b325138598ce9e7b759eb8292110622
        author Ann Example <ann@example.org>
        time 2026-03-01T12:00:00.000001Z

        First
        """;

    const string Branch = """
        millrace-ref 1
        commit 9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098

        """;

    const string Tag = """
        millrace-ref 1
        commit 9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098
        author Ann Example <ann@example.org>
        time 2026-03-01T12:00:00.000001Z

        As delivered

        to all
        """;

    static readonly DateTimeOffset Time = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(1);

    [Theory]
    [InlineData(Merge, true, "7863357cf21282b40281ca596fd8c9137b4a3723471a0dcdf2692000118a8f67")]
    [InlineData(First, false, "")]
    public void A_commit_of_version_1_is_written_and_read_to_the_byte(string text, bool isMerge, string id)
    {
        var commit = new Commit(
            Hash("tree"), isMerge ? [Hash("ours"), Hash("theirs")] : [], "Ann Example <ann@example.org>", Time,
            isMerge ? "01a2b3c4" : null, isMerge ? "Merge them\n\nBoth were good.\n" : "First");

        var read = Commit.TryRead(Encoding.UTF8.GetBytes(text))!;

        Assert.Equal(commit with { Parents = [] }, read with { Parents = [] });
        Assert.Equal(commit.Parents, read.Parents);
        Assert.Equal(text, Encoding.UTF8.GetString(commit.ToBytes()));
        if (id.Length > 0)
            Assert.Equal(id, $"{ContentHash.Of(commit.ToBytes())}");
    }

    [Fact]
    public void A_branch_of_version_1_is_written_and_read_to_the_byte() => AssertRef(
        "refs/heads/side/one", Branch, new RemoteRef(RemoteRefKind.Branch, "side/one", Hash("commit")));

    [Fact]
    public void A_tag_of_version_1_is_written_and_read_to_the_byte() => AssertRef(
        "refs/tags/v1", Tag,
        new RemoteRef(
            RemoteRefKind.Tag, "v1", Hash("commit"), "Ann Example <ann@example.org>", Time,
            "As delivered\n\nto all"));

    static void AssertRef(string file, string text, RemoteRef value)
    {
        Assert.Equal(file, value.File);
        Assert.Equal((value.Kind, value.Name), RemoteRef.TryParseFile(file));
        Assert.Equal(text, Encoding.UTF8.GetString(value.ToBytes()));
        Assert.Equal(value, RemoteRef.TryRead(value.Kind, value.Name, Encoding.UTF8.GetBytes(text)));
    }

    static ContentHash Hash(string text) => ContentHash.Of(Encoding.UTF8.GetBytes(text));
}
