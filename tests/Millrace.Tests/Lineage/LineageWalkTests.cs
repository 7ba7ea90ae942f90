using System.Text;
using CsCheck;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.LineageRoom;

public abstract class LineageWalkTests(SharedPostgres? postgres) : CatalogTest(postgres)
{
    [Fact]
    public async Task Why_leads_down_to_what_came_from_outside()
    {
        var catalog = Open();
        var model = await catalog.Write(session =>
        {
            var log = session.AddVersion("file", "logs/1.gz", "01");
            var events = Make(session, "load", "table:events", log);
            var photos = Make(session, "extract", "table:photos", session.AddVersion("source", "site.db", "02"));
            return Make(session, "train", "model:popularity", photos, events);
        });

        Assert.Equal(
            """
            model:popularity@v1 by train
              table:events@v1 by load
                file:logs/1.gz@v1
              table:photos@v1 by extract
                source:site.db@v1

            """,
            Text(await Why(catalog, model)));
    }

    [Fact]
    public async Task The_two_ways_of_a_diamond_meet_in_one_node_that_is_shown_once()
    {
        var catalog = Open();
        var (photos, model) = await catalog.Write(session =>
        {
            var site = session.AddVersion("source", "site.db", "01");
            var photos = Make(session, "extract", "table:photos", site);
            var styles = Make(session, "classify", "table:styles", photos);
            var users = Make(session, "users", "table:users", photos);
            return (photos, Make(session, "train", "model:popularity", styles, users));
        });

        Assert.Equal(
            """
            model:popularity@v1 by train
              table:styles@v1 by classify
                table:photos@v1 by extract
                  source:site.db@v1
              table:users@v1 by users
                table:photos@v1 by extract (shown above)

            """,
            Text(await Why(catalog, model)));
        Assert.Equal(
            """
            table:photos@v1
              table:styles@v1 by classify
                model:popularity@v1 by train
              table:users@v1 by users
                model:popularity@v1 by train (shown above)

            """,
            Text(await Impact(catalog, photos)));
    }

    [Fact]
    public async Task A_previous_version_is_named_and_followed_only_for_the_history()
    {
        var catalog = Open();
        var (first, second) = await catalog.Write(session =>
        {
            var first = Make(session, "night-1", "table:photos", session.AddVersion("source", "site.db", "01"));
            var second = Make(session, "night-2", "table:photos", session.AddVersion("source", "site.db", "02"));
            AddInput(session, second, first, LineageNode.PreviousRole);
            return (first, second);
        });

        Assert.Equal(
            """
            table:photos@v2 by night-2
              source:site.db@v2
              table:photos@v1

            """,
            Text(await Why(catalog, second, withHistory: false)));
        Assert.Equal(
            """
            table:photos@v2 by night-2
              source:site.db@v2
              table:photos@v1 by night-1
                source:site.db@v1

            """,
            Text(await Why(catalog, second)));
        Assert.Equal(
            """
            table:photos@v1
              table:photos@v2 by night-2

            """,
            Text(await Impact(catalog, first)));
    }

    [Fact]
    public async Task What_a_run_only_compared_with_is_not_what_its_output_was_made_from()
    {
        var catalog = Open();
        var (production, tonight) = await catalog.Write(session =>
        {
            var data = session.AddVersion("dataset", "training", "01");
            var production = Make(session, "night-1", "model:popularity", data);
            var tonight = Make(session, "night-2", "model:popularity", data);
            AddInput(session, tonight, production, "@production");
            return (production, tonight);
        });

        Assert.Equal("model:popularity@v1\n", Text(await Impact(catalog, production)));
        Assert.Equal(
            """
            model:popularity@v2 by night-2
              dataset:training@v1
              model:popularity@v1

            """,
            Text(await Why(catalog, tonight, withHistory: false)));
    }

    [Fact]
    public async Task Roles_and_runs_are_told()
    {
        var catalog = Open();
        var model = await catalog.Write(session => Make(
            session, "train", "model:popularity", session.AddVersion("table", "photos", "01")));

        var why = await Why(catalog, model);

        Assert.Equal(("", "in0"), (why.Role, Assert.Single(why.Next).Role));
        Assert.Equal(model.RunId, why.Run!.Id);
        Assert.Null(why.Next[0].Run);
        var impact = await Impact(catalog, why.Next[0].Version);
        Assert.Equal(("", "out"), (impact.Role, Assert.Single(impact.Next).Role));
        Assert.Null(impact.Run);
        Assert.Equal(model.RunId, impact.Next[0].Run!.Id);
    }

    [Fact]
    public async Task A_run_that_gives_back_what_there_was_makes_no_ring()
    {
        // Content that comes back is the same version, so the edges may form a ring although no run waits for itself.
        var catalog = Open();
        var (a, b) = await catalog.Write(session =>
        {
            var a = session.AddVersion("dataset", "a", "aa");
            var b = Make(session, "there", "dataset:b", a);
            var back = CatalogCalls.Run("back");
            LineageLog.StartRun(session, back);
            LineageLog.AddEdge(session, new LineageEdge("back", b.Id, false, "in0"));
            LineageLog.AddEdge(session, new LineageEdge("back", a.Id, true, "out"));
            LineageLog.AddEdge(session, new LineageEdge("back", b.Id, true, "out"));
            return (a, b);
        });

        Assert.Equal(
            """
            dataset:a@v1
              dataset:b@v1 by there

            """,
            Text(await Impact(catalog, a)));
        Assert.Equal(
            """
            dataset:b@v1 by there
              dataset:a@v1

            """,
            Text(await Why(catalog, b)));
    }

    [Fact]
    public async Task A_chain_that_is_longer_than_the_stack_is_walked()
    {
        const int Hours = 1_200;
        var catalog = Open();
        var (first, last) = await catalog.Write(session => Chain(session, Hours));

        Assert.Equal(Hours, Depth(OnSmallStack(() => Why(catalog, last))));
        Assert.Equal(Hours, Depth(OnSmallStack(() => Impact(catalog, first))));
    }

    [Fact]
    public void Why_and_impact_reach_what_the_edges_reach()
    {
        // Each run makes one version of some of those before it.
        var graphs = Gen.Int[0, 4].Array[0, 3].Array[1, 12];

        graphs.Sample(
            graph =>
            {
                var inputs = graph.Select(
                    (choices, i) => choices.Where(c => c < i).Select(c => i - 1 - c).Distinct().ToList()).ToList();
                var (catalog, ids) = Store(inputs);
                for (var i = 0; i < inputs.Count; i++)
                {
                    Assert.Equal(
                        Reach(i, n => inputs[n]).Select(n => ids[n]).Order(),
                        Nodes(Wait(Why(catalog, ids[i]))).Order());
                    Assert.Equal(
                        Reach(i, n => [.. Enumerable.Range(0, inputs.Count).Where(m => inputs[m].Contains(n))])
                            .Select(n => ids[n]).Order(),
                        Nodes(Wait(Impact(catalog, ids[i]))).Order());
                }
            },
            iter: 20,
            threads: 1);
    }

    [Fact]
    public async Task Runs_are_found_by_the_beginning_of_their_id_by_kind_and_by_parent()
    {
        var catalog = Open();
        await catalog.Write(session =>
        {
            session.AddRun("abc1");
            session.AddRun("abd2", parent: "abc1");
            LineageLog.EndRun(session, "abd2", RunOutcome.Failed, "no disk");
            return 0;
        });
        var lineage = new LineageGraph(catalog);
        var token = TestContext.Current.CancellationToken;

        Assert.Equal("abd2", (await lineage.RunAsync("abd", token)).Id);
        Assert.Equal("abc1", (await lineage.RunAsync("abc1", token)).Id);
        var unknown = await Assert.ThrowsAsync<MillraceException>(() => lineage.RunAsync("abe", token));
        Assert.Equal("run-unknown", unknown.Code);
        var part = Assert.Single(await lineage.RunsAsync(null, "abc1", 10, token));
        Assert.Equal((RunOutcome.Failed, "no disk"), (part.Outcome, part.Message));
        Assert.NotNull(part.EndedAt);
        Assert.Equal(["abd2", "abc1"], (await lineage.RunsAsync("task", null, 10, token)).Select(run => run.Id));
        Assert.Single(await lineage.RunsAsync(null, null, 1, token));
        Assert.Empty(await lineage.RunsAsync("training", null, 10, token));
    }

    (ICatalog Catalog, List<long> Ids) Store(List<List<int>> inputs)
    {
        var catalog = Open();
        var ids = Wait(catalog.Write(session =>
        {
            // The graphs of one test share a catalog; their names keep them apart.
            var graph = Guid.NewGuid().ToString("N");
            var versions = new List<ThingVersion>();
            for (var i = 0; i < inputs.Count; i++)
            {
                versions.Add(Make(
                    session, $"{graph}-{i}", $"table:{graph}-{i}", [.. inputs[i].Select(input => versions[input])]));
            }

            return versions.Select(version => version.Id).ToList();
        }));
        return (catalog, ids);
    }

    static ThingVersion Make(CatalogSession session, string run, string output, params ThingVersion[] inputs)
    {
        LineageLog.StartRun(session, CatalogCalls.Run(run) with { Name = run });
        var (kind, name) = (output.Split(':')[0], output.Split(':')[1]);
        var hash = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(run));
        var version = session.AddVersion(kind, name, hash, run);
        for (var i = 0; i < inputs.Length; i++)
            LineageLog.AddEdge(session, new LineageEdge(run, inputs[i].Id, false, $"in{i}"));
        LineageLog.AddEdge(session, new LineageEdge(run, version.Id, true, "out"));
        return version;
    }

    static void AddInput(CatalogSession session, ThingVersion output, ThingVersion input, string role) =>
        LineageLog.AddEdge(session, new LineageEdge(output.RunId!, input.Id, false, role));

    // A table that grows every hour, written with few statements.
    static (long First, long Last) Chain(CatalogSession session, int hours)
    {
        const string Numbers = "with recursive n (i) as (select 0 union all select i + 1 from n where i < @hours)";
        session.Execute(
            $"""
            insert into run (run_id, kind, name, code, parameters, outcome, started_at)
            {Numbers} select 'hour-' || i, 'task', 'hour', '', '{"{}"}', 'succeeded', 0 from n
            """,
            ("hours", hours));
        session.Execute(
            $"""
            insert into version (kind, name, number, hash, run_id, created_at, summary)
            {Numbers} select 'table', 'events', i, '00000000', 'hour-' || i, 0, '{"{}"}' from n
            """,
            ("hours", hours));
        session.Execute(
            """
            insert into lineage_edge (run_id, version_id, is_output, role)
            select run_id, version_id, 1, 'out' from version
            union all
            select v.run_id, p.version_id, 0, 'previous' from version v join version p on p.number = v.number - 1
            """);
        return (
            session.Count("select version_id from version where number = 0"),
            session.Count("select version_id from version where number = @hours", ("hours", hours)));
    }

    // Too small for one frame after another of such a chain.
    static T OnSmallStack<T>(Func<Task<T>> ask)
    {
        var task = new Task<T>(() => Wait(ask()));
        var thread = new Thread(() => task.RunSynchronously(TaskScheduler.Default), maxStackSize: 384 * 1024);
        thread.Start();
        thread.Join();
        return Wait(task);
    }

    static HashSet<int> Reach(int start, Func<int, List<int>> next)
    {
        var reached = new HashSet<int> { start };
        var open = new Queue<int>(reached);
        while (open.TryDequeue(out var node))
        {
            foreach (var other in next(node).Where(reached.Add))
                open.Enqueue(other);
        }

        return reached;
    }

    // A node that was shown before has nothing below it, and none is shown twice with something below it.
    static HashSet<long> Nodes(LineageNode node)
    {
        var ids = new HashSet<long>();
        void Add(LineageNode at)
        {
            Assert.Equal(at.IsRepeated, !ids.Add(at.Version.Id));
            Assert.True(!at.IsRepeated || at.Next.Count == 0);
            foreach (var next in at.Next)
                Add(next);
        }

        Add(node);
        return ids;
    }

    static int Depth(LineageNode node)
    {
        var depth = 0;
        for (; node.Next.Count > 0; depth++)
            node = Assert.Single(node.Next);
        return depth;
    }

    static string Text(LineageNode node, string indent = "") =>
        $"{indent}{node.Version.Label}{(node.Run is { } run ? " by " + run.Name : "")}"
        + $"{(node.IsRepeated ? " (shown above)" : "")}\n"
        + string.Concat(node.Next.Select(next => Text(next, indent + "  ")));

    static Task<LineageNode> Why(ICatalog catalog, ThingVersion version, bool withHistory = true) =>
        Why(catalog, version.Id, withHistory);

    static Task<LineageNode> Why(ICatalog catalog, long id, bool withHistory = true) =>
        new LineageGraph(catalog).WhyAsync(id, withHistory, TestContext.Current.CancellationToken);

    static Task<LineageNode> Impact(ICatalog catalog, ThingVersion version) => Impact(catalog, version.Id);

    static Task<LineageNode> Impact(ICatalog catalog, long id) =>
        new LineageGraph(catalog).ImpactAsync(id, TestContext.Current.CancellationToken);

    static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    public sealed class OnSqlite() : LineageWalkTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : LineageWalkTests(postgres);
}
