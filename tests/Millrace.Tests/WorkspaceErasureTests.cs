using System.Text;
using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tables;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests;

public sealed class WorkspaceErasureTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Erased_rows_are_in_no_version_and_in_no_file()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("people", People("1, 'anna-secret'", "2, 'bert'"), "id");
        await workspace.AppendAsync("people", People("3, 'anna-again'", "4, 'dora'"), "id");
        await workspace.OverwriteAsync("people", People("4, 'dora'"), "id");

        var report = await new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Table = "people", Keys = ["1", "3"], Reason = "request 8" }, Stop);

        Assert.Equal(2, report.RowCount);
        Assert.Equal(["table:people@v1", "table:people@v0"], report.TableVersions);
        Assert.Equal(["2|bert"], Rows(workspace, 0));
        Assert.Equal(["2|bert", "4|dora"], Rows(workspace, 1));
        Assert.Equal(["4|dora"], Rows(workspace, 2));
        Assert.False(Holds(workspace.TableFolder("people"), "anna"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from version where summary like '%anna%'"));
        var check = await new TableCheck(
            workspace.Tables, workspace.Lineage, workspace.Open.Tombstones).CheckAsync(Stop);
        Assert.Empty(check.Problems);
        Assert.Empty(check.UnpublishedFiles);
        var rows = await workspace.Open.Tombstones.ListAsync(Tombstone.RowKind, Stop);
        Assert.Equal(2, rows.Count);
        Assert.Equal(0, await workspace.CountAsync("select count(*) from erasure_intent"));
    }

    [Fact]
    public async Task A_tombstone_tells_only_who_has_the_key()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("people", People("1, 'anna'", "2, 'bert'"), "id");

        await new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Table = "people", Where = "name = 'anna' -- her" }, Stop);

        var row = Assert.Single(await workspace.Open.Tombstones.ListAsync(Tombstone.RowKind, Stop));
        using var detail = System.Text.Json.JsonDocument.Parse(row.Detail);
        var salt = Convert.FromHexString(detail.RootElement.GetProperty("salt").GetString()!);
        Assert.Equal(WorkspaceErasure.KeyDigest(salt, "1"), row.Hash);
        var version = Assert.Single(await workspace.Open.Tombstones.ListAsync(Tombstone.VersionKind, Stop));
        Assert.Equal("table:people@v0", version.Name);
        Assert.Contains(workspace.Tables.OpenAt("people", 0).Identity().ToString(), version.Detail);
    }

    [Fact]
    public async Task A_check_compares_an_erased_version_with_what_its_last_tombstone_says()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("people", People("1, 'anna'", "2, 'bert'", "3, 'carl'"), "id");
        foreach (var key in (string[])["1", "3"])
        {
            await new WorkspaceErasure(workspace.Open).EraseAsync(
                new WorkspaceErasureRequest { Table = "people", Keys = [key] }, Stop);
        }

        var check = new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones);
        Assert.Empty((await check.CheckAsync(Stop)).Problems);
        // As if somebody had put the log back from a copy.
        await workspace.ExecuteAsync(
            $$"""update tombstone set detail = '{"identity":"{{new string('1', 64)}}"}' where kind = 'version'""");

        Assert.StartsWith(
            "table:people@v0: its log names other content than the erasure left",
            Assert.Single((await check.CheckAsync(Stop)).Problems));
    }

    [Fact]
    public async Task An_object_that_must_stay_where_the_store_is_is_refused_before_anything_is_written()
    {
        await using var one = await TestWorkspace.CreateAsync();
        await using var two = await TestWorkspace.CreateAsync();
        foreach (var workspace in (TestWorkspace[])[one, two])
        {
            await File.WriteAllTextAsync(
                Path.Combine(workspace.Folder, "millrace.yaml"), $"objects:\n  url: {one.Outside}/far\n", Stop);
            await workspace.DieAndOpenAsync();
        }

        // The first piece of a large object is an object of its own, and no pack of the second machine has either.
        var bytes = new byte[1_000_000];
        new Random(1).NextBytes(bytes);
        var small = one.Open.Objects.Put(bytes.AsSpan(0, GearChunker.Cut(bytes, isEnd: true)));
        one.Open.Objects.Put(bytes);

        var refused = await Assert.ThrowsAsync<MillraceException>(() => new WorkspaceErasure(two.Open).EraseAsync(
            new WorkspaceErasureRequest { Objects = [small] }, Stop));

        Assert.Equal("object-shared", refused.Code);
        Assert.Equal(0, await two.CountAsync("select count(*) from erasure_intent"));
        Assert.Empty(await two.Open.Tombstones.ListAsync(Tombstone.ObjectKind, Stop));
        Assert.Equal(bytes, one.Open.Objects.Read(ContentHash.Of(bytes)));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public async Task An_erased_object_is_in_no_pack_and_says_so(int size)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var bytes = Bytes(size, 1);
        var gone = workspace.Open.Objects.Put(bytes);
        var kept = workspace.Open.Objects.Put([.. bytes.AsSpan(0, size / 2), .. Bytes(size, 2)]);

        await new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Objects = [gone] }, Stop);

        Assert.Equal("object-erased", Assert.Throws<MillraceException>(() => workspace.Open.Objects.Read(gone)).Code);
        Assert.Equal(kept, ContentHash.Of(workspace.Open.Objects.Read(kept)));
        // Packs that this process appends to cannot be looked into.
        await workspace.DieAndOpenAsync();
        Assert.False(HoldsBytes(workspace.Open.Objects.Folder, bytes.AsSpan(size - 60, 60).ToArray()));
        var report = await new ObjectCheck(workspace.Open.Objects).CheckAsync(
            workspace.Open.RootSources, cancellationToken: Stop);
        Assert.True(report.IsClean);
    }

    [Fact]
    public async Task Objects_of_erased_rows_are_listed_and_go_when_asked_for_unless_others_need_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var alone = workspace.Open.Objects.Put("a portrait"u8);
        var shared = workspace.Open.Objects.Put("a landscape"u8);
        await workspace.OverwriteAsync(
            "photos",
            $"""
            select * from (values (1, '{ObjectUrl.Format(alone)}'), (2, '{ObjectUrl.Format(shared)}'),
                (3, '{ObjectUrl.Format(shared)}')) t(id, url)
            """,
            "id");
        var request = new WorkspaceErasureRequest { Table = "photos", Keys = ["1", "2"] };

        var plan = await new WorkspaceErasure(workspace.Open).PlanAsync(request, Stop);
        var report = await new WorkspaceErasure(workspace.Open).EraseAsync(
            request with { WithObjects = true }, Stop);

        Assert.Equal([alone], plan.LeftObjects);
        Assert.Equal([alone], report.Objects.Select(item => item.Hash));
        Assert.False(workspace.Open.Objects.Contains(alone));
        Assert.True(workspace.Open.Objects.Contains(shared));
        var check = await new ObjectCheck(workspace.Open.Objects).CheckAsync(
            workspace.Open.RootSources, cancellationToken: Stop);
        Assert.True(check.IsClean);
    }

    [Fact]
    public async Task A_checkout_writes_everything_but_the_erased_file()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var versions = workspace.Open.Versions;
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "a.txt"), "the secret", Stop);
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "b.txt"), "harmless", Stop);
        await versions.AddAsync(["a.txt", "b.txt"], cancellationToken: Stop);
        await versions.CommitAsync(new("both"), Stop);
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "a.txt"), "replaced", Stop);
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "b.txt"), "still harmless", Stop);
        await versions.AddAsync(["a.txt", "b.txt"], cancellationToken: Stop);
        await versions.CommitAsync(new("again"), Stop);

        await new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Objects = [ContentHash.Of("the secret"u8)] }, Stop);
        var report = await versions.CheckoutAsync("HEAD~1", cancellationToken: Stop);

        Assert.Equal(["a.txt"], report.Erased);
        Assert.False(File.Exists(Path.Combine(workspace.Folder, "a.txt")));
        Assert.Equal("harmless", await File.ReadAllTextAsync(Path.Combine(workspace.Folder, "b.txt"), Stop));
        await versions.CheckoutAsync("main", cancellationToken: Stop);
        Assert.Equal("replaced", await File.ReadAllTextAsync(Path.Combine(workspace.Folder, "a.txt"), Stop));
        var check = await new ObjectCheck(workspace.Open.Objects).CheckAsync(
            workspace.Open.RootSources, cancellationToken: Stop);
        Assert.Empty(check.Missing);
        Assert.Equal([ContentHash.Of("the secret"u8)], check.Erased.Select(item => item.Hash));
    }

    [Fact]
    public async Task A_path_is_erased_from_every_commit()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var versions = workspace.Open.Versions;
        var file = Path.Combine(workspace.Folder, "a.txt");
        foreach (var text in (string[])["first", "second"])
        {
            await File.WriteAllTextAsync(file, text, Stop);
            await versions.AddAsync(["a.txt"], cancellationToken: Stop);
            await versions.CommitAsync(new(text), Stop);
        }

        var report = await new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Paths = ["a.txt"] }, Stop);

        Assert.Equal(2, report.Objects.Count);
        Assert.False(workspace.Open.Objects.Contains(ContentHash.Of("first"u8)));
        Assert.False(workspace.Open.Objects.Contains(ContentHash.Of("second"u8)));
    }

    [Fact]
    public async Task A_commit_or_a_folder_cannot_be_erased()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var versions = workspace.Open.Versions;
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "a.txt"), "a", Stop);
        await versions.AddAsync(["a.txt"], cancellationToken: Stop);
        await versions.CommitAsync(new("one"), Stop);
        var head = (await versions.HeadAsync(Stop)).Commit!.Value;

        foreach (var hash in (ContentHash[])[head, versions.ReadCommit(head).Tree])
        {
            var failure = await Assert.ThrowsAsync<MillraceException>(() => new WorkspaceErasure(workspace.Open)
                .EraseAsync(new WorkspaceErasureRequest { Objects = [hash] }, Stop));
            Assert.Equal("object-structure", failure.Code);
        }
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("people", People("1, 'anna'", "2, 'bert'"), "id");
        var before = Directory.GetFiles(workspace.TableFolder("people"), "*", SearchOption.AllDirectories);

        var plan = await new WorkspaceErasure(workspace.Open).PlanAsync(
            new WorkspaceErasureRequest { Table = "people", Keys = ["1"] }, Stop);

        Assert.Equal(1, plan.RowCount);
        Assert.Equal(before, Directory.GetFiles(workspace.TableFolder("people"), "*", SearchOption.AllDirectories));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from tombstone"));
    }

    [Fact]
    public async Task Others_that_have_the_workspace_open_are_named_and_nothing_changes()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await using var other = await Workspace.OpenAsync(workspace.Folder, cancellationToken: Stop);
        var hash = workspace.Open.Objects.Put("bytes"u8);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => new WorkspaceErasure(workspace.Open)
            .EraseAsync(new WorkspaceErasureRequest { Objects = [hash] }, Stop));

        Assert.Equal("workspace-in-use", failure.Code);
        Assert.True(workspace.Open.Objects.Contains(hash));
    }

    [Fact]
    public async Task Nobody_opens_the_workspace_while_it_is_locked()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        using (await workspace.Open.LockOthersOutAsync(Stop))
        {
            var failure = await Assert.ThrowsAsync<MillraceException>(
                () => Workspace.OpenAsync(workspace.Folder, cancellationToken: Stop));
            Assert.Equal("workspace-locked", failure.Code);
        }

        await using var other = await Workspace.OpenAsync(workspace.Folder, cancellationToken: Stop);
    }

    [Fact]
    public async Task An_erasure_that_was_cut_off_is_carried_through_by_the_next_process()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("people", People("1, 'anna'", "2, 'bert'"), "id");
        var hash = workspace.Open.Objects.Put("bytes"u8);
        // Stops the erasure between its intent and its end.
        await workspace.ExecuteAsync(
            "create trigger stone before delete on erasure_intent begin select raise(abort, 'stone'); end");
        await Assert.ThrowsAnyAsync<Exception>(() => new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Table = "people", Keys = ["1"], Objects = [hash] }, Stop));
        Assert.Equal(1, await workspace.CountAsync("select count(*) from erasure_intent"));
        await workspace.ExecuteAsync("drop trigger stone");

        var next = await workspace.DieAndOpenAsync();

        Assert.Equal(["2|bert"], Rows(workspace, 0));
        Assert.False(next.Objects.Contains(hash));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from erasure_intent"));
    }

    [Theory]
    [InlineData("no_such_column = 1", "erase-condition")]
    [InlineData("select 1", "erase-condition")]
    public async Task A_condition_that_a_version_cannot_answer_is_refused(string where, string code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("people", People("1, 'anna'"), "id");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Table = "people", Where = where }, Stop));

        Assert.Equal(code, failure.Code);
    }

    [Fact]
    public async Task Remotes_are_erased_from_when_asked_and_keep_the_rest()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var place = Path.Combine(workspace.Outside, "remote");
        await File.WriteAllTextAsync(
            Path.Combine(workspace.Folder, "millrace.yaml"), $"remotes:\n  far:\n    url: {place}\n", Stop);
        await workspace.DieAndOpenAsync();
        var bytes = Bytes(600_000, 1);
        var gone = workspace.Open.Objects.Put(bytes);
        var kept = workspace.Open.Objects.Put([.. bytes.AsSpan(0, 300_000), 1, 2, 3]);
        using (var remote = workspace.Open.OpenRemote())
            await remote.PushAsync(workspace.Open.Objects, [gone, kept], cancellationToken: Stop);
        var request = new WorkspaceErasureRequest { Objects = [gone] };

        var listed = await new WorkspaceErasure(workspace.Open).PlanAsync(request, Stop);
        await new WorkspaceErasure(workspace.Open).EraseAsync(request with { WithRemotes = true }, Stop);

        Assert.Contains("far", Assert.Single(listed.Remotes));
        using var after = workspace.Open.OpenRemote();
        Assert.Equal([kept], await after.ListAsync(Stop).ToListAsync(Stop));
        Assert.Equal(kept, ContentHash.Of(await after.ReadAsync(kept, Stop)));
        Assert.False(HoldsBytes(place, bytes.AsSpan(599_900, 60).ToArray()));
        // What was erased neither goes there again nor comes back.
        var report = await after.PushAsync(workspace.Open.Objects, [gone, kept], cancellationToken: Stop);
        Assert.Equal(0, report.SentCount);
        await after.FetchAsync(workspace.Open.Objects, [gone], cancellationToken: Stop);
        Assert.False(workspace.Open.Objects.Contains(gone));
    }

    static string People(params string[] rows) =>
        $"select * from (values {string.Join(", ", rows.Select(row => $"({row})"))}) t(id, name)";

    static List<string> Rows(TestWorkspace workspace, long version)
    {
        using var session = workspace.Tables.OpenSession();
        session.Attach("people", workspace.Tables.OpenAt("people", version));
        return session.Rows("select id || '|' || name from people order by id", reader => reader.GetString(0));
    }

    static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    static bool Holds(string folder, string text) => HoldsBytes(folder, Encoding.UTF8.GetBytes(text));

    static bool HoldsBytes(string folder, byte[] bytes) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Any(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0);
}
