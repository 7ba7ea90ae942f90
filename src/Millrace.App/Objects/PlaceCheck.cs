using System.Text.Json.Nodes;
using Millrace.Objects;

namespace Millrace.App.Objects;

/// <summary>The part of <c>millrace fsck</c> that asks where a store lives that lives elsewhere: what is here of it may
/// be whole when the only lasting copy is not.</summary>
/// <param name="Report">What was found there.</param>
/// <param name="Repaired">What was done about it; null when nothing was to be.</param>
sealed record PlaceCheck(RemoteReport Report, RemoteRepairReport? Repaired)
{
    /// <returns>Null when the store is only here.</returns>
    public static async Task<PlaceCheck?> RunAsync(
        Workspace workspace, bool repairs, IProgress<ObjectCheckProgress> progress,
        CancellationToken cancellationToken)
    {
        if (workspace.Objects.Place is not { } place)
            return null;
        if (!repairs)
        {
            return new PlaceCheck(
                await new RemoteCheck(place).CheckAsync(workspace.RootSources, progress, cancellationToken)
                    .ConfigureAwait(false),
                null);
        }

        var repaired = await new RemoteRepair(
            place, workspace.Objects, Path.Join(workspace.Paths.Temporary, "repair-place"),
            workspace.Settings.Objects.ReadKey(workspace.Folder))
            .RepairAsync(workspace.RootSources, progress, cancellationToken).ConfigureAwait(false);
        return new PlaceCheck(repaired.Before, repaired);
    }

    /// <summary>What is wrong there now.</summary>
    /// <param name="store">Lives there.</param>
    /// <param name="known">What is said to be missing already, or was erased.</param>
    public IEnumerable<string> Problems(ObjectStore store, IEnumerable<MissingObject> known)
    {
        var said = known.Select(item => item.Hash).ToHashSet();
        if (Repaired is not null)
        {
            return Repaired.Lost.Where(item => !said.Contains(item.Hash) && !store.Contains(item.Hash)).Select(item =>
                $"object {item.Hash} is lost; {CheckCommands.References(item.References)}");
        }

        return Report.DamagedFiles.Select(file => $"{file.Name} of the store's place {file.Fact}")
            .Concat(Report.Damaged.Select(item =>
                $"object {item.Hash} is damaged in the store's place ({item.Path} at {item.Offset}); "
                + CheckCommands.References(item.References)))
            .Concat(Report.Missing.Where(item => !said.Contains(item.Hash)).Select(item =>
                $"object {item.Hash} is not in the store's place, only here; 'millrace fsck --repair' sends it; "
                + CheckCommands.References(item.References)));
    }

    public JsonObject ToJson() => new()
    {
        ["packs"] = Report.PackCount,
        ["objects"] = Report.ObjectCount,
        ["bytes"] = Report.SizeBytes,
        ["damagedFiles"] = CheckCommands.Names(Report.DamagedFiles.Select(file => file.Name)),
        ["damaged"] = CheckCommands.Names(Report.Damaged.Select(item => item.Hash.ToString())),
        ["missing"] = CheckCommands.Names(Report.Missing.Select(item => item.Hash.ToString())),
        ["replaced"] = CheckCommands.Names(Repaired?.Replaced),
        ["putAside"] = CheckCommands.Names(Repaired?.PutAside),
        ["restored"] = CheckCommands.Names(Repaired?.Restored.Select(hash => hash.ToString())),
    };

    public void Print(string place)
    {
        Console.Out.WriteLine(
            $"place     {Report.ObjectCount:N0} objects in {Report.PackCount:N0} packs ({Report.SizeBytes / 1e6:N1} MB "
            + $"read) at {place}");
        if (Repaired is null)
            return;
        foreach (var file in Repaired.Replaced)
            Console.Out.WriteLine($"replaced  {file}");
        foreach (var file in Repaired.PutAside)
            Console.Out.WriteLine($"aside     {file}");
        Console.Out.WriteLine(
            $"sent      {Repaired.Restored.Count:N0} objects are there again, {Repaired.Lost.Count:N0} were not here");
    }
}
