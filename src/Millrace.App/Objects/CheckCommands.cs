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
    public const int DamagedExitCode = 5;

    public static Command Fsck()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var repair = new Option<bool>("--repair")
        {
            Description = "Move what can be read out of damaged packs, put those aside, take again what was lost.",
        };
        var remote = new Option<string?>("--remote")
        {
            Description = "Look at this remote instead: every pack there is read. With '--repair', push again what is "
                + "damaged there and whole here.",
            HelpName = "NAME",
        };
        var command = new Verb(
            "fsck",
            "Compare every stored byte with its hash, and every reference with what it names. "
            + "Exit code 5 when something is damaged.",
            "  millrace fsck --json\n  millrace fsck --repair\n  millrace fsck --remote lab")
        {
            workspaceFolder, repair, remote, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            if (parsed.GetValue(remote) is { } name)
            {
                return await RemoteCheckCommand.RunAsync(
                    workspace, name, parsed.GetValue(repair), parsed.GetValue(json), cancellationToken)
                    .ConfigureAwait(false);
            }

            var progress = new CheckProgress(TimeProvider.System);
            using var remotes = new RemoteSources(workspace);
            var place = await PlaceCheck.RunAsync(workspace, parsed.GetValue(repair), progress, cancellationToken)
                .ConfigureAwait(false);
            var repaired = parsed.GetValue(repair)
                ? await new ObjectRepair(workspace.Objects).RepairAsync(
                    workspace.RootSources, remotes.Sources, progress, cancellationToken).ConfigureAwait(false)
                : null;
            var unlinked = parsed.GetValue(repair) ? workspace.Versions.RemoveDamagedLinks(cancellationToken) : [];
            var objects = await new ObjectCheck(workspace.Objects).CheckAsync(
                workspace.RootSources, progress, cancellationToken).ConfigureAwait(false);
            progress.End();
            var tables = await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Tombstones)
                .CheckAsync(cancellationToken).ConfigureAwait(false);
            var online = await new OnlineCheck(workspace.Online, workspace.Lineage).CheckAsync(cancellationToken)
                .ConfigureAwait(false);
            // A sparse clone never had all; what a remote has is not lost.
            var missing = workspace.Versions.IsPartial
                ? await ElsewhereAsync(objects.Missing, remotes, cancellationToken).ConfigureAwait(false)
                : objects.Missing;
            var pending = await workspace.Tables.PendingAsync(cancellationToken).ConfigureAwait(false);
            var problems = objects.Damaged.Select(
                    item =>
                    $"object {item.Hash} is damaged ({item.Path} at {item.Offset}); {References(item.References)}")
                .Concat(missing.Select(item => $"object {item.Hash} is missing; {References(item.References)}"))
                .Concat(place?.Problems(workspace.Objects, objects.Missing.Concat(objects.Erased)) ?? [])
                .Concat(tables.Problems).Concat(online.Problems)
                // A repair has just read them all and taken the damaged ones away.
                .Concat((repaired is null ? workspace.Versions.DamagedLinks(cancellationToken) : []).Select(path =>
                    $"link {path} was written to by one of its names; a checkout makes it anew")).ToList();
            var again = await StoredAgainAsync(workspace, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonObject
                {
                    ["clean"] = problems.Count == 0,
                    ["objects"] = objects.ObjectCount,
                    ["objectBytes"] = objects.SizeBytes,
                    ["place"] = place?.ToJson(),
                    ["elsewhere"] = objects.Missing.Count - missing.Count,
                    ["tables"] = tables.TableCount,
                    ["tableVersions"] = tables.VersionCount,
                    ["tableFiles"] = tables.FileCount,
                    ["tableBytes"] = tables.SizeBytes,
                    ["featureViews"] = online.Views,
                    ["pendingPublications"] = pending,
                    ["unpublishedFiles"] = tables.UnpublishedFiles.Count,
                    ["erased"] = Names(objects.Erased.Select(item => item.Hash.ToString())),
                    ["storedAgain"] = Names(again),
                    ["putAside"] = Names(repaired?.PutAside),
                    ["inUse"] = Names(repaired?.InUse),
                    ["unlinked"] = Names(unlinked),
                    ["restored"] = Names(repaired?.Restored.Select(hash => hash.ToString())),
                    ["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode)problem)]),
                }.ToJsonString());
                return problems.Count == 0 ? 0 : DamagedExitCode;
            }

            Console.Out.WriteLine($"objects   {objects.ObjectCount:N0} ({objects.SizeBytes / 1e6:N1} MB)");
            place?.Print(workspace.Objects.Place!.Description);
            if (objects.Missing.Count > missing.Count)
            {
                Console.Out.WriteLine(
                    $"          {objects.Missing.Count - missing.Count:N0} more are on a remote only");
            }

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

            foreach (var item in objects.Erased)
                Console.Out.WriteLine($"erased    object {item.Hash}, on purpose; {References(item.References)}");
            foreach (var hash in again)
                Console.Out.WriteLine($"again     object {hash} was erased, and was stored again since");
            if (repaired is not null)
                Print(repaired);
            foreach (var path in unlinked)
                Console.Out.WriteLine($"removed   {path}, which was written to by one of its names");
            problems.ForEach(Console.Out.WriteLine);
            Console.Out.WriteLine(problems.Count == 0 ? "clean" : $"{problems.Count} problems");
            return problems.Count == 0 ? 0 : DamagedExitCode;
        });
        return command;
    }

    /// <summary>What no remote has either.</summary>
    static async Task<IReadOnlyList<MissingObject>> ElsewhereAsync(
        IReadOnlyList<MissingObject> missing, RemoteSources sources, CancellationToken cancellationToken)
    {
        var remotes = await sources.OpenAsync(cancellationToken).ConfigureAwait(false);
        var lost = new List<MissingObject>();
        foreach (var item in missing)
        {
            var isThere = false;
            foreach (var remote in remotes)
                isThere |= await remote.ContainsAsync(item.Hash, cancellationToken).ConfigureAwait(false);
            if (!isThere)
                lost.Add(item);
        }

        return lost;
    }

    static async Task<List<string>> StoredAgainAsync(Workspace workspace, CancellationToken cancellationToken) =>
        [.. (await workspace.Tombstones.ListAsync(Tombstone.ObjectKind, cancellationToken).ConfigureAwait(false))
            .Select(tombstone => tombstone.Hash).Distinct(StringComparer.Ordinal)
            .Where(hash => workspace.Objects.Contains(ContentHash.Parse(hash)))];

    public static JsonArray Names(IEnumerable<string>? names) => new([.. (names ?? []).Select(name => (JsonNode)name)]);

    static void Print(RepairReport repaired)
    {
        foreach (var path in repaired.PutAside)
            Console.Out.WriteLine($"aside     {path}");
        foreach (var path in repaired.InUse)
            Console.Out.WriteLine($"in use    {path}: another process appends to it; end that one and repair again");
        Console.Out.WriteLine(
            $"repaired  {repaired.Restored.Count:N0} objects restored, {repaired.Lost.Count:N0} lost");
    }

    public static string References(ObjectReferences references) => references.Count == 0
        ? "nothing refers to it" : $"needed by {string.Join(", ", references.First)}"
            + (references.Count > references.First.Count
                ? $" and {references.Count - references.First.Count} more"
                : "");
}
