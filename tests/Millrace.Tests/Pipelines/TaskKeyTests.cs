using Millrace.Lineage;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Tests.PipelinesRoom;

public sealed class TaskKeyTests
{
    static readonly TaskDescription Task = new(
        "join", "Title", null, new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }, [], [],
        [new OutputDefinition("table", "joined", ["id"])], null, true, 0);

    static readonly ThingVersion[] Inputs = [Version("users", 'a'), Version("photos", 'b')];

    static readonly ExternalVersion[] Sources =
        [new("file", "x", new string('c', 64), "{}"), new("file", "y", new string('d', 64), "{}")];

    [Fact]
    public void The_key_of_one_task_is_a_decision() =>
        Assert.Equal("405b9f6b5fce6781f35c58c0bb3670b1da843686ecb71a4bdc1da963d74dcdd5", Key(Task));

    [Fact]
    public void The_order_of_parameters_inputs_and_sources_does_not_matter() => Assert.Equal(
        Key(Task),
        TaskKey.Of(
            Task with { Parameters = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } }, "code",
            Inputs.Reverse().ToDictionary(input => input.Name), [.. Sources.Reverse()]));

    [Fact]
    public void What_is_only_for_people_or_looked_at_does_not_matter() => Assert.Equal(
        Key(Task),
        Key(Task with { Title = "Other", References = [new ReferenceDefinition("r", "model", "m", "production")] }));

    [Fact]
    public void Everything_that_decides_the_output_matters()
    {
        var other = new string('e', 64);
        var keys = new[]
        {
            Key(Task),
            Key(Task with { Name = "other" }),
            Key(Task with { Version = "1" }),
            Key(Task with { Sql = "select 1" }),
            Key(Task with { ShardCount = 8 }),
            Key(Task with { Parameters = new Dictionary<string, string> { ["a"] = "1", ["b"] = "3" } }),
            Key(Task with { Parameters = new Dictionary<string, string> { ["a"] = "1" } }),
            Key(Task with { Outputs = [new OutputDefinition("table", "joined", ["id", "day"])] }),
            Key(Task with { Outputs = [new OutputDefinition("table", "other", ["id"])] }),
            TaskKey.Of(Task, "other code", Inputs.ToDictionary(input => input.Name), Sources),
            TaskKey.Of(
                Task, "code", Inputs.ToDictionary(input => input.Name, input => input with { Hash = other }), Sources),
            TaskKey.Of(Task, "code", Inputs.Take(1).ToDictionary(input => input.Name), Sources),
            TaskKey.Of(Task, "code", Inputs.ToDictionary(input => input.Name), Sources[..1]),
            TaskKey.Of(
                Task, "code", Inputs.ToDictionary(input => input.Name), [Sources[0], Sources[1] with { Hash = other }]),
        };

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void A_value_can_not_flow_into_its_neighbour() => Assert.NotEqual(
        Key(Task with { Parameters = new Dictionary<string, string> { ["a"] = "1 1:b 1:2" } }),
        Key(Task with { Parameters = new Dictionary<string, string> { ["a 1:1"] = "b 1:2" } }));

    [Fact]
    public void A_shard_has_a_key_of_its_own_for_each_state_of_the_output()
    {
        var keys = new[]
        {
            TaskKey.OfShard("key", [], 0, 2), TaskKey.OfShard("key", [], 1, 2), TaskKey.OfShard("key", [], 0, 3),
            TaskKey.OfShard("key", Inputs, 0, 2), TaskKey.OfShard("other", [], 0, 2),
        };

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    static string Key(TaskDescription task) =>
        TaskKey.Of(task, "code", Inputs.ToDictionary(input => input.Name), Sources);

    static ThingVersion Version(string name, char hash) =>
        new(1, "table", name, 3, new string(hash, 64), "run", DateTimeOffset.UnixEpoch, "{}");
}
