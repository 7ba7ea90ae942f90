using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests;

public sealed class WorkspaceSettingsFileTests : IDisposable
{
    const string Commented = """
        # what is where
        catalog:
          kind: sqlite   # the default

        versions:
            # who commits
            author: 'Ann <ann@example.org>' # me
            checkout: copy

        # elsewhere
        remotes:
          lab:
            url: /mnt/lab

        """;

    readonly ScratchFolder _scratch = new();

    string File => _scratch["millrace.yaml"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_value_is_replaced_and_its_comment_stays()
    {
        System.IO.File.WriteAllText(File, Commented);

        WorkspaceSettingsFile.Set(File, "versions.author", "Ben's <ben@example.org>");
        WorkspaceSettingsFile.Set(File, "catalog.kind", "sqlite");

        Assert.Equal(
            Commented.Replace("'Ann <ann@example.org>'", "'Ben''s <ben@example.org>'", StringComparison.Ordinal),
            System.IO.File.ReadAllText(File));
        Assert.Equal("Ben's <ben@example.org>", WorkspaceSettingsFile.Get(File, "versions.author"));
    }

    [Fact]
    public void A_value_that_cannot_be_is_refused_without_naming_a_line_that_is_not_there()
    {
        System.IO.File.WriteAllText(File, Commented);

        var refused = Assert.Throws<MillraceException>(
            () => WorkspaceSettingsFile.Set(File, "versions.checkout", "foo"));

        Assert.Equal("settings-invalid", refused.Code);
        Assert.StartsWith($"'{File}' cannot say that: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Line", refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("Nothing was written.", refused.Hint, StringComparison.Ordinal);
        Assert.Equal(Commented, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_new_value_goes_to_its_mapping()
    {
        System.IO.File.WriteAllText(File, Commented);

        WorkspaceSettingsFile.Set(File, "catalog.schema", "other");
        WorkspaceSettingsFile.Set(File, "remotes.lab.region", "eu-1");
        WorkspaceSettingsFile.Set(File, "objects.encryption.key-env", "THE_KEY");

        Assert.Equal(
            Commented.Replace("default\n", "default\n  schema: other\n", StringComparison.Ordinal)
                .Replace("/mnt/lab\n", "/mnt/lab\n    region: eu-1\n", StringComparison.Ordinal)
            + "\nobjects:\n  encryption:\n    key-env: THE_KEY\n",
            System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_value_that_is_taken_away_leaves_the_rest()
    {
        System.IO.File.WriteAllText(File, Commented);

        Assert.True(WorkspaceSettingsFile.Unset(File, "versions.checkout"));
        Assert.True(WorkspaceSettingsFile.Unset(File, "catalog.kind"));
        Assert.False(WorkspaceSettingsFile.Unset(File, "catalog.kind"));

        Assert.Equal(
            Commented.Replace("    checkout: copy\n", "", StringComparison.Ordinal)
                .Replace("catalog:\n  kind: sqlite   # the default\n", "", StringComparison.Ordinal),
            System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_file_is_made_when_there_is_none()
    {
        WorkspaceSettingsFile.Set(File, "versions.checkout", "reflink");

        Assert.Equal("versions:\n  checkout: reflink\n", System.IO.File.ReadAllText(File));
        Assert.Equal([("versions.checkout", "reflink")], WorkspaceSettingsFile.List(File));
    }

    [Theory]
    [InlineData("versions.autor", "Did you mean 'versions.author'?")]
    [InlineData("remotes.lab.ul", "Did you mean 'remotes.lab.url'?")]
    [InlineData("zzzzzzzzzz", "There are catalog.kind,")]
    [InlineData("remotes.lab.secret-key", "Did you mean 'remotes.lab.secret-key-env'?")]
    public void An_unknown_key_is_refused(string key, string hint)
    {
        var unknown = Assert.Throws<MillraceException>(() => WorkspaceSettingsFile.Set(File, key, "x"));

        Assert.Equal("setting-unknown", unknown.Code);
        Assert.StartsWith(hint, unknown.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("remotes.lab.url", "s3://key:secret@bucket/x")]
    [InlineData("remotes.lab.access-key-env", "not a variable!")]
    [InlineData("catalog.connection", "Host=x;Password=y")]
    [InlineData("versions.checkout", "sideways")]
    public void A_wrong_value_or_a_credential_changes_nothing(string key, string value)
    {
        System.IO.File.WriteAllText(File, Commented);

        var refused = Assert.Throws<MillraceException>(() => WorkspaceSettingsFile.Set(File, key, value));

        Assert.Equal("settings-invalid", refused.Code);
        Assert.Equal(Commented, System.IO.File.ReadAllText(File));
    }
}
