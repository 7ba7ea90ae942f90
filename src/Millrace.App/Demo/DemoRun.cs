using System.Diagnostics;
using Millrace.App.Demo.Site;
using Millrace.App.Lineage;
using Millrace.App.Pipelines;
using Millrace.App.Terminal;
using Millrace.Lineage;
using Millrace.Pipelines;
using Npgsql;
using Spectre.Console;

namespace Millrace.App.Demo;

/// <summary>The demo: makes the site, runs the nights, and shows what can be asked afterwards.</summary>
static class DemoRun
{
    const int MostNights = 10;

    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        if (options.Nights is < 1 or > MostNights)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "demo-option", $"--nights is {options.Nights}.", $"It must be 1 to {MostNights}.");
        }

        var folder = Path.GetFullPath(options.Folder);
        var sample = Path.Combine(AppContext.BaseDirectory, "samples", "photo-popularity");
        var phases = new List<(string Name, TimeSpan Time)>();
        var site = new PhotoSiteOptions
        {
            Photos = options.Photos,
            Seed = options.Seed,
            Postgres = options.Postgres,
        };
        var started = Stopwatch.GetTimestamp();
        var summary = await PhotoSite.BuildAsync(
            sample, Path.Combine(folder, "site"), site, new SiteProgress(), cancellationToken).ConfigureAwait(false);
        phases.Add(("site", Stopwatch.GetElapsedTime(started)));
        var console = TerminalConsole.Error;
        console.WriteLine(
            $"{(summary.WasThere ? "The site is there:" : "Made a photo site:")} "
            + $"{summary.Photos} photos of {summary.Users} users, "
            + $"{summary.Events:N0} events in {summary.LogFiles} log files.");
        console.MarkupLine(
            "[grey]The photographs are real (crops of 26 photographs, see their licences in the sample); "
            + "users and activity are simulated from a seed.[/]");

        Workspace.Create(Path.Combine(folder, "workspace"));
        await using var workspace = await Options.OpenAtAsync(
            Path.Combine(folder, "workspace"), cancellationToken).ConfigureAwait(false);
        var reports = new List<(DateOnly Date, PipelineReport Report)>();
        for (var night = 0; night < options.Nights; night++)
        {
            var date = site.LastDay.AddDays(2 - options.Nights + night);
            started = Stopwatch.GetTimestamp();
            console.WriteLine();
            console.MarkupLineInterpolated(
                $"[bold]Night of {date:yyyy-MM-dd}[/]  [grey]millrace run nightly.cs --date {date:yyyy-MM-dd}[/]");
            var report = await PipelineRun.RunAsync(
                workspace, Path.Combine(sample, "nightly.cs"),
                Parameters(date, Path.Combine(folder, "site"), options, isLast: night == options.Nights - 1),
                new RunOptions(), cancellationToken).ConfigureAwait(false);
            phases.Add(($"night {date:MM-dd}", Stopwatch.GetElapsedTime(started)));
            reports.Add((date, report));
            console.WriteLine(ReportText.Sentence(report));
            if (!report.IsSuccess)
            {
                return ReportText.WriteFailures(report);
            }

            console.MarkupLine(DemoText.Night(report));
        }

        if (options.IsJson)
        {
            Console.Out.WriteLine(DemoText.Json(reports).ToJsonString());
        }
        else
        {
            await ShowAsync(workspace, folder, reports, phases, cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    static async Task ShowAsync(
        Workspace workspace,
        string folder,
        List<(DateOnly Date, PipelineReport Report)> reports,
        List<(string Name, TimeSpan Time)> phases,
        CancellationToken cancellationToken)
    {
        var production = await workspace.Lineage.ResolveAsync(
            ThingName.Parse("model:photo-popularity@production"), cancellationToken).ConfigureAwait(false);
        var console = TerminalConsole.Out;
        console.WriteLine();
        console.MarkupLine("[bold]millrace why model:photo-popularity@production[/]");
        console.Write(LineageText.Tree(
            await workspace.Lineage.WhyAsync(production.Id, cancellationToken: cancellationToken)
                .ConfigureAwait(false)));
        console.WriteLine();
        console.Write(DemoText.Errors(reports[^1].Report));
        console.WriteLine();
        var here = Path.GetRelativePath(Environment.CurrentDirectory, workspace.Folder);
        console.MarkupLineInterpolated($"[bold]Try next[/] (cd {here})");
        var example = DemoText.ExamplePhoto(workspace, reports[^1].Report);
        console.WriteLine($"  millrace why 'table:photo_examples#{example}'");
        console.WriteLine("  millrace impact file:logs/events-2026-03-01.jsonl.gz");
        console.WriteLine("  millrace sql \"select kind, count(*) from events group by kind\"");
        console.WriteLine();
        var times = string.Join(", ", phases.Select(phase => $"{phase.Name} {phase.Time.TotalSeconds:F1} s"));
        var inAll = phases.Sum(phase => phase.Time.TotalSeconds);
        console.MarkupLineInterpolated($"[grey]{times}; in all {inAll:F1} s; everything is in {folder}[/]");
        console.WriteLine(
            "Photographs real, activity simulated: the errors say how well this job works, "
            + "not how popular a photo would be.");
    }

    static List<string> Parameters(DateOnly date, string site, DemoOptions options, bool isLast)
    {
        List<string> parameters = ["--date", date.ToString("yyyy-MM-dd"), "--site", site];
        if (isLast)
        {
            parameters.AddRange(["--leaky", "true"]);
        }

        if (options.Postgres is { } connection)
        {
            // Parameters are recorded with the run; a password is not one of them. Workers inherit the environment.
            var settings = new NpgsqlConnectionStringBuilder(connection);
            if (!string.IsNullOrEmpty(settings.Password))
            {
                Environment.SetEnvironmentVariable("PGPASSWORD", settings.Password);
                settings.Password = null;
            }

            parameters.AddRange(["--database", $"postgres:{settings}"]);
        }

        return parameters;
    }

    sealed class SiteProgress : IProgress<string>
    {
        public void Report(string value)
        {
            if (!Console.IsErrorRedirected)
            {
                Console.Error.Write($"\r\u001b[2K{value}\r");
            }
        }
    }
}
