using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests;

/// <summary>Before something is erased, everything that was made from it is named: it may hold what goes.</summary>
public sealed class WorkspaceErasureUseTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Datasets_and_models_that_used_erased_data_are_listed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var portrait = workspace.Open.Objects.Put("a portrait"u8);
        var other = workspace.Open.Objects.Put("a landscape"u8);
        var photos = await workspace.OverwriteAsync(
            "photos", $"select 1 as id, '{ObjectUrl.Format(portrait)}' as url", "id");
        var places = await workspace.OverwriteAsync(
            "places", $"select 1 as id, '{ObjectUrl.Format(other)}' as url", "id");
        var dataset = await MakeAsync(workspace, "dataset", "faces", photos);
        await MakeAsync(workspace, "model", "clicks", dataset);
        await MakeAsync(workspace, "model", "maps", places);
        var erasure = new WorkspaceErasure(workspace.Open);

        var ofObject = await erasure.PlanAsync(new WorkspaceErasureRequest { Objects = [portrait] }, Stop);
        var ofRow = await erasure.PlanAsync(new WorkspaceErasureRequest { Table = "photos", Keys = ["1"] }, Stop);
        var done = await erasure.EraseAsync(new WorkspaceErasureRequest { Objects = [portrait] }, Stop);

        Assert.Equal(["dataset:faces@v1", "model:clicks@v1", "table:photos@v0"], ofObject.UsedBy);
        Assert.Equal(["dataset:faces@v1", "model:clicks@v1"], ofRow.UsedBy);
        Assert.Equal(ofObject.UsedBy, done.UsedBy);
    }

    [Fact]
    public async Task A_dataset_that_names_an_erased_object_itself_is_listed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var portrait = workspace.Open.Objects.Put("a portrait"u8);
        var run = await workspace.StartRunAsync("import");
        var file = await workspace.Catalog.WriteAsync(
            session => LineageLog.AddVersion(session, "file", "a.jpg", null, $"{portrait}", run, "{}"), Stop);
        await MakeAsync(workspace, "dataset", "faces", file);

        var plan = await new WorkspaceErasure(workspace.Open).PlanAsync(
            new WorkspaceErasureRequest { Objects = [portrait] }, Stop);

        Assert.Contains("dataset:faces@v1", plan.UsedBy);
    }

    /// <summary>A version that a run makes of another.</summary>
    static async Task<ThingVersion> MakeAsync(TestWorkspace workspace, string kind, string name, ThingVersion from)
    {
        var run = await workspace.StartRunAsync($"make {name}");
        return await workspace.Catalog.WriteAsync(
            session =>
            {
                LineageLog.AddEdge(session, new LineageEdge(run, from.Id, false, "input"));
                var hash = ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(name));
                var made = LineageLog.AddVersion(session, kind, name, null, $"{hash}", run, "{}");
                LineageLog.AddEdge(session, new LineageEdge(run, made.Id, true, "output"));
                return made;
            },
            Stop);
    }
}
