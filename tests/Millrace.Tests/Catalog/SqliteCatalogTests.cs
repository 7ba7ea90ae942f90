using Microsoft.Data.Sqlite;
using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

public sealed class SqliteCatalogTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    string File => _scratch["catalog.db"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Every_connection_writes_ahead_syncs_fully_and_checks_foreign_keys()
    {
        await using var catalog = Open();
        Func<CatalogSession, (string?, long, long)> settings = session => (
            session.First("pragma journal_mode", row => row.Text(0)),
            session.Count("pragma synchronous"),
            session.Count("pragma foreign_keys"));

        Assert.Equal(("wal", 2, 1), await catalog.Write(settings));
        Assert.Equal(("wal", 2, 1), await catalog.Read(settings));
    }

    [Fact]
    public async Task Every_table_is_strict()
    {
        await using var catalog = Open();

        var loose = await catalog.Read(session => session.Query(
            "select name from pragma_table_list where type = 'table' and strict = 0 and name not like 'sqlite_%'",
            row => row.Text(0)));
        var error = await Assert.ThrowsAsync<SqliteException>(() => catalog.Write(session => session.Execute(
            "insert into migration (number, name, applied_at) values (1000, 'name', 'yesterday')")));

        Assert.Empty(loose);
        Assert.Contains("migration.applied_at", error.Message);
    }

    [Fact]
    public async Task A_refused_newer_format_leaves_the_file_as_it_is()
    {
        var newer = Migration.All("sqlite")[^1].Number + 1;
        await using (var catalog = Open())
        {
            await catalog.Write(session => session.Execute(
                "insert into migration (number, name, applied_at) values (@number, 'newer', 0)", ("number", newer)));
        }

        var before = System.IO.File.ReadAllBytes(File);

        Assert.Equal("format-newer", Assert.Throws<MillraceException>(() => Open()).Code);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
        Assert.Equal(["catalog.db"], _scratch.Names());
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_called_damaged_and_left_as_it_is()
    {
        System.IO.File.WriteAllText(File, new string('x', 5000));

        var error = Assert.Throws<MillraceException>(() => Open());

        Assert.Equal((ErrorKind.Corrupt, "catalog-damaged"), (error.Kind, error.Code));
        Assert.Contains(File, error.Message);
        Assert.Equal(new string('x', 5000), await System.IO.File.ReadAllTextAsync(
            File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_damaged_page_is_met_by_who_reads_or_writes_it()
    {
        await using (var catalog = Open())
        {
            await catalog.Write(session => Enumerable.Range(0, 2000).Sum(i => session.AddRun($"{i:D64}")));
        }

        Damage();
        await using var damaged = Open();

        var read = await Assert.ThrowsAsync<MillraceException>(
            () => damaged.Read(session => session.Query("select * from run", row => row.Text(0))));
        var write = await Assert.ThrowsAsync<MillraceException>(
            () => damaged.Write(session => session.Execute("update run set name = 'other'")));

        Assert.All(new[] { read, write }, error => Assert.Equal("catalog-damaged", error.Code));
        Assert.Equal(
            damaged.FormatVersion, await damaged.Read(session => session.Count("select count(*) from migration")));
    }

    [Fact]
    public async Task A_writer_that_holds_the_lock_too_long_makes_others_busy_and_hurts_nothing()
    {
        await using var catalog = Open(busySeconds: 1);
        using var other = new SqliteConnection($"Data Source={File};Pooling=False");
        other.Open();
        using (var transaction = other.BeginTransaction(deferred: false))
        {
            var error = await Assert.ThrowsAsync<MillraceException>(
                () => catalog.Write(session => session.AddRun("r1")));

            Assert.Equal((ErrorKind.Conflict, "catalog-busy"), (error.Kind, error.Code));
            Assert.Contains("1 s", error.Message);
            Assert.Empty(await catalog.Runs());
        }

        await catalog.Write(session => session.AddRun("r2"));
        Assert.Equal(["r2"], await catalog.Runs());
    }

    [Fact]
    public async Task A_writer_waits_for_another_process_that_ends_in_time()
    {
        await using var catalog = Open();
        using var other = new SqliteConnection($"Data Source={File};Pooling=False");
        other.Open();
        var transaction = other.BeginTransaction(deferred: false);

        var write = catalog.Write(session => session.AddRun("r1"));
        Assert.Empty(await catalog.Runs());
        Assert.False(write.IsCompleted);
        transaction.Rollback();

        await write;
        Assert.Equal(["r1"], await catalog.Runs());
    }

    [Fact]
    public void A_folder_that_is_missing_is_named()
    {
        var path = _scratch["missing/catalog.db"];

        var error = Assert.Throws<MillraceException>(() => SqliteCatalog.Open(path));

        Assert.Equal((ErrorKind.Unavailable, "catalog-unavailable"), (error.Kind, error.Code));
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public async Task A_disk_that_may_not_be_written_makes_the_catalog_unavailable()
    {
        using var disk = new TinyDisk();
        var path = Path.Join(disk.Path, "catalog.db");
        await SqliteCatalog.Open(path).DisposeAsync();
        disk.MakeReadOnly();

        var missing = Assert.Throws<MillraceException>(() => SqliteCatalog.Open(Path.Join(disk.Path, "new.db")));
        var existing = Assert.Throws<MillraceException>(() => SqliteCatalog.Open(path));

        Assert.All(new[] { missing, existing }, error => Assert.Equal("catalog-unavailable", error.Code));
        Assert.Contains(path, existing.Message);
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_and_the_catalog_is_usable_afterwards()
    {
        using var disk = new TinyDisk();
        var path = Path.Join(disk.Path, "catalog.db");
        var written = new List<string>();
        await using (var catalog = SqliteCatalog.Open(path))
        {
            MillraceException? full = null;
            for (var i = 0; full is null; i++)
            {
                var id = $"{i:D4}" + new string('x', 20_000);
                try
                {
                    await catalog.Write(session => session.AddRun(id));
                    written.Add(id);
                }
                catch (MillraceException exception)
                {
                    full = exception;
                }
            }

            Assert.Equal((ErrorKind.Unavailable, "disk-full"), (full.Kind, full.Code));
            Assert.NotEmpty(written);
            Assert.Equal(written, await catalog.Runs());

            disk.Resize("4m");
            await catalog.Write(session => session.AddRun("z"));
        }

        await using var reopened = SqliteCatalog.Open(path);
        Assert.Equal([.. written, "z"], await reopened.Runs());
        Assert.Equal("ok", await reopened.Read(session => session.First("pragma integrity_check", row => row.Text(0))));
    }

    [Fact]
    public async Task Processes_share_one_new_catalog()
    {
        var outputs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            ChildTest.RunAsync(typeof(SqliteCatalogTests), nameof(Child_adds_runs), _scratch.Path)));

        await using var catalog = Open();
        var runs = await catalog.Runs();
        Assert.True(runs.Count == 40, string.Concat(outputs));
        Assert.Equal(2, runs.Select(run => run.Split(' ')[0]).Distinct().Count());
    }

    [Fact(Explicit = true)]
    public async Task Child_adds_runs()
    {
        await using var catalog = SqliteCatalog.Open(Path.Join(ChildTest.Folder, "catalog.db"));
        for (var i = 0; i < 20; i++)
        {
            var id = $"{Environment.ProcessId} {i}";
            await catalog.Write(session => session.AddRun(id));
        }
    }

    SqliteCatalog Open(int busySeconds = 30) =>
        SqliteCatalog.Open(File, TimeProvider.System, Migration.All("sqlite"), busySeconds);

    // The rows of a table of 2,000 rows fill most of the file; its first pages describe the tables.
    void Damage()
    {
        using var file = System.IO.File.OpenHandle(File, FileMode.Open, FileAccess.ReadWrite);
        var garbage = new byte[4096];
        garbage.AsSpan().Fill(0xA5);
        for (var at = 100 * garbage.Length; at < RandomAccess.GetLength(file); at += garbage.Length)
            RandomAccess.Write(file, garbage, at);
    }
}
