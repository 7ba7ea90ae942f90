using System.Text.Json.Nodes;
using Millrace.Objects;
using Millrace.Versions.Remotes;

namespace Millrace.App.Objects;

/// <summary><c>millrace fsck --remote</c>: looks at what a remote has.</summary>
static class RemoteCheckCommand
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        Workspace workspace, string name, bool repairs, bool isJson, CancellationToken cancellationToken)
    {
        using var remote = workspace.OpenRemote(name);
        IRootSource[] rooms = [new VersionSync(workspace.Versions, name, remote).ReadableRoots];
        var progress = new CheckProgress(TimeProvider.System);
        var repaired = repairs
            ? await new RemoteRepair(
                remote, workspace.Objects, Path.Join(workspace.Paths.Temporary, $"repair-{name}"),
                workspace.Settings.Objects.ReadKey(workspace.Folder))
                .RepairAsync(rooms, progress, cancellationToken).ConfigureAwait(false)
            : null;
        var report = repaired?.Before
            ?? await new RemoteCheck(remote).CheckAsync(rooms, progress, cancellationToken).ConfigureAwait(false);
        progress.End();
        List<string> problems = repaired is not null
            ? [.. repaired.Lost.Select(item =>
                $"object {item.Hash} is lost; {CheckCommands.References(item.References)}")]
            : [.. report.DamagedFiles.Select(file => $"{file.Name} {file.Fact}"),
                .. report.Damaged.Select(item => $"object {item.Hash} is damaged ({item.Path} at {item.Offset}); "
                    + CheckCommands.References(item.References)),
                .. report.Missing.Select(item =>
                    $"object {item.Hash} is missing; {CheckCommands.References(item.References)}")];
        if (isJson)
            Console.Out.WriteLine(ToJson(name, report, repaired, problems).ToJsonString());
        else
            Print(report, repaired, problems);
        return problems.Count == 0 ? 0 : CheckCommands.DamagedExitCode;
    }

    static JsonObject ToJson(
        string name, RemoteReport report, RemoteRepairReport? repaired, List<string> problems) => new()
        {
            ["clean"] = problems.Count == 0,
            ["remote"] = name,
            ["packs"] = report.PackCount,
            ["objects"] = report.ObjectCount,
            ["objectBytes"] = report.SizeBytes,
            ["halves"] = report.HalfCount,
            ["damagedFiles"] = CheckCommands.Names(report.DamagedFiles.Select(file => file.Name)),
            ["damaged"] = CheckCommands.Names(report.Damaged.Select(item => item.Hash.ToString())),
            ["missing"] = CheckCommands.Names(report.Missing.Select(item => item.Hash.ToString())),
            ["replaced"] = CheckCommands.Names(repaired?.Replaced),
            ["putAside"] = CheckCommands.Names(repaired?.PutAside),
            ["restored"] = CheckCommands.Names(repaired?.Restored.Select(hash => hash.ToString())),
            ["problems"] = CheckCommands.Names(problems),
        };

    static void Print(RemoteReport report, RemoteRepairReport? repaired, List<string> problems)
    {
        Console.Out.WriteLine($"packs     {report.PackCount:N0}");
        Console.Out.WriteLine($"objects   {report.ObjectCount:N0} ({report.SizeBytes / 1e6:N1} MB read)");
        if (report.HalfCount > 0)
            Console.Out.WriteLine($"          {report.HalfCount:N0} packs were cut off or are being sent; no harm");
        if (repaired is not null)
        {
            foreach (var file in report.DamagedFiles)
                Console.Out.WriteLine($"damaged   {file.Name} {file.Fact}");
            foreach (var file in repaired.Replaced)
                Console.Out.WriteLine($"replaced  {file}");
            foreach (var file in repaired.PutAside)
                Console.Out.WriteLine($"aside     {file}");
            Console.Out.WriteLine(
                $"repaired  {repaired.Restored.Count:N0} objects restored, {repaired.Lost.Count:N0} lost");
        }

        problems.ForEach(Console.Out.WriteLine);
        Console.Out.WriteLine(problems.Count == 0 ? "clean" : $"{problems.Count} problems");
    }
}
