using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Tests.AppServing;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom;
using Npgsql;

namespace Millrace.Tests;

public sealed class WorkspaceMoveTests(SharedPostgres postgres)
{
    const string PasswordVariable = "MILLRACE_MOVE_TEST_PASSWORD";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_workspace_goes_to_postgres_and_back_with_every_row()
    {
        await using var workspace = await FilledAsync();
        var before = await CatalogCopy.DigestsAsync(workspace.Catalog, Stop);
        await workspace.Open.DisposeAsync();
        var there = await PostgresAsync();

        var report = await new WorkspaceMove(workspace.Folder, there).RunAsync(Stop);
        await workspace.DieAndOpenAsync();

        Assert.IsType<PostgresCatalog>(workspace.Catalog);
        Assert.Equal(before, await CatalogCopy.DigestsAsync(workspace.Catalog, Stop));
        Assert.True(File.Exists(report.OldCatalog));
        // Identities go on behind those that came over.
        await workspace.AppendAsync("people", "select 3 as id, 'carl' as name", "id");
        var grown = await CatalogCopy.DigestsAsync(workspace.Catalog, Stop);
        await workspace.Open.DisposeAsync();

        await new WorkspaceMove(workspace.Folder, new WorkspaceMoveTarget { Catalog = "sqlite" }).RunAsync(Stop);
        await workspace.DieAndOpenAsync();

        Assert.IsType<SqliteCatalog>(workspace.Catalog);
        Assert.Equal(grown, await CatalogCopy.DigestsAsync(workspace.Catalog, Stop));
        await workspace.AppendAsync("people", "select 4 as id, 'dora' as name", "id");
        Assert.Equal(["4"], await workspace.RowsAsync("select count(*) from people"));
    }

    [Fact]
    public async Task Tables_go_to_a_bucket_and_back_with_every_version()
    {
        await using var service = await OwnService.StartAsync();
        await using var workspace = await FilledAsync();
        await workspace.AppendAsync("people", "select 3 as id, 'carl' as name", "id");
        await workspace.Tables.Editor.DeleteAsync("people", "id = 1", cancellationToken: Stop);
        var versions = await workspace.Lineage.VersionsAsync("table", "people", Stop);
        await workspace.Open.DisposeAsync();
        var there = new WorkspaceMoveTarget { Tables = service.Settings("lake") };

        var report = await new WorkspaceMove(workspace.Folder, there).RunAsync(Stop);
        await workspace.DieAndOpenAsync();

        Assert.Equal(report.TableFileCount, report.VerifiedTableFileCount);
        Assert.Equal("s3://remote/lake/people", workspace.Tables.OpenNewest("people").Location);
        Assert.All(versions, version => Assert.Equal(version.Hash, $"{workspace.Tables.Open(version).Identity()}"));
        await workspace.AppendAsync("people", "select 4 as id, 'dora' as name", "id");
        var rows = await workspace.RowsAsync("select * from people order by id");
        await workspace.Open.DisposeAsync();
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => new WorkspaceMove(workspace.Folder, there).RunAsync(Stop));
        Assert.Equal("move-nothing", failure.Code);

        // The folder has what was there before, and gets what came since.
        await new WorkspaceMove(workspace.Folder, new WorkspaceMoveTarget { IsTablesLocal = true }).RunAsync(Stop);
        await workspace.DieAndOpenAsync();

        Assert.Equal(workspace.TableFolder("people"), workspace.Tables.OpenNewest("people").Location);
        Assert.Equal(rows, await workspace.RowsAsync("select * from people order by id"));
        Assert.Equal(
            "people", await workspace.Catalog.ReadAsync(
                session => session.First("select location from data_table", row => row.Text(0)), Stop));
    }

    [Fact]
    public async Task Tables_that_were_moved_are_known_when_the_move_died_at_the_switch()
    {
        await using var service = await OwnService.StartAsync();
        await using var workspace = await FilledAsync();
        await workspace.Open.DisposeAsync();
        var settings = Path.Combine(workspace.Folder, "millrace.yaml");
        // Nothing can take the name of a folder.
        Directory.CreateDirectory(settings);
        var move = new WorkspaceMove(
            workspace.Folder, new WorkspaceMoveTarget { Tables = service.Settings("lake") });
        await Assert.ThrowsAnyAsync<Exception>(() => move.RunAsync(Stop));
        Directory.Delete(settings);
        var mark = Path.Combine(workspace.Folder, ".millrace", "tables.moving");
        Assert.True(File.Exists(mark));

        await workspace.DieAndOpenAsync();
        Assert.False(File.Exists(mark));
        Assert.Equal(["2"], await workspace.RowsAsync("select count(*) from people"));
        await workspace.Open.DisposeAsync();
        await move.RunAsync(Stop);
        await workspace.DieAndOpenAsync();
        Assert.Equal(["2"], await workspace.RowsAsync("select count(*) from people"));
    }

    [Fact]
    public async Task Tables_do_not_go_where_others_of_their_names_are()
    {
        await using var bucket = await BucketTables.StartAsync();
        var other = await bucket.WorkspaceAsync();
        await other.AppendAsync("people", "select 'x' as other");
        await using var workspace = await FilledAsync();
        await workspace.Open.DisposeAsync();

        var failure = await Assert.ThrowsAsync<MillraceException>(() => new WorkspaceMove(
            workspace.Folder, new WorkspaceMoveTarget { Tables = other.Open.Settings.Tables.Place }).RunAsync(Stop));

        Assert.Equal("tables-not-empty", failure.Code);
        Assert.Equal(["x"], await other.RowsAsync("select * from people"));
    }

    [Fact]
    public async Task A_move_that_was_cut_off_before_the_switch_is_done_again()
    {
        await using var workspace = await FilledAsync();
        var there = await PostgresAsync();
        // As a process leaves it that dies between copy and switch: full, and marked.
        await using (var target = await OpenAsync(there))
        {
            await new CatalogCopy(workspace.Catalog, target).CopyAsync(Id(workspace), null, Stop);
        }

        await workspace.AppendAsync("people", "select 3 as id, 'carl' as name", "id");
        var before = await CatalogCopy.DigestsAsync(workspace.Catalog, Stop);
        await workspace.Open.DisposeAsync();

        await new WorkspaceMove(workspace.Folder, there).RunAsync(Stop);
        await workspace.DieAndOpenAsync();

        Assert.Equal(before, await CatalogCopy.DigestsAsync(workspace.Catalog, Stop));
    }

    [Fact]
    public async Task A_move_whose_switch_failed_is_done_again_and_takes_what_came_since()
    {
        await using var workspace = await FilledAsync();
        var there = await PostgresAsync();
        await workspace.Open.DisposeAsync();
        // Nothing can take the name of a folder.
        var settings = Path.Combine(workspace.Folder, "millrace.yaml");
        Directory.CreateDirectory(settings);
        await Assert.ThrowsAnyAsync<Exception>(() => new WorkspaceMove(workspace.Folder, there).RunAsync(Stop));
        Directory.Delete(settings);
        await workspace.DieAndOpenAsync();
        await workspace.AppendAsync("people", "select 3 as id, 'carl' as name", "id");
        var before = await CatalogCopy.DigestsAsync(workspace.Catalog, Stop);
        await workspace.Open.DisposeAsync();

        await new WorkspaceMove(workspace.Folder, there).RunAsync(Stop);
        await workspace.DieAndOpenAsync();

        Assert.IsType<PostgresCatalog>(workspace.Catalog);
        Assert.Equal(before, await CatalogCopy.DigestsAsync(workspace.Catalog, Stop));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from move_intent"));
    }

    [Fact]
    public async Task A_catalog_that_is_in_use_is_not_taken_for_one_that_is_being_filled()
    {
        await using var workspace = await FilledAsync();
        // As a process leaves it that dies just after the switch.
        await workspace.ExecuteAsync("insert into move_intent (move_id, source, started_at) values ('id', 's', 1)");

        await workspace.DieAndOpenAsync();

        Assert.Equal(0, await workspace.CountAsync("select count(*) from move_intent"));
    }

    [Fact]
    public async Task A_catalog_that_somebody_uses_is_not_written_to()
    {
        await using var workspace = await FilledAsync();
        var there = await PostgresAsync();
        await using (var target = await OpenAsync(there))
        {
            await target.WriteAsync(session => session.Execute(
                "insert into branch (name, commit_id, moved_at) values ('main', 'c', 1)"), Stop);
        }

        await workspace.Open.DisposeAsync();
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => new WorkspaceMove(workspace.Folder, there).RunAsync(Stop));

        Assert.Equal("catalog-not-empty", failure.Code);
        Assert.False(File.Exists(Path.Combine(workspace.Folder, "millrace.yaml")));
        await workspace.DieAndOpenAsync();
        Assert.IsType<SqliteCatalog>(workspace.Catalog);
    }

    [Fact]
    public async Task Objects_go_to_another_place_and_back_and_only_what_lacks_is_sent()
    {
        await using var workspace = await FilledAsync();
        var bytes = new byte[700_000];
        new Random(1).NextBytes(bytes);
        var large = workspace.Open.Objects.Put(bytes);
        var small = workspace.Open.Objects.Put("small"u8);
        var all = workspace.Open.Objects.List().ToList();
        await File.WriteAllTextAsync(
            Path.Combine(workspace.Folder, "millrace.yaml"), "# ours\nversions:\n  author: A <a@b>\n", Stop);
        var place = Path.Combine(workspace.Outside, "far");
        using (var remote = ObjectRemote.Open(
            new RemoteSettings { Url = place }, workspace.Folder, Path.Combine(workspace.Outside, "cache")))
        {
            await remote.PushAsync(workspace.Open.Objects, [large], cancellationToken: Stop);
        }

        await workspace.Open.DisposeAsync();
        var report = await new WorkspaceMove(
            workspace.Folder, new WorkspaceMoveTarget { Objects = new RemoteSettings { Url = place } }).RunAsync(Stop);

        Assert.Equal(all.Count - 1, report.SentCount);
        Assert.Equal(all.Count, report.VerifiedCount);
        Assert.Contains("# ours", await File.ReadAllTextAsync(Path.Combine(workspace.Folder, "millrace.yaml"), Stop));
        Directory.Delete(Path.Combine(workspace.Folder, ".millrace", "objects"), recursive: true);
        await workspace.DieAndOpenAsync();
        Assert.NotNull(workspace.Open.Settings.Objects.Place);
        Assert.Equal(bytes, workspace.Open.Objects.Read(large));
        await workspace.Open.DisposeAsync();

        await new WorkspaceMove(workspace.Folder, new WorkspaceMoveTarget { IsObjectsLocal = true }).RunAsync(Stop);
        Directory.Delete(place, recursive: true);
        await workspace.DieAndOpenAsync();

        Assert.Null(workspace.Open.Settings.Objects.Place);
        Assert.Equal(all, workspace.Open.Objects.List());
        Assert.Equal("small"u8, workspace.Open.Objects.Read(small));
        Assert.Equal(bytes, workspace.Open.Objects.Read(large));
    }

    [Theory]
    [InlineData("Host=db;Password=secret", "settings-invalid")]
    [InlineData("sqlite", "move-nothing")]
    public async Task A_move_that_cannot_be_is_refused_before_anything_is_copied(string catalog, string code)
    {
        await using var workspace = await FilledAsync();
        await workspace.Open.DisposeAsync();

        var failure = await Assert.ThrowsAsync<MillraceException>(() => new WorkspaceMove(
            workspace.Folder, new WorkspaceMoveTarget { Catalog = catalog }).RunAsync(Stop));

        Assert.Equal(code, failure.Code);
        await workspace.DieAndOpenAsync();
    }

    [Theory]
    [InlineData("", "catalog:\n  kind: sqlite\n")]
    [InlineData("# top\nversions:\n  author: a\n", "# top\nversions:\n  author: a\ncatalog:\n  kind: sqlite\n")]
    [InlineData(
        "catalog:\n  kind: postgres\n  connection: x\n\n# theirs\nversions:\n  author: a\n",
        "catalog:\n  kind: sqlite\n\n# theirs\nversions:\n  author: a\n")]
    [InlineData("catalog:\n  kind: postgres\n  connection: x\n# end\n", "catalog:\n  kind: sqlite\n# end\n")]
    public void Only_the_lines_of_the_section_change(string before, string after)
    {
        var editor = WorkspaceSettingsEditor.Of(before);

        editor.ReplaceSection("catalog", ["catalog:", "  kind: sqlite"]);

        Assert.Equal(after, editor.Text);
    }

    [Fact]
    public async Task Every_table_of_the_catalog_is_copied()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var there = await workspace.Catalog.ReadAsync(
            session => session.Query(
                "select name from sqlite_schema where type = 'table' "
                + "and name not in ('migration', 'move_intent', 'process_beat')",
                row => row.Text(0)),
            Stop);

        Assert.Equal(there.Order(StringComparer.Ordinal), CatalogCopy.Tables.Order(StringComparer.Ordinal));
    }

    async Task<WorkspaceMoveTarget> PostgresAsync()
    {
        var connection = new NpgsqlConnectionStringBuilder((await postgres.Server).Connection);
        Environment.SetEnvironmentVariable(PasswordVariable, connection.Password);
        connection.Remove("Password");
        return new WorkspaceMoveTarget
        {
            Catalog = connection.ConnectionString,
            PasswordVariable = PasswordVariable,
            Schema = $"move_{Guid.NewGuid():N}"[..20],
        };
    }

    async Task<PostgresCatalog> OpenAsync(WorkspaceMoveTarget there) =>
        PostgresCatalog.Open((await postgres.Server).Connection, there.Schema);

    static string Id(TestWorkspace workspace) => WorkspaceMove.IdOf(workspace.Folder, workspace.Catalog);

    static async Task<TestWorkspace> FilledAsync()
    {
        var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("people", "select 1 as id, 'anna' as name", "id");
        await workspace.AppendAsync("people", "select 2 as id, 'bert' as name", "id");
        // A child that comes before its parent, and numbers that not every type keeps.
        await workspace.ExecuteAsync(
            """
            insert into run (run_id, kind, name, parent_id, code, parameters, outcome, started_at)
            values ('z', 'k', 'parent', null, 'c', '{}', 'running', 1)
            """);
        await workspace.ExecuteAsync(
            """
            insert into run (run_id, kind, name, parent_id, code, parameters, outcome, started_at)
            values ('a', 'k', 'child ''ü''', 'z', 'c', '{}', 'running', 1)
            """);
        await workspace.ExecuteAsync(
            "insert into run_metric (run_id, name, step, value) values ('a', 'm', 9007199254740993, 0.1)");
        return workspace;
    }
}
