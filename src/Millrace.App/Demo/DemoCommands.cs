using System.CommandLine;
using Millrace.App.Terminal;

namespace Millrace.App.Demo;

/// <summary><c>millrace demo</c>.</summary>
static class DemoCommands
{
    public static Command Demo()
    {
        var defaults = new DemoOptions();
        var folder = new Option<string>("--dir")
        {
            Description = "Where the site and the workspace are made.",
            HelpName = "DIR",
            DefaultValueFactory = _ => defaults.Folder,
        };
        var photos = new Option<int>("--photos")
        {
            Description = "How many photos the site has.",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Photos,
        };
        var nights = new Option<int>("--nights")
        {
            Description = "How many nights are run, 1 to 10.",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Nights,
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "The seed of the simulated site.",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Seed,
        };
        var postgres = new Option<string?>("--postgres")
        {
            Description = "Put the site's database on a PostgreSQL server.",
            HelpName = "CONNECTION",
        };
        var json = Options.Json();
        var command = new Verb(
            "demo",
            "Run the nightly photo popularity job: real photographs, simulated activity.",
            "  millrace demo\n"
            + "  millrace demo --dir /tmp/photos --photos 300 --nights 2 --seed 7\n"
            + "  millrace demo --postgres 'Host=localhost;Database=site;Username=me'")
        {
            folder, photos, nights, seed, postgres, json,
        };
        command.SetAction((parsed, cancellationToken) => DemoRun.RunAsync(
            new DemoOptions
            {
                Folder = parsed.GetValue(folder)!,
                Photos = parsed.GetValue(photos),
                Nights = parsed.GetValue(nights),
                Seed = parsed.GetValue(seed),
                Postgres = parsed.GetValue(postgres),
                IsJson = parsed.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
