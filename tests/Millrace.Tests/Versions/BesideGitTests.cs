using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.VersionsRoom;

public sealed class BesideGitTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Data_follows_the_branches_of_git()
    {
        await using var place = await TwoVersionsAsync();

        await place.SwitchAsync("HEAD~1");
        Assert.Equal(("one", false, "b"),
            (place.Read("data/a"), place.Exists("data/new"), place.Read("data/sub/b")));
        Assert.Empty(place.Status());

        await place.SwitchAsync("main");
        Assert.Equal(("two", "n", "file 2"), (place.Read("data/a"), place.Read("data/new"), place.Read("f.csv")));
        Assert.Empty(place.Status());
        Assert.Equal("", await place.GitAsync("status", "--short"));
    }

    [Fact]
    public async Task A_status_tells_what_differs()
    {
        await using var place = await TwoVersionsAsync();
        place.Write("data/a", "changed");
        File.Delete(Path.Join(place.Folder, "data/new"));
        place.Write("data/untracked/x", "x");
        Directory.CreateDirectory(Path.Join(place.Folder, "none"));
        place.Write("f.csv", "file 3");
        Assert.Equal(
            ["Deleted data/new", "Modified data/a", "Modified f.csv", "Untracked data/untracked/"], place.Status());

        await place.GitAsync("checkout", "-q", "HEAD~1");
        Assert.Contains("Moved data", place.Status());

        File.Delete(Path.Join(place.Folder, "f.csv"));
        place.Write("f.csv.millrace", "<<<<<<< HEAD\n");
        Assert.Contains("Damaged f.csv", place.Status());
    }

    [Fact]
    public async Task What_was_changed_here_is_never_overwritten_without_force()
    {
        await using var place = await TwoVersionsAsync();
        place.Write("data/a", "mine");
        place.Write("data/sub/b", "mine too");
        await place.GitAsync("checkout", "-q", "HEAD~1");

        var refused = await Assert.ThrowsAsync<MillraceException>(() => place.CheckoutAsync());
        Assert.Equal(("local-changes", "mine", true), (refused.Code, place.Read("data/a"), place.Exists("data/new")));

        place.Write("data/a", "two");
        var report = await place.CheckoutAsync();
        Assert.Equal(("one", "mine too"), (place.Read("data/a"), place.Read("data/sub/b")));
        Assert.Equal("data/sub/b", Assert.Single(report.Changed).Path);

        await place.Tree.CheckoutAsync(["data"], isForced: true, cancellationToken: Cancel);
        Assert.Equal("b", place.Read("data/sub/b"));
    }

    [Fact]
    public async Task Files_that_are_gone_come_back()
    {
        await using var place = await TwoVersionsAsync();
        Directory.Delete(Path.Join(place.Folder, "data"), recursive: true);
        File.Delete(Path.Join(place.Folder, "f.csv"));
        Assert.Equal(["NotHere data", "NotHere f.csv"], place.Status());
        Assert.Equal(["data", "f.csv"], (await place.StoreAsync()).NotHere);

        await place.CheckoutAsync("data/sub");
        Assert.Equal((true, false), (place.Exists("data/sub/b"), place.Exists("data/a")));
        await place.CheckoutAsync();

        Assert.Equal(("two", "file 2"), (place.Read("data/a"), place.Read("f.csv")));
        Assert.Empty(place.Status());
    }

    [Fact]
    public async Task A_pointer_that_git_brought_is_not_replaced_by_older_data()
    {
        await using var place = await TwoVersionsAsync();
        await place.GitAsync("checkout", "-q", "HEAD~1");

        var refused = await Assert.ThrowsAsync<MillraceException>(() => place.StoreAsync());

        Assert.Equal("pointer-moved", refused.Code);
        Assert.Equal("", await place.GitAsync("status", "--short"));
    }

    [Fact]
    public async Task What_cannot_have_a_pointer_is_refused()
    {
        await using var place = await GitPlace.MakeAsync();
        place.Write("data/sub/a", "a");
        place.Write("src/code.py", "print()");
        place.Write("ign/x", "x");
        place.Write("nested/repo/x", "x");
        await Git.InitAsync(Path.Join(place.Folder, "nested/repo"));
        File.CreateSymbolicLink(Path.Join(place.Folder, "link"), "data");
        place.Write(".gitignore", "ign*\n");
        await place.GitAsync("add", "src", ".gitignore");
        await place.AddAsync("data");

        Assert.Equal("tracked-by-git", await CodeAsync(place, "src"));
        Assert.Equal("tracked-by-git", await CodeAsync(place, "src/code.py"));
        Assert.Equal("path-tracked", await CodeAsync(place, "data/sub/a"));
        Assert.Equal("pointer-ignored", await CodeAsync(place, "ign"));
        Assert.Equal("other-git-tree", await CodeAsync(place, "nested/repo/x"));
        Assert.Equal("path-is-link", await CodeAsync(place, "link"));
        Assert.Equal("path-is-gits", await CodeAsync(place, "data.millrace"));
        Assert.Equal("path-is-root", await CodeAsync(place, ""));
        Assert.Equal("path-unknown", await CodeAsync(place, "absent"));
        Assert.Throws<MillraceException>(() => place.Workspace.Versions.RelativePath("../x", place.Folder));
        Assert.Equal("ign*\n/data\n", place.Read(".gitignore"));
    }

    [Fact]
    public async Task Names_may_hold_any_characters()
    {
        string[] names = ["a b", "new\nline", "größe 漢", "[x]*?", "tail ", "quote'\"", "-dash"];
        await using var place = await GitPlace.MakeAsync();
        foreach (var name in names)
            place.Write($"{name}/f", name);
        await place.AddAsync(names);
        await place.CommitAsync("one");
        Assert.Empty(place.Status());
        Assert.Equal("", await place.GitAsync("status", "--short"));
        foreach (var name in names)
            place.Write($"{name}/f", "two");
        await place.CommitAsync("two");

        await place.SwitchAsync("HEAD~1");

        foreach (var name in names)
            Assert.Equal(name, place.Read($"{name}/f"));
        Assert.Equal(names.Order(StringComparer.Ordinal), (await place.Tree.PointersAsync("HEAD", Cancel))
            .Select(pointer => pointer.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Data_whose_pointer_is_gone_goes_only_when_git_can_bring_it_back()
    {
        await using var place = await TwoVersionsAsync();
        await place.GitAsync("rm", "-q", "data.millrace");
        place.Write("loose/x", "x");
        await place.AddAsync("loose");
        File.Delete(Path.Join(place.Folder, "loose.millrace"));
        Assert.Equal(["Orphan data", "Orphan loose"], place.Status());

        var report = await place.CheckoutAsync();

        Assert.Equal(
            (false, true, "loose"), (place.Exists("data"), place.Exists("loose/x"), Assert.Single(report.Kept)));
    }

    [Fact]
    public async Task A_removed_pointer_leaves_the_data()
    {
        await using var place = await TwoVersionsAsync();

        await place.Tree.RemoveAsync(["data"], Cancel);

        Assert.Equal(("two", false, "/f.csv\n"),
            (place.Read("data/a"), place.Exists("data.millrace"), place.Read(".gitignore")));
        Assert.Empty(place.Status());
    }

    [Fact]
    public async Task Data_of_a_revision_can_be_read_compared_and_restored()
    {
        await using var place = await TwoVersionsAsync();

        var entry = await place.Tree.FindAsync("data/a", "HEAD~1", Cancel);
        Assert.Equal("one"u8, place.Workspace.Objects.Read(entry.Hash));
        Assert.Equal(["data/a", "data/new", "f.csv"],
            (await place.Tree.DiffAsync("HEAD~1", "main", [], Cancel)).Select(change => change.Path));
        Assert.Empty(await place.Tree.DiffAsync("HEAD", null, [], Cancel));
        place.Write("data/a", "three");
        Assert.Equal("data/a", Assert.Single(await place.Tree.DiffAsync(null, null, [], Cancel)).Path);
        Assert.Equal("ref-unknown", (await Assert.ThrowsAsync<MillraceException>(
            () => place.Tree.FindAsync("data/a", "--help", Cancel))).Code);

        await place.Tree.RestoreAsync(["data/a"], "HEAD~1", cancellationToken: Cancel);

        Assert.Equal(("one", "n"), (place.Read("data/a"), place.Read("data/new")));
        Assert.Empty(place.Status());
        Assert.Equal(" M data.millrace\n", await place.GitAsync("status", "--short"));
    }

    [Fact]
    public async Task What_git_can_bring_back_is_needed()
    {
        await using var place = await GitPlace.MakeAsync();
        place.Write("data/a", "on a branch");
        await place.AddAsync("data");
        await place.CommitAsync("first");
        place.Write("data/a", "in the index");
        await place.StoreAsync();
        await place.GitAsync("add", "-A");
        place.Write("data/a", "stashed");
        await place.StoreAsync();
        await place.GitAsync("stash", "-q");
        place.Write("data/a", "on a branch");
        await place.CheckoutAsync();
        place.Write("data/a", "staged now");
        await place.StoreAsync();
        await place.GitAsync("add", "-A");
        place.Write("data/a", "in the work tree");
        await place.StoreAsync();

        var roots = new HashSet<ContentHash>();
        await foreach (var root in ((IRootSource)place.Tree).RootsAsync(Cancel))
            roots.Add(root.Hash);

        foreach (var text in (string[])["on a branch", "stashed", "staged now", "in the work tree"])
            Assert.Contains(ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(text)), roots);
    }

    [Fact]
    public async Task Objects_that_are_not_here_are_named_before_a_file_is_touched()
    {
        await using var place = await TwoVersionsAsync();
        await using var clone = await CloneAsync(place, "clone");

        var refused = await Assert.ThrowsAsync<MillraceException>(() => clone.CheckoutAsync());

        Assert.Equal("object-missing", refused.Code);
        Assert.Contains("millrace fetch", refused.Hint, StringComparison.Ordinal);
        Assert.False(clone.Exists("data"));
        await foreach (var root in ((IRootSource)clone.Tree).RootsAsync(Cancel))
            Assert.True(clone.Workspace.Objects.Contains(root.Hash));
    }

    [Fact]
    public async Task A_linked_work_tree_and_a_submodule_are_work_trees()
    {
        await using var place = await TwoVersionsAsync();
        await place.GitAsync("worktree", "add", "-q", "../linked", "-b", "linked");
        await using var linked = await GitPlace.AtAsync(Path.Join(place.Folder, "../linked"));
        linked.Write("own/x", "x");

        await linked.AddAsync("own");
        await linked.GitAsync("add", "-A");
        await linked.GitAsync("commit", "-q", "-m", "own");

        Assert.Equal(["NotHere data", "NotHere f.csv"], linked.Status());
        Assert.Equal("", await linked.GitAsync("status", "--short"));
        await place.GitAsync(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", Path.GetFullPath(linked.Folder), "sub");
        Assert.DoesNotContain(
            place.Tree.Pointers(Cancel), pointer => pointer.Path.StartsWith("sub/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_folder_has_a_pointer_too()
    {
        await using var place = await GitPlace.MakeAsync();
        Directory.CreateDirectory(Path.Join(place.Folder, "empty"));

        await place.AddAsync("empty");
        Assert.Empty(place.Status());
        Directory.Delete(Path.Join(place.Folder, "empty"));
        await place.CheckoutAsync();

        Assert.True(Directory.Exists(Path.Join(place.Folder, "empty")));
    }

    [Fact]
    public async Task Hooks_and_settings_of_the_user_are_left()
    {
        await using var place = await GitPlace.MakeAsync();
        place.Write(".git/hooks/post-checkout", "#!/bin/sh\necho mine\n");
        File.Delete(Path.Join(place.Folder, ".git/hooks/pre-push"));

        var report = await place.Tree.InstallAsync(hooks: true, Cancel);
        var again = await place.Tree.InstallAsync(hooks: true, Cancel);

        Assert.Equal("#!/bin/sh\necho mine\n", place.Read(".git/hooks/post-checkout"));
        Assert.Contains("exec millrace push", place.Read(".git/hooks/pre-push"), StringComparison.Ordinal);
        Assert.Contains(report.Left, fact => fact.Contains("post-checkout", StringComparison.Ordinal));
        Assert.Empty(again.Done);
        Assert.Equal("*.millrace text eol=lf merge=millrace\n", place.Read(".gitattributes"));
        Assert.Equal("*\n", place.Read(".millrace/.gitignore"));
    }

    [Fact]
    public async Task A_push_of_git_needs_what_the_pushed_refs_name_and_not_what_is_checked_out()
    {
        await using var place = await GitPlace.MakeAsync();
        place.Write("data", "1");
        await place.AddAsync("data");
        await place.CommitAsync("first");
        await place.GitAsync("checkout", "-q", "-b", "other");
        place.Write("data", "2");
        await place.CommitAsync("second");
        place.Write("data", "3");
        await place.CommitAsync("third");
        await place.GitAsync("tag", "-a", "-m", "t", "mark", "HEAD~1");
        await place.SwitchAsync("main");
        string[] oids = [await OidAsync("main"), await OidAsync("other~1"), await OidAsync("other")];
        var none = new string('0', 40);

        Assert.Equal(["1", "2", "3"], await PushedAsync($"refs/heads/other {oids[2]} refs/heads/other {none}"));
        Assert.Equal(["3"], await PushedAsync($"refs/heads/other {oids[2]} refs/heads/other {oids[1]}"));
        // What its tip names is looked at even if it is there already: data may not have been sent with it.
        Assert.Equal(["1"], await PushedAsync($"refs/heads/main {oids[0]} refs/heads/main {oids[0]}"));
        Assert.Equal(
            ["2"], await PushedAsync($"refs/tags/mark {await OidAsync("mark")} refs/tags/mark {oids[0]}"));
        // A remote's commit that was never fetched.
        Assert.Equal(["1"], await PushedAsync($"refs/heads/main {oids[0]} refs/heads/main {new string('5', 40)}"));
        Assert.Empty(await PushedAsync($"(delete) {none} refs/heads/other {oids[2]}"));
        Assert.Empty(await PushedAsync());
        var failure = await Assert.ThrowsAsync<MillraceException>(() => PushedAsync("refs/heads/main --all x y"));
        Assert.Equal("hook-input", failure.Code);

        async Task<string> OidAsync(string revision) => (await place.GitAsync("rev-parse", revision)).Trim();

        async Task<string[]> PushedAsync(params string[] lines) =>
            [.. (await place.Tree.PushedAsync(lines, Cancel))
                .Select(entry => System.Text.Encoding.UTF8.GetString(place.Workspace.Objects.Read(entry.Hash)))
                .Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_hook_of_an_earlier_version_is_replaced_and_a_workspace_below_the_top_is_entered()
    {
        using var scratch = new ScratchFolder();
        await Git.InitAsync(scratch["top"]);
        await using var place = await GitPlace.AtAsync(scratch["top/my data"]);
        var hook = scratch["top/.git/hooks/pre-push"];
        await File.WriteAllTextAsync(
            hook, "#!/bin/sh\n# Written by 'millrace git install --hooks'.\nexec millrace push\n", Cancel);

        await place.Tree.InstallAsync(hooks: true, Cancel);

        Assert.Equal(
            "#!/bin/sh\n# Written by 'millrace git install --hooks'.\ncd 'my data' || exit 0\n"
            + "exec millrace push --hook\n",
            await File.ReadAllTextAsync(hook, Cancel));
    }

    internal static async Task<GitPlace> CloneAsync(GitPlace place, string name)
    {
        var folder = Path.GetFullPath(Path.Join(place.Folder, "..", name));
        await place.GitAsync("clone", "-q", place.Folder, folder);
        await Git.RunAsync(folder, ["config", "user.name", "B"]);
        await Git.RunAsync(folder, ["config", "user.email", "b@example.org"]);
        return await GitPlace.AtAsync(folder);
    }

    internal static async Task<GitPlace> TwoVersionsAsync()
    {
        var place = await GitPlace.MakeAsync();
        place.Write("data/a", "one");
        place.Write("data/sub/b", "b");
        place.Write("f.csv", "file 1");
        await place.AddAsync("data", "f.csv");
        await place.CommitAsync("first");
        place.Write("data/a", "two");
        place.Write("data/new", "n");
        place.Write("f.csv", "file 2");
        await place.CommitAsync("second");
        return place;
    }

    static async Task<string> CodeAsync(GitPlace place, string path) =>
        (await Assert.ThrowsAsync<MillraceException>(() => place.AddAsync(path))).Code;
}
