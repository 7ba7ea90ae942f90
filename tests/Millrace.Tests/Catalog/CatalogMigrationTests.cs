using System.Data.Common;
using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

public abstract class CatalogMigrationTests(SharedPostgres? postgres) : CatalogTest(postgres)
{
    [Fact]
    public async Task Reopening_migrates_nothing_again()
    {
        var applied = await Applied(Open(new CountingClock()));

        var again = await Applied(Open(new CountingClock()));

        Assert.Equal(Migration.All(Place.Dialect).Count, applied.Count);
        Assert.Equal(applied, again);
        Assert.Null(Place.RunsInBackup(Open(), 1));
    }

    [Fact]
    public async Task An_older_format_is_backed_up_and_then_migrated()
    {
        var old = Open();
        await old.Write(session => session.AddRun("r1"));
        Assert.Null(Place.RunsInBackup(old, old.FormatVersion));

        var catalog = Open(WithNext("alter table run add column note text"));
        await catalog.Write(session => session.AddRun("r2"));

        Assert.Equal(old.FormatVersion + 1, catalog.FormatVersion);
        Assert.Equal(2, await catalog.Read(session => session.Count("select count(*) from run where note is null")));
        Assert.Equal(["r1"], Place.RunsInBackup(catalog, old.FormatVersion));
    }

    [Fact]
    public async Task A_newer_format_is_refused_and_nothing_is_changed()
    {
        var newer = Open(WithNext("alter table run add column note text"));
        var applied = await Applied(newer);

        var refusal = Assert.Throws<MillraceException>(() => Open());

        Assert.Equal("format-newer", refusal.Code);
        Assert.Contains($"{newer.FormatVersion}", refusal.Message);
        Assert.Contains("nothing was changed", refusal.Hint);
        Assert.Equal(applied, await Applied(newer));
    }

    [Fact]
    public async Task A_migration_that_fails_changes_nothing()
    {
        var old = Open();
        await old.Write(session => session.AddRun("r1"));

        Assert.ThrowsAny<DbException>(() => Open(WithNext(
            "alter table run add column note text; update run set note = 'x'; "
            + "insert into run (run_id) values ('r2')")));

        var catalog = await Reopen();
        Assert.Equal(["r1"], await catalog.Runs());
        Assert.DoesNotContain("run.note text", await Place.ColumnsAsync(catalog));
    }

    [Fact]
    public async Task A_backup_that_an_earlier_attempt_left_is_replaced()
    {
        var old = Open();
        await old.Write(session => session.AddRun("r1"));
        Assert.ThrowsAny<DbException>(() => Open(WithNext("alter table nothing add column note text")));
        await old.Write(session => session.AddRun("r2"));

        var catalog = Open(WithNext("alter table run add column note text"));

        Assert.Equal(["r1", "r2"], Place.RunsInBackup(catalog, old.FormatVersion)!.Order());
    }

    [Fact]
    public async Task Processes_that_open_a_new_catalog_at_once_migrate_it_once()
    {
        var catalogs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OnThread(() => Open())));

        await Task.WhenAll(catalogs.Select((catalog, i) => catalog.Write(session => session.AddRun($"r{i}"))));

        Assert.Equal(catalogs[0].FormatVersion, (await Applied(catalogs[0])).Count);
        Assert.All(catalogs, catalog => Assert.Equal(catalogs[0].FormatVersion, catalog.FormatVersion));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"r{i}"), await catalogs[3].Runs());
    }

    [Fact]
    public async Task Processes_that_migrate_at_once_back_up_the_old_format()
    {
        var old = Open();
        await old.Write(session => session.AddRun("r1"));
        var migrations = WithNext("alter table run add column note text");

        var catalogs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OnThread(() => Open(migrations))));

        Assert.Equal(old.FormatVersion + 1, (await Applied(catalogs[0])).Count);
        Assert.Equal(["r1"], Place.RunsInBackup(catalogs[0], old.FormatVersion));
    }

    // Opening blocks, as it does in a process of its own; threads of the pool are too few for that.
    static Task<T> OnThread<T>(Func<T> open) => Task.Factory.StartNew(
        open, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    List<Migration> WithNext(string sql)
    {
        var all = Migration.All(Place.Dialect);
        return [.. all, new Migration(all[^1].Number + 1, "next", sql)];
    }

    static Task<List<(long, string, long)>> Applied(ICatalog catalog) => catalog.Read(session => session.Query(
        "select number, name, applied_at from migration order by number",
        row => (row.Int64(0), row.Text(1), row.Int64(2))));

    public sealed class OnSqlite() : CatalogMigrationTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : CatalogMigrationTests(postgres);
}
