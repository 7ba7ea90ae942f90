using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Pipelines;

namespace Millrace.Tests.CatalogRoom;

/// <summary>What holds when several processes ask for the same thing at once; each opening of the catalog stands for
/// one.</summary>
public abstract class CatalogRaceTests(SharedPostgres? postgres) : CatalogTest(postgres)
{
    [Fact]
    public async Task Of_two_that_move_a_ref_exactly_one_wins()
    {
        ICatalog[] processes = [Open(), Open()];
        var first = await processes[0].Write(session => Version(session, "00"));
        await processes[0].Write(session => Move(session, null, first.Id));

        for (var round = 1; round <= 10; round++)
        {
            var expected = await processes[0].Read(Target);
            var versions = await processes[0].Write(
                session => new[] { Version(session, $"a{round:x2}").Id, Version(session, $"b{round:x2}").Id });
            var moves = processes.Zip(versions, (process, version) => Task.Run(
                () => process.Write(session => Move(session, expected, version)))).ToList();

            var codes = await Task.WhenAll(moves.Select(CodeAsync));

            var winner = Assert.Single(Enumerable.Range(0, 2), i => codes[i] is null);
            Assert.Equal("ref-moved", codes[1 - winner]);
            Assert.Equal(versions[winner], await processes[1].Read(Target));
        }
    }

    [Fact]
    public async Task Of_two_that_make_a_ref_exactly_one_wins_also_within_one_commit()
    {
        var catalog = Open();
        var versions = await catalog.Write(
            session => new[] { Version(session, "aa").Id, Version(session, "bb").Id });

        var moves = await catalog.WhileWriterIsHeld(
            () => versions.Select(version => catalog.Write(session => Move(session, null, version))));

        Assert.Equal([null, "ref-moved"], await Task.WhenAll(moves.Select(CodeAsync)));
        Assert.Equal(versions[0], await catalog.Read(Target));
        Assert.Null(await CodeAsync(catalog.Write(session => Move(session, null, versions[0]))));
    }

    [Fact]
    public async Task Versions_are_numbered_without_gaps_or_twins()
    {
        ICatalog[] processes = [Open(), Open()];

        var versions = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(
            () => processes[i % 2].Write(
                session => session.AddVersion("table", i % 4 == 0 ? "other" : "photos", $"{i:x2}")))));

        foreach (var (name, count) in new[] { ("photos", 75), ("other", 25) })
        {
            var numbers = versions.Where(version => version.Name == name).Select(version => version.Number);
            Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), numbers.Order());
        }
    }

    [Fact]
    public async Task A_version_is_recorded_once_whoever_records_it()
    {
        ICatalog[] processes = [Open(), Open()];

        var versions = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(
            () => processes[i % 2].Write(session => session.AddVersion("dataset", "training", "ab")))));

        Assert.Equal(versions[0], Assert.Single(versions.Distinct()));
        Assert.Equal(1, versions[0].Number);
        Assert.Equal(1, await processes[0].Read(session => session.Count("select count(*) from version")));
    }

    [Fact]
    public async Task Of_many_that_begin_a_task_one_starts_and_the_others_learn_who_did()
    {
        using var scratch = new ScratchFolder();
        using var here = ProcessFolder.Create(scratch.Path);
        using var there = ProcessFolder.Create(scratch.Path);
        TaskLedger[] ledgers = [Ledger(here), Ledger(there)];

        var starts = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(
            () => ledgers[i % 2].BeginAsync(
                CatalogCalls.Run($"r{i:D2}", key: "k"), $"a{i:D2}", ["task:k", "table:photos"], isForced: false,
                TestContext.Current.CancellationToken))));

        var winner = Assert.Single(Enumerable.Range(0, 16), i => starts[i] is { CachedRunId: null, Holder: null });
        var holders = starts.Where((_, i) => i != winner).Select(start => start.Holder).Distinct().ToList();
        var holder = Assert.Single(holders);
        Assert.Equal((winner % 2 == 0 ? here : there).Id, holder!.ProcessId);
        Assert.Equal(Environment.ProcessId, holder.Pid);
        foreach (var ledger in ledgers)
            Assert.True(await ledger.IsAliveAsync(holder, TestContext.Current.CancellationToken));
        Assert.Equal([$"r{winner:D2}"], await Open().Runs());
    }

    [Fact]
    public async Task One_lease_that_is_held_keeps_all_of_them_from_being_taken()
    {
        using var scratch = new ScratchFolder();
        using var process = ProcessFolder.Create(scratch.Path);
        var catalog = Open();
        var ledger = new TaskLedger(catalog, new ProcessBeats(catalog, process));
        await Begin(ledger, "r1", "k1", "table:photos");

        var refused = await Begin(ledger, "r2", "k2", "task:k2", "table:photos");
        var started = await Begin(ledger, "r3", "k3", "task:k2");

        Assert.Equal(process.Id, refused.Holder!.ProcessId);
        Assert.Equal(new TaskStart(null, null), started);
        Assert.Equal(["r1", "r3"], await catalog.Runs());
    }

    [Fact]
    public async Task A_key_that_has_a_result_is_not_begun_again_unless_it_is_forced()
    {
        using var scratch = new ScratchFolder();
        using var process = ProcessFolder.Create(scratch.Path);
        var catalog = Open();
        var ledger = new TaskLedger(catalog, new ProcessBeats(catalog, process));
        await Begin(ledger, "r1", "k", "task:k");
        await catalog.Write(session => session.Execute(
            """
            insert into task_result (task_key, pipeline, task, run_id, outputs, finished_at)
            values ('k', 'pipeline', 'task', 'r1', '{}', 0)
            """));
        await ledger.EndAsync("r1", "a-r1", RunOutcome.Succeeded, null, null);

        var again = await Begin(ledger, "r2", "k", "task:k");
        var forced = await ledger.BeginAsync(
            CatalogCalls.Run("r3", "k"), "a-r3", ["task:k"], isForced: true, TestContext.Current.CancellationToken);

        Assert.Equal(new TaskStart("r1", null), again);
        Assert.Equal(new TaskStart(null, null), forced);
        Assert.Equal("r1", await ledger.FindResultAsync("k", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_a_dead_process_held_is_freed_and_what_a_living_one_holds_is_kept()
    {
        using var scratch = new ScratchFolder();
        using var living = ProcessFolder.Create(scratch.Path);
        var catalog = Open();
        using (var dying = ProcessFolder.Create(scratch.Path))
            await Begin(new TaskLedger(catalog, new ProcessBeats(catalog, dying)), "r1", "k1", "task:k1");
        await Begin(new TaskLedger(catalog, new ProcessBeats(catalog, living)), "r2", "k2", "task:k2");
        using var next = ProcessFolder.Create(scratch.Path);
        var ledger = new TaskLedger(catalog, new ProcessBeats(catalog, next));

        var freed = await ledger.RecoverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, freed);
        Assert.Equal(0, await ledger.RecoverAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            ["r1 lost", "r2 running"],
            await catalog.Read(session => session.Query(
                "select run_id, outcome from run order by run_id", row => $"{row.Text(0)} {row.Text(1)}")));
        Assert.Null((await Begin(ledger, "r3", "k1", "task:k1")).Holder);
        Assert.Equal(living.Id, (await Begin(ledger, "r4", "k2", "task:k2")).Holder!.ProcessId);
    }

    static Task<TaskStart> Begin(TaskLedger ledger, string run, string key, params string[] leases) =>
        ledger.BeginAsync(
            CatalogCalls.Run(run, key), $"a-{run}", leases, isForced: false, TestContext.Current.CancellationToken);

    static ThingVersion Version(CatalogSession session, string hash) =>
        session.AddVersion("model", "photo-popularity", hash);

    static int Move(CatalogSession session, long? expected, long version)
    {
        LineageLog.MoveRef(session, "model", "photo-popularity", "production", expected, version);
        return 0;
    }

    static long? Target(CatalogSession session) =>
        LineageLog.RefTarget(session, "model", "photo-popularity", "production");

    static async Task<string?> CodeAsync(Task task)
    {
        try
        {
            await task;
            return null;
        }
        catch (MillraceException exception)
        {
            return exception.Code;
        }
    }

    public sealed class OnSqlite() : CatalogRaceTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : CatalogRaceTests(postgres);

    TaskLedger Ledger(ProcessFolder process)
    {
        var catalog = Open();
        return new TaskLedger(catalog, new ProcessBeats(catalog, process));
    }
}
