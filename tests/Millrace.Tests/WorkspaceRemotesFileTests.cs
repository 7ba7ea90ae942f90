using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests;

public sealed class WorkspaceRemotesFileTests : IDisposable
{
    const string Commented = """
        # what is where
        catalog:
          kind: sqlite   # the default

        remotes:
            # the lab's own
            lab:
                url: /mnt/lab   # mounted
            default: lab

        # a big disk
        objects:
          cache: 5GB

        """;

    readonly ScratchFolder _scratch = new();

    string File => _scratch["millrace.yaml"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_first_remote_becomes_the_default_in_a_new_file()
    {
        WorkspaceRemotesFile.Add(
            File, "origin", new RemoteSettings { Url = "s3://bucket/x", Endpoint = "http://127.0.0.1:9000" });

        Assert.Equal(
            """
            remotes:
              origin:
                url: s3://bucket/x
                endpoint: http://127.0.0.1:9000
              default: origin

            """,
            System.IO.File.ReadAllText(File));
        Assert.Equal("origin", WorkspaceSettings.Read(File).Remotes.Find(null).Name);
    }

    [Fact]
    public void Every_setting_of_a_remote_is_read_back()
    {
        var remote = new RemoteSettings
        {
            Url = "s3://bucket/it's: here",
            Endpoint = "https://s3.example.org",
            Region = "eu-1",
            PathStyle = false,
            AccessKeyVariable = "A",
            SecretKeyVariable = "B_2",
            Profile = "# none",
            CredentialsFile = "~/x y",
            CredentialsCommand = "get-it --for 'me' {x}",
        };

        WorkspaceRemotesFile.Add(File, "a.b-c_1", remote);

        Assert.Equal(remote, WorkspaceSettings.Read(File).Remotes.ByName["a.b-c_1"]);
    }

    [Fact]
    public void Changes_leave_every_other_line_as_it_is()
    {
        System.IO.File.WriteAllText(File, Commented);

        Add("cloud", "s3://bucket");
        Assert.Equal(
            Commented.Replace(
                "    default: lab\n",
                "    default: lab\n    cloud:\n        url: s3://bucket\n",
                StringComparison.Ordinal),
            System.IO.File.ReadAllText(File));
        WorkspaceRemotesFile.SetDefault(File, "cloud");
        Assert.Equal("cloud", WorkspaceSettings.Read(File).Remotes.Default);
        WorkspaceRemotesFile.SetDefault(File, "lab");
        WorkspaceRemotesFile.Remove(File, "cloud");
        Assert.Equal(Commented, System.IO.File.ReadAllText(File));
        WorkspaceRemotesFile.Remove(File, "lab");

        Assert.Empty(WorkspaceSettings.Read(File).Remotes.ByName);
        var left = System.IO.File.ReadAllText(File);
        Assert.Contains("kind: sqlite   # the default", left, StringComparison.Ordinal);
        Assert.Contains("# a big disk\nobjects:\n  cache: 5GB\n", left, StringComparison.Ordinal);
        Assert.DoesNotContain("remotes", left, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remote_that_goes_takes_its_default_with_it()
    {
        Add("one", "/one");
        Add("two", "/two");

        WorkspaceRemotesFile.Remove(File, "one");

        var remotes = WorkspaceSettings.Read(File).Remotes;
        Assert.Null(remotes.Default);
        Assert.Equal("two", remotes.Find(null).Name);
    }

    [Fact]
    public void What_cannot_be_is_refused_and_changes_nothing()
    {
        Add("one", "/one");
        var before = System.IO.File.ReadAllText(File);

        AssertRefused("remote-exists", () => Add("one", "/two"));
        AssertRefused("remote-unknown", () => WorkspaceRemotesFile.Remove(File, "two"));
        AssertRefused("remote-unknown", () => WorkspaceRemotesFile.SetDefault(File, "two"));
        AssertRefused("remote-name-invalid", () => Add("default", "/x"));
        AssertRefused("remote-name-invalid", () => Add("a b", "/x"));
        AssertRefused("settings-invalid", () => Add("x", "/x\ny: z"));
        AssertRefused(
            "settings-invalid",
            () => Add("x", "s3://key:secret@bucket"));

        Assert.Equal(before, System.IO.File.ReadAllText(File));
    }

    [Theory]
    [InlineData("remotes:\n  a:\n    url: s3://bucket\n    access-key: AKIA1234")]
    [InlineData("remotes:\n  a:\n    url: s3://bucket\n    secret-key-env: AKIA1234/+secret")]
    [InlineData("remotes:\n  a:\n    url: s3://AKIA1234:secret@bucket")]
    [InlineData("remotes:\n  a:\n    url: s3://bucket\n    endpoint: http://AKIA1234:secret@host")]
    [InlineData("objects:\n  url: s3://bucket\n  secret-key: AKIA1234")]
    [InlineData("objects:\n  encryption:\n    key: AKIA1234")]
    [InlineData("objects:\n  encryption: {}")]
    [InlineData("objects:\n  endpoint: http://host")]
    [InlineData("objects:\n  url: /x\n  cache: many")]
    [InlineData("remotes:\n  a: {}")]
    [InlineData("remotes:\n  default: a")]
    [InlineData("remotes:\n  a:\n    url: ftp://x")]
    public void Wrong_settings_are_refused_without_showing_a_secret(string text)
    {
        System.IO.File.WriteAllText(File, text);

        var error = Assert.Throws<MillraceException>(() => WorkspaceSettings.Read(File));

        Assert.Equal("settings-invalid", error.Code);
        Assert.DoesNotContain("AKIA1234", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_elsewhere_is_read_with_its_cache_and_key()
    {
        System.IO.File.WriteAllText(
            File, "objects:\n  url: s3://bucket/x\n  cache: 20GiB\n  encryption:\n    key-env: KEY\n");

        var objects = WorkspaceSettings.Read(File).Objects;

        Assert.Equal(new RemoteSettings { Url = "s3://bucket/x" }, objects.Place);
        Assert.Equal(20L << 30, objects.CacheSizeBytes);
        Assert.Equal("KEY", objects.KeyVariable);
    }

    [Fact]
    public async Task A_workspace_opens_its_store_where_the_settings_say()
    {
        var cancel = TestContext.Current.CancellationToken;
        System.IO.File.WriteAllText(File, "objects:\n  url: elsewhere\nremotes:\n  backup:\n    url: backup\n");
        ContentHash hash;
        await using (var workspace = await Workspace.OpenAsync(_scratch.Path, cancellationToken: cancel))
        {
            hash = workspace.Objects.Put("content"u8);
            using var remote = workspace.OpenRemote();
            await remote.PushAsync(workspace.Objects, [hash], cancellationToken: cancel);
        }

        Assert.Single(Directory.GetFiles(_scratch["elsewhere/packs"], "*.pack"));
        Assert.Single(Directory.GetFiles(_scratch["backup/packs"], "*.pack"));
        Directory.Delete(_scratch[".millrace/objects"], recursive: true);
        await using var again = await Workspace.OpenAsync(_scratch.Path, cancellationToken: cancel);
        Assert.Equal("content"u8.ToArray(), again.Objects.Read(hash));
    }

    void Add(string name, string url) => WorkspaceRemotesFile.Add(File, name, new RemoteSettings { Url = url });

    static void AssertRefused(string code, Action call) =>
        Assert.Equal(code, Assert.Throws<MillraceException>(call).Code);
}
