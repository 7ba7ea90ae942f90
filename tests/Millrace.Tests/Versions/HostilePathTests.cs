using System.Diagnostics;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Names that file systems allow and programs stumble over, and paths that lead out of the workspace.
/// </summary>
public sealed class HostilePathTests
{
    const string Composed = "caf\u00e9";
    const string Decomposed = "cafe\u0301";

    static readonly string[] StrangeNames =
    [
        "line\nbreak", "carriage\rreturn\ttab", "bell\u0007 and \u001b[31mred", "\"quoted\" 'twice' `and` $(run)",
        "-rf", "--force", "C:", @"..\..\up", @"\\server\share", "%2e%2e", "...", "..x", "dot.", "space ", " space",
        "a;b#c?d=e&f", "*", "con.txt", "table:photos", ".tmp-not-ours", ".GIT", "\uFFFF\uFEFF", "right\u202Eleft",
    ];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_that_differ_only_in_how_an_accent_is_written_stay_two_files_and_are_named()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", (Composed, "one letter"), (Decomposed, "two letters"), ("d/Å", "1"));

        await ThereAndBackAsync(checkout);

        Assert.Equal(
            ("one letter", "two letters"), (checkout.Read(Composed), checkout.Read(Decomposed)));
        Assert.Equal(
            [(Decomposed, Composed)], (await checkout.Versions.StatusAsync(Cancel)).Collisions);
    }

    [Theory]
    [InlineData("a\u0300\u0323", "a\u0323\u0300")]
    [InlineData("\u01D6", "u\u0308\u0304")]
    [InlineData("\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("plain", "plain")]
    public void Both_ways_to_write_a_letter_compare_equal(string one, string other) =>
        Assert.Equal(AccentedLetters.TakeApart(one), AccentedLetters.TakeApart(other));

    [Fact]
    public async Task Folders_that_other_systems_make_one_of_are_named()
    {
        await using var checkout = await TestCheckout.MakeAsync();

        await checkout.CommitAsync("one", ("Data/x", "1"), ("data/y", "2"), ("data/Sub/z", "3"), ("data/sub/z", "4"));

        Assert.Equal(
            [("Data", "data"), ("data/Sub", "data/sub")],
            (await checkout.Versions.StatusAsync(Cancel)).Collisions);
    }

    [Fact]
    public async Task A_strange_name_is_a_name_like_any_other()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync(
            "one",
            [.. StrangeNames.Select(name => (name, name)),
                .. StrangeNames.Select(name => ($"folder/{name}/x", $"below {name}"))]);

        await ThereAndBackAsync(checkout);

        Assert.All(StrangeNames, name => Assert.Equal(
            (name, $"below {name}"), (checkout.Read(name), checkout.Read($"folder/{name}/x"))));
        Assert.Empty(await checkout.StatusAsync());
        foreach (var name in StrangeNames)
            checkout.Write(name, "changed");
        Assert.Equal(
            StrangeNames.Select(name => $"modified {name}").Order(StringComparer.Ordinal),
            await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_name_of_255_bytes_is_versioned_and_comes_back()
    {
        var names = new[] { new string('n', 255), string.Concat(Enumerable.Repeat("é", 127)) + "x" };
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", [.. names.Select(name => ($"{name}/{name}", name))]);

        await ThereAndBackAsync(checkout);

        Assert.All(names, name => Assert.Equal(name, checkout.Read($"{name}/{name}")));
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_deep_path_comes_back()
    {
        var path = string.Concat(Enumerable.Repeat("d/", 900)) + "file";
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", (path, "deep"));

        await ThereAndBackAsync(checkout);

        Assert.Equal("deep", checkout.Read(path));
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_path_longer_than_the_system_opens_is_named_and_the_rest_is_stored()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Write("good", "1");
        await ShellAsync(
            checkout.Folder,
            "name=$(printf 'n%.0s' $(seq 200)); for i in $(seq 25); do mkdir $name && cd $name; done; echo x > file");
        try
        {
            var report = await checkout.Versions.AddAsync([""], cancellationToken: Cancel);

            Assert.NotEmpty(report.LeftOut);
            Assert.Equal("good", Assert.Single(report.Changes).Path);
        }
        finally
        {
            await ShellAsync(checkout.Folder, "rm -r nnn*");
        }
    }

    [Fact]
    public async Task A_link_out_of_the_tree_is_kept_as_a_link_and_nothing_is_read_or_written_through_it()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        using var outside = new ScratchFolder();
        await File.WriteAllTextAsync(outside["secret"], "not ours", Cancel);
        var targets = new Dictionary<string, string>
        {
            ["absolute"] = outside["secret"],
            ["folder"] = outside.Path,
            ["upward"] = "../../../../etc/passwd",
            ["nowhere"] = "/nowhere/at/all",
            ["itself"] = "itself",
        };
        foreach (var (name, target) in targets)
            File.CreateSymbolicLink(Path.Join(checkout.Folder, name), target);
        await checkout.CommitAsync("one");

        await ThereAndBackAsync(checkout);

        foreach (var (name, target) in targets)
            Assert.Equal(target, new FileInfo(Path.Join(checkout.Folder, name)).LinkTarget);
        Assert.False(checkout.Workspace.Objects.Contains(ContentHash.Of("not ours"u8)));
        Assert.Equal(["secret"], outside.Names());
        Assert.Equal("path-unknown", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.AddAsync(["folder/secret"], cancellationToken: Cancel))).Code);
    }

    [Fact]
    public async Task A_file_that_has_another_name_outside_is_replaced_and_not_written_into()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        using var outside = new ScratchFolder();
        await checkout.CommitAsync("one", ("a", "first"));
        await checkout.CommitAsync("two", ("a", "second"));
        await ShellAsync(checkout.Folder, $"ln a '{outside["a"]}'");

        await checkout.Versions.CheckoutAsync("HEAD~1", cancellationToken: Cancel);

        Assert.Equal("first", checkout.Read("a"));
        Assert.Equal("second", await File.ReadAllTextAsync(outside["a"], Cancel));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("a/.millrace/format")]
    [InlineData(".git/config")]
    public async Task A_path_outside_is_refused(string path)
    {
        await using var checkout = await TestCheckout.MakeAsync();

        Assert.Equal("path-outside", Assert.Throws<MillraceException>(
            () => checkout.Versions.RelativePath(path, checkout.Folder)).Code);
    }

    [Fact]
    public async Task A_folder_whose_name_only_begins_like_the_workspace_is_outside()
    {
        await using var checkout = await TestCheckout.MakeAsync();

        Assert.Equal("path-outside", Assert.Throws<MillraceException>(
            () => checkout.Versions.RelativePath($"{checkout.Folder}-evil/x", checkout.Folder)).Code);
    }

    [Fact]
    public async Task What_a_killed_process_wrote_aside_is_no_file_of_the_user()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Write($"{Catalog.DurableFile.AsidePrefix}{Guid.NewGuid():N}", "half of a millrace.yaml");

        await checkout.CommitAsync("one", ("a", "1"));

        var commit = await checkout.Versions.ResolveAsync("HEAD", Cancel);
        Assert.Equal("a", Assert.Single(
            checkout.Versions.ListFiles(checkout.Versions.ReadCommit(commit).Tree)).Path);
        Assert.Empty(await checkout.StatusAsync());
    }

    /// <summary>To an empty branch and back, so that every file is made again.</summary>
    static async Task ThereAndBackAsync(TestCheckout checkout)
    {
        var all = await checkout.Versions.ResolveAsync("HEAD", Cancel);
        foreach (var file in checkout.Versions.ListFiles(checkout.Versions.ReadCommit(all).Tree))
            File.Delete(Path.Join(checkout.Folder, file.Path));
        checkout.Write("other", "1");
        await checkout.CommitAsync("without");
        await checkout.Versions.CheckoutAsync(all.ToString(), cancellationToken: Cancel);
    }

    static async Task ShellAsync(string folder, string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = folder })!;
        await shell.WaitForExitAsync(Cancel);
        Assert.Equal(0, shell.ExitCode);
    }
}
