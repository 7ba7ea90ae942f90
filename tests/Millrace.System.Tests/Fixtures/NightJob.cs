using System.Text.Json.Nodes;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A photo site and a workspace of one test.</summary>
public sealed class NightJob : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly TestRun _run;

    public NightJob(TestRun run)
    {
        _run = run;
        Cli = run.Cli(Folder);
    }

    public string Folder => _scratch.Path;

    public string Site => _scratch["site"];

    /// <summary>May be moved elsewhere, such as to a small disk.</summary>
    public string Workspace { get => field ?? _scratch["workspace"]; set; }

    public string Log(string day) => Path.Combine(Site, "logs", $"events-{day}.jsonl.gz");

    public Cli Cli { get; }

    public string[] NightCommand(string date, params string[] more) =>
        ["run", _run.Nightly, "--date", date, "--site", Site, "--workspace", Workspace, "--json", .. more];

    public Task<CliResult> NightAsync(string date, params string[] more) => Cli.RunAsync(NightCommand(date, more));

    /// <summary>A question to the workspace, answered in JSON.</summary>
    public async Task<JsonNode> AskAsync(params string[] arguments) =>
        (await Cli.RunAsync([.. arguments, "--json", "--workspace", Workspace])).Ended(0).Json;

    /// <summary>The rows of a query.</summary>
    public async Task<List<JsonNode>> SqlAsync(string query) =>
        [.. (await AskAsync("sql", query)).AsArray().Select(row => row!)];

    /// <summary>The newest version of every table, dataset, model and feature view, as lines.</summary>
    public async Task<string> VersionsAsync()
    {
        var lines = new List<string>();
        foreach (var kind in new[] { "table", "dataset", "model", "feature" })
        {
            var things = (await AskAsync(kind, "list")).AsArray();
            lines.AddRange(things.Select(thing => $"{kind}:{thing!["name"]}@v{thing["version"]} {thing["hash"]}"));
        }

        return string.Join('\n', lines);
    }

    /// <summary>Fails unless every stored byte is right.</summary>
    public async Task AssertSoundAsync()
    {
        var check = await AskAsync("fsck");
        Assert.True((bool)check["clean"]!, check.ToJsonString());
    }

    public void Dispose() => _scratch.Dispose();
}
