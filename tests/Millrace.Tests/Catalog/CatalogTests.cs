using System.Data.Common;
using System.Text;
using CsCheck;
using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

public abstract class CatalogTests(SharedPostgres? postgres) : CatalogTest(postgres)
{
    [Fact]
    public async Task What_is_written_is_read_also_after_reopening()
    {
        var catalog = Open();

        await catalog.Write(session => session.AddRun("r1"));

        Assert.Equal(["r1"], await catalog.Runs());
        Assert.Equal(["r1"], await (await Reopen()).Runs());
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(600, 3)]
    public async Task Writers_that_wait_share_commits_and_all_are_durable(int writers, int commits)
    {
        var catalog = Open(new CountingClock());
        var times = new List<long>();

        await Task.WhenAll(await catalog.WhileWriterIsHeld(() => Enumerable.Range(0, writers).Select(i =>
            catalog.Write(session =>
            {
                times.Add(session.Now);
                return session.AddRun($"r{i:D3}");
            }))));

        Assert.Equal(writers, times.Count);
        Assert.Equal(commits, times.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, writers).Select(i => $"r{i:D3}"), await (await Reopen()).Runs());
    }

    [Fact]
    public async Task A_write_that_throws_leaves_the_others_of_its_group_alone()
    {
        var catalog = Open(new CountingClock());
        var refusal = new MillraceException(ErrorKind.Invalid, "refused", "It is refused.", "Ask for another.");
        var bug = new InvalidOperationException("A bug.");
        var times = new HashSet<long>();
        int Add(CatalogSession session, string id)
        {
            times.Add(session.Now);
            return session.AddRun(id);
        }

        var writes = await catalog.WhileWriterIsHeld(() =>
        [
            catalog.Write(session => Add(session, "first")),
            catalog.Write(session => Add(session, "refused") == 0 ? throw refusal : 0),
            catalog.Write(session => Add(session, "first")),
            catalog.Write(session => Add(session, "bug") == 0 ? throw bug : 0),
            catalog.Write(session => session.Execute("select from where")),
            catalog.Write(session => Add(session, "last")),
        ]);

        await writes[0];
        Assert.Same(refusal, await Assert.ThrowsAsync<MillraceException>(() => writes[1]));
        await Assert.ThrowsAnyAsync<DbException>(() => writes[2]);
        Assert.Same(bug, await Assert.ThrowsAsync<InvalidOperationException>(() => writes[3]));
        await Assert.ThrowsAnyAsync<DbException>(() => writes[4]);
        await writes[5];
        Assert.Single(times);
        Assert.Equal(["first", "last"], await (await Reopen()).Runs());
    }

    [Fact]
    public async Task A_group_in_which_every_write_throws_changes_nothing_and_the_next_one_works()
    {
        var catalog = Open();

        await Assert.ThrowsAsync<InvalidOperationException>(() => catalog.Write<int>(
            session => session.AddRun("r1") == 0 ? throw new InvalidOperationException() : 0));
        await catalog.Write(session => session.AddRun("r2"));

        Assert.Equal(["r2"], await catalog.Runs());
    }

    [Fact]
    public async Task A_violated_constraint_surfaces_with_what_it_is()
    {
        var catalog = Open();
        await catalog.Write(session => session.AddRun("r1"));

        var unique = await Assert.ThrowsAnyAsync<DbException>(() => catalog.Write(session => session.AddRun("r1")));
        var foreign = await Assert.ThrowsAnyAsync<DbException>(
            () => catalog.Write(session => session.AddRun("r2", parent: "nobody")));
        var missing = await Assert.ThrowsAnyAsync<DbException>(() => catalog.Write(session => session.Execute(
            "insert into pin (version_id, holder, created_at) values (1, @holder, 0)", ("holder", null))));

        Assert.Contains("unique", unique.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("foreign key", foreign.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("not null", missing.Message.Replace('-', ' '), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["r1"], await catalog.Runs());
    }

    [Fact]
    public async Task A_read_sees_one_state_whatever_is_written_meanwhile()
    {
        var catalog = Open();
        await catalog.Write(session => session.AddRun("r1"));

        var counts = await catalog.Read(session =>
        {
            var before = session.Count("select count(*) from run");
            WriteAndWait(catalog, "r2");
            return (before, session.Count("select count(*) from run"));
        });

        Assert.Equal((1, 1), counts);
        Assert.Equal(["r1", "r2"], await catalog.Runs());
    }

    [Fact]
    public async Task A_read_changes_nothing()
    {
        var catalog = Open();

        await catalog.Read(session => session.AddRun("r1"));

        Assert.Empty(await catalog.Runs());
        Assert.Empty(await (await Reopen()).Runs());
    }

    [Fact]
    public async Task A_read_that_throws_is_told_and_the_next_one_works()
    {
        var catalog = Open();
        var refusal = new MillraceException(ErrorKind.NotFound, "unknown", "It is unknown.", "Name another.");

        Assert.Same(refusal, await Assert.ThrowsAsync<MillraceException>(() => catalog.Read<int>(_ => throw refusal)));
        await Assert.ThrowsAnyAsync<DbException>(() => catalog.Read(session => session.Count("select from where")));

        Assert.Empty(await catalog.Runs());
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        var catalog = Open();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => catalog.WriteAsync(session => session.AddRun("r1"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => catalog.ReadAsync(_ => 0, cancelled));

        Assert.Empty(await catalog.Runs());
    }

    [Fact]
    public async Task Values_come_back_as_they_were_written()
    {
        var catalog = Open();
        await catalog.Write(session => session.AddRun("r1"));
        // PostgreSQL has no text with a zero character in it.
        var text = Gen.String[Gen.OneOf(Gen.Char['\u0001', '\uD7FF'], Gen.Char["'\"\\@ "]), 0, 20];

        Gen.Select(text, Gen.Long, Gen.Double.Where(double.IsFinite)).Sample(
            (name, step, value) =>
            {
                var read = WriteMetric(catalog, name, step, value);

                Assert.Equal((name, step), (read.Name, read.Step));
                // Adding zero makes −0 a 0, which SQLite stores for it.
                Assert.Equal(
                    BitConverter.DoubleToInt64Bits(value + 0.0), BitConverter.DoubleToInt64Bits(read.Value + 0.0));
            },
            iter: 100,
            threads: 1);
    }

    [Fact]
    public async Task Nulls_times_and_booleans_come_back_as_they_were_written()
    {
        var catalog = Open();
        var time = new DateTimeOffset(2026, 3, 15, 23, 59, 59, TimeSpan.Zero).AddMicroseconds(999_999);

        var row = await catalog.Write(session =>
        {
            session.AddRun("r1");
            session.Execute(
                "update run set ended_at = @ended, started_at = @started, message = @message",
                ("ended", null), ("message", null), ("started", CatalogTime.ToMicroseconds(time)));
            return session.First(
                "select ended_at, message, started_at, 1 from run where @yes = 1",
                row => (row.Int64OrNull(0), row.TextOrNull(1), row.IsNull(1), row.Time(2), row.IsNull(2)),
                ("yes", true));
        });

        Assert.Equal((null, null, true, time, false), row);
    }

    [Fact]
    public async Task Nothing_counts_as_zero()
    {
        var catalog = Open();

        Assert.Equal(0, await catalog.Read(session => session.Count("select number from version")));
        Assert.Equal(0, await catalog.Read(session => session.Count("select max(number) from version")));
        Assert.Null(await catalog.Read(session => session.First("select name from version", row => row.Text(0))));
    }

    [Fact]
    public async Task Text_is_ordered_and_compared_by_its_bytes()
    {
        var catalog = Open();
        string[] names =
        [
            "photos", "Photos", "photo-tags", "photo_tags", "été", "ete", "Z", "a", "B", "10", "9", "ﬁ", "😀",
        ];
        await catalog.Write(session => names.Sum(name => (int)session.AddVersion("table", name, "00").Number));

        var ordered = await catalog.Read(session => session.Query(
            "select name from version order by name", row => row.Text(0)));
        var capitals = await catalog.Read(session => session.Query(
            "select name from version where name >= 'A' and name < '['", row => row.Text(0)));

        Assert.Equal(
            names.OrderBy(name => Convert.ToHexString(Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal), ordered);
        Assert.Equal(["B", "Photos", "Z"], capitals.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_closed_catalog_has_done_all_writes_that_waited()
    {
        var catalog = Open();

        var writes = await catalog.WhileWriterIsHeld(
            () => Enumerable.Range(0, 20).Select(i => catalog.Write(session => session.AddRun($"r{i:D2}"))));
        await catalog.DisposeAsync();

        await Task.WhenAll(writes);
        Assert.Equal(20, (await Open().Runs()).Count);
    }

    static void WriteAndWait(ICatalog catalog, string run) =>
        catalog.Write(session => session.AddRun(run)).GetAwaiter().GetResult();

    static (string Name, long Step, double Value) WriteMetric(ICatalog catalog, string name, long step, double value) =>
        catalog.Write(session =>
        {
            session.Execute("delete from run_metric");
            session.Execute(
                "insert into run_metric (run_id, name, step, value) values ('r1', @name, @step, @value)",
                ("name", name), ("step", step), ("value", value));
            return session.First(
                "select name, step, value from run_metric where name = @name",
                row => (row.Text(0), row.Int64(1), row.Double(2)), ("name", name));
        }).GetAwaiter().GetResult();

    public sealed class OnSqlite() : CatalogTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : CatalogTests(postgres);
}
