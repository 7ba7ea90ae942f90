using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Features;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Versions.Remotes;

namespace Millrace;

partial class WorkspaceErasure
{
    /// <summary>Does what the intent says, each step of which may be done again.</summary>
    /// <param name="intent">What.</param>
    /// <param name="mayLeaveObjects">Whether objects that cannot be erased now wait for the next time: so a damaged
    /// pack does not close the workspace to the one who repairs it.</param>
    async Task CarryOutAsync(WorkspaceErasureIntent intent, bool mayLeaveObjects)
    {
        if (intent.Table is { } table)
            Rows.Apply(table, intent.Files);
        foreach (var segments in intent.Segments)
            Online.Delete(segments.View, segments.Deleted.Where(hash => hash != segments.NewHash));
        // What is done is not done again: by then others may be at work on the table.
        var rest = intent with { Table = null, Files = [], Versions = [], Segments = [] };
        var payload = JsonSerializer.Serialize(rest, WorkspaceJson.Default.WorkspaceErasureIntent);
        await workspace.Catalog.WriteAsync(session =>
        {
            Finish(session, intent);
            return session.Execute(
                "update erasure_intent set payload = @payload where erasure_id = @id",
                ("payload", payload), ("id", intent.ErasureId));
        }).ConfigureAwait(false);
        List<ContentHash> hashes = [.. intent.Objects.Select(ContentHash.Parse)];
        try
        {
            await EraseObjectsAsync(hashes).ConfigureAwait(false);
        }
        catch (MillraceException) when (mayLeaveObjects)
        {
            return;
        }

        await workspace.Catalog.WriteAsync(session => session.Execute(
            "delete from erasure_intent where erasure_id = @id", ("id", intent.ErasureId))).ConfigureAwait(false);
    }

    /// <summary>What the catalog says of the versions then.</summary>
    static int Finish(CatalogSession session, WorkspaceErasureIntent intent)
    {
        foreach (var erased in intent.Versions)
        {
            var summary = JsonNode.Parse(session.First(
                "select summary from version where version_id = @id", row => row.Text(0), ("id", erased.Id)) ?? "{}")!
                .AsObject();
            // Bounds and common values may be those of the rows that go.
            summary.Remove("columns");
            summary["rows"] = erased.RowCount;
            summary["bytes"] = erased.SizeBytes;
            summary["files"] = erased.FileCount;
            summary["erasure"] = intent.ErasureId;
            session.Execute(
                "update version set summary = @summary where version_id = @id",
                ("summary", summary.ToJsonString()), ("id", erased.Id));
        }

        foreach (var segments in intent.Segments)
        {
            if (segments is not { OnlineId: { } old, NewHash: { } hash })
                continue;
            LineageLog.AddEdge(session, new LineageEdge(intent.ErasureId, old, false, segments.View));
            var summary = JsonNode.Parse(session.First(
                "select summary from version where version_id = @id", row => row.Text(0), ("id", old)) ?? "{}")!
                .AsObject();
            summary["entities"] = segments.EntityCount;
            summary["erasure"] = intent.ErasureId;
            var version = LineageLog.AddVersion(
                session, "feature", segments.View, null, hash, intent.ErasureId, summary.ToJsonString());
            LineageLog.AddEdge(session, new LineageEdge(intent.ErasureId, version.Id, true, segments.View));
            if (LineageLog.RefTarget(session, "feature", segments.View, OnlineStore.OnlineRef) == old)
                LineageLog.MoveRef(session, "feature", segments.View, OnlineStore.OnlineRef, old, version.Id);
        }

        foreach (var hash in intent.Objects)
            session.Execute("delete from object_digest where hash = @hash", ("hash", hash));
        LineageLog.EndRun(session, intent.ErasureId, RunOutcome.Succeeded, null);
        return 0;
    }

    async Task EraseObjectsAsync(List<ContentHash> hashes)
    {
        if (hashes.Count == 0)
            return;
        var cache = Path.Combine(workspace.Folder, ".millrace", "cache", "files");
        foreach (var name in hashes.Select(hash => hash.ToString()))
        {
            var file = Path.Combine(cache, name[..2], name[2..]);
            if (!File.Exists(file))
                continue;
            File.Delete(file);
            File.Delete(file + ".proof");
        }

        // The other place first: what is here only answers for it.
        if (workspace.Objects.Packs.Tier is { } tier)
            await EraseRemoteAsync(tier.Remote, hashes, "objects", CancellationToken.None).ConfigureAwait(false);
        await Task.Run(() => new ObjectErasure(workspace.Objects).Erase(hashes, CancellationToken.None))
            .ConfigureAwait(false);
    }

    async Task<int> EraseRemoteAsync(
        ObjectRemote remote, IReadOnlyCollection<ContentHash> hashes, string name, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(workspace.Paths.Temporary, $"erase-{name}-{Guid.NewGuid():N}");
        using var scratch = new ObjectStore(folder, workspace.Settings.Objects.ReadKey(workspace.Folder));
        return await remote.EraseAsync(hashes, scratch, cancellationToken).ConfigureAwait(false);
    }

    async Task<IReadOnlyList<string>> EraseRemotesAsync(
        WorkspaceErasureReport report, CancellationToken cancellationToken)
    {
        List<ContentHash> hashes = [.. report.Objects.Select(item => item.Hash)];
        var answers = new List<string>();
        foreach (var name in workspace.Settings.Remotes.ByName.Keys)
        {
            try
            {
                using var remote = workspace.OpenRemote(name);
                // First: a clone then knows why it is not there.
                await new VersionSync(workspace.Versions, name, remote).SendErasuresAsync(cancellationToken)
                    .ConfigureAwait(false);
                var packs = await EraseRemoteAsync(remote, hashes, name, cancellationToken).ConfigureAwait(false);
                answers.Add(packs == 0
                    ? $"'{name}' ({remote.Description}) had none of them."
                    : $"'{name}' ({remote.Description}): erased, {packs} packs replaced.");
            }
            catch (MillraceException exception)
            {
                answers.Add($"'{name}' still has them: {exception.Message} {exception.Hint}");
            }
        }

        return answers;
    }
}
