using System.Text.Json;
using Millrace.Objects;
using Millrace.Tests.TablesRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>A commit may name versions of tables beside its files.</summary>
public sealed class CommittedTableTests
{
    const string Path = "table:people";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_names_the_newest_version_of_a_table()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await WriteAsync(workspace, 1);
        var newest = await WriteAsync(workspace, 2);

        var added = await workspace.Open.Versions.AddAsync([Path], cancellationToken: Cancel);
        var commit = await workspace.Open.Versions.CommitAsync(new CommitRequest("one"), Cancel);

        Assert.Equal(Path, Assert.Single(added.Changes).Path);
        var entry = Entry(workspace, commit.Id)!;
        using var json = JsonDocument.Parse(workspace.Open.Objects.Read(entry.Hash));
        Assert.Equal((TreeEntryKind.Table, 1L), (entry.Kind, entry.FileCount));
        Assert.Equal(["table", "id", "version", "hash"], json.RootElement.EnumerateObject().Select(item => item.Name));
        Assert.Equal("people", json.RootElement.GetProperty("table").GetString());
        Assert.Equal(newest.Number, json.RootElement.GetProperty("version").GetInt64());
        Assert.Equal(newest.Hash, json.RootElement.GetProperty("hash").GetString());
        Assert.Empty((await workspace.Open.Versions.AddAsync([Path], cancellationToken: Cancel)).Changes);
    }

    [Fact]
    public async Task A_table_that_is_not_there_is_not_added()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var error = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Open.Versions.AddAsync([Path], cancellationToken: Cancel));

        Assert.Equal("thing-unknown", error.Code);
    }

    [Fact]
    public async Task A_checkout_steps_over_tables_and_writes_the_files()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var versions = workspace.Open.Versions;
        var first = await CommitAsync(workspace, 1, "one");
        await versions.CheckoutAsync("main", new CheckoutOptions { NewBranch = "side" }, Cancel);
        var second = await CommitAsync(workspace, 2, "two");

        await versions.CheckoutAsync("main", cancellationToken: Cancel);
        AssertAt(workspace, "one");
        Assert.True((await versions.StatusAsync(Cancel)).IsClean);
        await versions.CheckoutAsync("side", cancellationToken: Cancel);
        AssertAt(workspace, "two");

        Assert.True((await versions.StatusAsync(Cancel)).IsClean);
        Assert.NotEqual(Entry(workspace, first)!.Hash, Entry(workspace, second)!.Hash);
    }

    [Fact]
    public async Task A_table_that_both_sides_changed_is_a_conflict_of_its_own_kind()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var versions = workspace.Open.Versions;
        await CommitAsync(workspace, 1, "one");
        await versions.CheckoutAsync("main", new CheckoutOptions { NewBranch = "side" }, Cancel);
        await CommitAsync(workspace, 2, "one");
        await versions.CheckoutAsync("main", cancellationToken: Cancel);
        var ours = await CommitAsync(workspace, 3, "one");

        var report = await versions.MergeAsync("side", cancellationToken: Cancel);

        var conflict = Assert.Single(report.Conflicts);
        Assert.True(conflict.IsTable);
        Assert.Equal((Path, Entry(workspace, ours)), (conflict.Path, conflict.Ours));
        // There is nothing that could lie beside it.
        AssertAt(workspace, "one");
        Assert.Equal([Path], (await versions.StatusAsync(Cancel)).Conflicts);
        await versions.AddAsync([Path], cancellationToken: Cancel);
        var merged = await versions.CommitAsync(new CommitRequest(""), Cancel);
        Assert.Equal(2, merged.Commit.Parents.Count);
        Assert.Equal(Entry(workspace, ours), Entry(workspace, merged.Id));
    }

    static async Task<ContentHash> CommitAsync(TestWorkspace workspace, int rows, string text)
    {
        await WriteAsync(workspace, rows);
        await File.WriteAllTextAsync(FileOf(workspace), text, Cancel);
        await workspace.Open.Versions.AddAsync(["a.txt", Path], cancellationToken: Cancel);
        return (await workspace.Open.Versions.CommitAsync(new CommitRequest($"{rows} rows"), Cancel)).Id;
    }

    static Task<Lineage.ThingVersion> WriteAsync(TestWorkspace workspace, int rows) =>
        workspace.OverwriteAsync("people", $"select i::bigint as id from range({rows}) t(i)", "id");

    static TreeEntry? Entry(TestWorkspace workspace, ContentHash commit) =>
        new TreeStore(workspace.Open.Objects).Find(workspace.Open.Versions.ReadCommit(commit).Tree, Path);

    static void AssertAt(TestWorkspace workspace, string text)
    {
        Assert.Equal(text, File.ReadAllText(FileOf(workspace)));
        Assert.Equal(
            [".millrace", "a.txt"],
            Directory.GetFileSystemEntries(workspace.Folder).Select(System.IO.Path.GetFileName).Order());
    }

    static string FileOf(TestWorkspace workspace) => System.IO.Path.Join(workspace.Folder, "a.txt");
}
