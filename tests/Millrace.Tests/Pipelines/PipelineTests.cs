using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Tests.PipelinesRoom;

public sealed class PipelineTests
{
    readonly Pipeline _pipeline = Pipeline.Create("night", ["--date", "2026-03-15", "--n=7", "--flag", "TRUE"]);

    [Fact]
    public void Parameters_are_read_in_both_forms_and_have_defaults()
    {
        Assert.Equal(new DateOnly(2026, 3, 15), _pipeline.Date("date"));
        Assert.Equal(7, _pipeline.Number("n"));
        Assert.True(_pipeline.Flag("flag"));
        Assert.Equal("x", _pipeline.Text("text", "x"));
        Assert.Equal("-5", Pipeline.Create("p", ["--n", "-5"]).Text("n"));
        Assert.Equal("a=b", Pipeline.Create("p", ["--n=a=b"]).Text("n"));
    }

    [Fact]
    public void A_parameter_that_is_missing_wrong_or_unknown_is_named()
    {
        Assert.Contains("'--site'", Fails("parameter-missing", () => _pipeline.Text("site")).Message);
        Assert.Contains("a day", Fails("parameter-value", () => _pipeline.Date("n")).Hint);
        Fails("parameter-value", () => _pipeline.Number("date"));
        Fails("parameter-value", () => _pipeline.Flag("n"));
        Assert.Contains("'--flag'", Fails("parameter-unknown", () => _pipeline.Describe()).Message);
    }

    [Theory]
    [InlineData("date")]
    [InlineData("-d")]
    [InlineData("--date")]
    public void An_argument_that_is_no_parameter_is_refused(string argument) =>
        Fails("parameter-syntax", () => Pipeline.Create("night", [argument]));

    [Fact]
    public void Two_tasks_of_one_name_are_refused()
    {
        Add("a", "x");
        Fails("task-twice", () => Add("a", "y"));
    }

    [Fact]
    public void Two_writers_of_one_output_are_refused_with_both_names()
    {
        Add("a", "x");
        Assert.Contains("'a' and 'b'", Fails("output-twice", () => Add("b", "x")).Message);
        Fails("output-twice", () => Add("c", "y", "y"));
    }

    [Fact]
    public void Inputs_are_outputs_of_earlier_tasks_and_have_names_of_their_own()
    {
        var table = Add("a", "x")[0];

        Fails("input-unknown", () => AddUser("b", table with { Task = "nobody" }));
        Fails("input-unknown", () => AddUser("b", table with { Name = "y" }));
        Fails("input-unknown", () => AddUser("b", new TaskOutput("b", "table", "out-b", [])));
        Fails("input-twice", () => AddUser("b", table, table));
        AddUser("b", table);
    }

    [Fact]
    public async Task A_file_that_is_started_by_hand_says_how_to_start_it()
    {
        var failure = await Assert.ThrowsAsync<MillraceException>(_pipeline.RunAsync);

        Assert.Equal("not-under-millrace", failure.Code);
    }

    [Fact]
    public void The_description_has_the_edges_of_the_SQL()
    {
        var pipeline = Pipeline.Create("p", []);
        var a = pipeline.Sql("a", $"select 1 as id", ["id"]);
        var b = pipeline.Sql("b", $"select 2 as id", ["id"]);
        pipeline.Sql("c", $"select * from {b} join {a} using (id) join {b} b2 using (id)", ["id"]);

        var task = pipeline.Describe().Tasks[2];

        Assert.Equal(["b", "a"], task.Inputs.Select(input => input.Name));
        Assert.Equal("select * from \"b\" join \"a\" using (id) join \"b\" b2 using (id)", task.Sql);
    }

    [Fact]
    public void A_task_publishes_each_output_once_and_only_what_it_declares()
    {
        var task = new TaskDefinition { Name = "t", Outputs = [new OutputDefinition("table", "x")] };
        var order = new TaskOrder(
            "attempt", "run", 0, 1, new Dictionary<string, Millrace.Lineage.ThingVersion>(),
            new Dictionary<string, Millrace.Lineage.ThingVersion>(),
            new Dictionary<string, Millrace.Lineage.ThingVersion>(), new WorkspacePaths("/t", "/o", "/n", "/tmp"));
        var context = new TaskContext(task, order, null!, new(), (_, _, _) => { });
        var staged = new StagedTable("x", TableMode.Append, new TableSchema([new TableColumn("id", "long")]), [], []);

        context.Publish(staged);

        Assert.Throws<ArgumentException>(() => context.Publish(staged));
        Assert.Throws<ArgumentException>(() => context.Publish(staged with { Name = "y" }));
        Assert.Throws<ArgumentException>(() => context.Input("z"));
    }

    [Fact]
    public void Shards_with_other_columns_are_not_put_together()
    {
        static StagedTable Staged(string type) =>
            new("x", TableMode.Append, new TableSchema([new TableColumn("id", type)]), [], []);
        static StagedResult Shard(string type) =>
            new([new PublishedTable("x", Staged(type), "{}")], [], [], [], [], IsProvisional: false);

        var failure = Fails("schema-mismatch", () => ShardMerge.Merge([Shard("string"), Shard("long")]));
        Assert.Contains("id long", failure.Message);
        Assert.Single(ShardMerge.Merge([Shard("long"), Shard("long")]).Tables);
    }

    IReadOnlyList<TaskOutput> Add(string name, params string[] tables) => _pipeline.Add(new TaskDefinition
    {
        Name = name,
        Outputs = [.. tables.Select(table => new OutputDefinition("table", table))],
    });

    void AddUser(string name, params TaskOutput[] inputs) => _pipeline.Add(new TaskDefinition
    {
        Name = name,
        Inputs = inputs,
        Outputs = [new OutputDefinition("table", "out-" + name)],
    });

    static MillraceException Fails(string code, Action action)
    {
        var failure = Assert.Throws<MillraceException>(action);
        Assert.Equal(code, failure.Code);
        return failure;
    }
}
