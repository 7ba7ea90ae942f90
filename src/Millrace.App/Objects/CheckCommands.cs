using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Features;
using Millrace.Objects;
using Millrace.Tables;

namespace Millrace.App.Objects;

/// <summary><c>millrace fsck</c>: looks at every room.</summary>
static class CheckCommands
{
    const int DamagedExitCode = 5;

    public static Command Fsck()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "fsck",
            "Compare every stored byte with its hash, and every reference with what it names. "
            + "Exit code 5 when something is damaged.",
            "  millrace fsck --json")
        {
            workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var objects = await new ObjectCheck(workspace.Objects).CheckAsync(
                workspace.RootSources, null, cancellationToken).ConfigureAwait(false);
            var tables = await new TableCheck(workspace.Tables, workspace.Lineage).CheckAsync(cancellationToken)
                .ConfigureAwait(false);
            var online = await new OnlineCheck(workspace.Online, workspace.Lineage).CheckAsync(cancellationToken)
                .ConfigureAwait(false);
            var pending = await workspace.Tables.PendingAsync(cancellationToken).ConfigureAwait(false);
            var problems = objects.Damaged.Select(
                    item =>
                    $"object {item.Hash} is damaged ({item.Path} at {item.Offset}); {References(item.References)}")
                .Concat(objects.Missing.Select(item => $"object {item.Hash} is missing; {References(item.References)}"))
                .Concat(tables.Problems).Concat(online.Problems).ToList();
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonObject
                {
                    ["clean"] = problems.Count == 0,
                    ["objects"] = objects.ObjectCount,
                    ["objectBytes"] = objects.SizeBytes,
                    ["tables"] = tables.TableCount,
                    ["tableVersions"] = tables.VersionCount,
                    ["tableFiles"] = tables.FileCount,
                    ["tableBytes"] = tables.SizeBytes,
                    ["featureViews"] = online.Views,
                    ["pendingPublications"] = pending,
                    ["unpublishedFiles"] = tables.UnpublishedFiles.Count,
                    ["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode)problem)]),
                }.ToJsonString());
                return problems.Count == 0 ? 0 : DamagedExitCode;
            }

            Console.Out.WriteLine($"objects   {objects.ObjectCount:N0} ({objects.SizeBytes / 1e6:N1} MB)");
            Console.Out.WriteLine(
                $"tables    {tables.TableCount} with {tables.VersionCount} versions and {tables.FileCount} files "
                + $"({tables.SizeBytes / 1e6:N1} MB)");
            Console.Out.WriteLine($"features  {online.Views} views online");
            if (tables.UnpublishedFiles.Count > 0)
            {
                Console.Out.WriteLine(
                    $"          {tables.UnpublishedFiles.Count} files of attempts that were cut off; they do no harm");
            }

            if (pending > 0)
            {
                Console.Out.WriteLine(
                    $"          {pending} publications are not finished: a run is going on, or a log above is damaged");
            }

            problems.ForEach(Console.Out.WriteLine);
            Console.Out.WriteLine(problems.Count == 0 ? "clean" : $"{problems.Count} problems");
            return problems.Count == 0 ? 0 : DamagedExitCode;
        });
        return command;
    }

    static string References(ObjectReferences references) => references.Count == 0
        ? "nothing refers to it" : $"needed by {string.Join(", ", references.First)}"
            + (references.Count > references.First.Count
                ? $" and {references.Count - references.First.Count} more"
                : "");
}
