using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Features;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tables;

namespace Millrace;

/// <summary><c>erase</c>: takes rows and objects out of all versions, and leaves tombstones. It has the workspace alone
/// while it works.</summary>
/// <remarks>First everything new is written beside the old; then one transaction records the intent and the tombstones;
/// from there on it is carried through, by the next process that opens the workspace if this one dies. The argument is
/// in docs/decisions/0008-erasure.md.</remarks>
/// <param name="workspace">The workspace.</param>
public sealed partial class WorkspaceErasure(Workspace workspace)
{
    const string RunKind = "erase";
    const int SaltSize = 16;

    TableErasure Rows => new(workspace.Tables);

    OnlineErasure Online => new(workspace.Paths.Online);

    /// <summary>What an erasure would take away; nothing is changed.</summary>
    /// <exception cref="MillraceException"><c>erase-nothing</c>, <c>object-missing</c>, <c>object-shared</c>,
    /// <c>thing-unknown</c>, <c>key-missing</c>, <c>erase-condition</c>, <c>path-unknown</c>.</exception>
    public async Task<WorkspaceErasureReport> PlanAsync(
        WorkspaceErasureRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (await DecideAsync(request, cancellationToken).ConfigureAwait(false)).Report;
    }

    /// <summary>Erases.</summary>
    /// <exception cref="MillraceException">As for <see cref="PlanAsync"/>; <c>workspace-in-use</c>,
    /// <c>workspace-locked</c>, <c>publication-pending</c>; <c>store-busy</c>, <c>pack-damaged</c>,
    /// <c>object-damaged</c>, after which opening the workspace again goes on.</exception>
    public async Task<WorkspaceErasureReport> EraseAsync(
        WorkspaceErasureRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var held = await workspace.LockOthersOutAsync(cancellationToken).ConfigureAwait(false);
        if (await workspace.Tables.PendingAsync(cancellationToken).ConfigureAwait(false) > 0)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "publication-pending", "A publication of rows is not finished.",
                "Wait for the run, or see what 'millrace fsck' says of it; then erase again.");
        }

        var decision = await DecideAsync(request, cancellationToken).ConfigureAwait(false);
        if (decision.Report.IsEmpty)
            return decision.Report;
        var intent = await BeginAsync(request, decision, cancellationToken).ConfigureAwait(false);
        // Who came on another machine meanwhile sees the intent, or is seen here; the next one that is alone goes on.
        if (await workspace.HasOthersElsewhereAsync(cancellationToken).ConfigureAwait(false))
            throw await workspace.InUseAsync(cancellationToken).ConfigureAwait(false);
        // From here on it is carried through: stopping in between would only leave work for the next process.
        await CarryOutAsync(intent, mayLeaveObjects: false).ConfigureAwait(false);
        var remotes = decision.Report.Remotes;
        if (request.WithRemotes && decision.Report.Objects.Count > 0)
            remotes = await EraseRemotesAsync(decision.Report, cancellationToken).ConfigureAwait(false);
        return decision.Report with { ErasureId = intent.ErasureId, Remotes = remotes };
    }

    /// <summary>Carries through what processes that died began.</summary>
    internal async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (await PendingAsync(cancellationToken).ConfigureAwait(false) is [])
            return;
        // Whoever opens the workspace meanwhile finds the same intent or the lock, and does nothing before it is done.
        using var held = workspace.TakeLock();
        var intents = (await PendingAsync(cancellationToken).ConfigureAwait(false)).ConvertAll(
            payload => JsonSerializer.Deserialize(payload, WorkspaceJson.Default.WorkspaceErasureIntent)!);
        if (await workspace.HasOthersAsync(cancellationToken).ConfigureAwait(false))
        {
            // Packs and files of a table are rewritten only by who is alone; objects can wait.
            if (intents.TrueForAll(intent => intent.Table is null && intent.Segments.Count == 0))
                return;
            throw await workspace.InUseAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (var intent in intents)
        {
            await CarryOutAsync(intent, mayLeaveObjects: true).ConfigureAwait(false);
        }
    }

    Task<List<string>> PendingAsync(CancellationToken cancellationToken) => workspace.Catalog.ReadAsync(
        session => session.Query("select payload from erasure_intent order by created_at", row => row.Text(0)),
        cancellationToken);

    /// <summary>Writes what takes the place of what goes, then the intent with the tombstones.</summary>
    async Task<WorkspaceErasureIntent> BeginAsync(
        WorkspaceErasureRequest request, Decision decision, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7().ToString("N");
        var files = decision.Table is null
            ? (IReadOnlyList<RewrittenFile>)[]
            : await Rows.StageAsync(decision.Table.Name, decision.Choice!, decision.Found, id, cancellationToken)
                .ConfigureAwait(false);
        try
        {
            var versions = new List<(ThingVersion Version, WorkspaceErasedVersion Erased, TableSnapshot After)>();
            foreach (var version in decision.Versions)
            {
                var after = Without(workspace.Tables.OpenAt(version.Name, version.Number), files);
                versions.Add((version, new WorkspaceErasedVersion(
                    version.Id, after.RowCount, after.SizeBytes, after.Files.Count), after));
            }

            var segments = await StageSegmentsAsync(decision, id, cancellationToken).ConfigureAwait(false);
            var intent = new WorkspaceErasureIntent(
                id, decision.Table?.Name, files, [.. versions.Select(item => item.Erased)], segments,
                [.. decision.Report.Objects.Select(item => item.Hash.ToString())]);
            var payload = JsonSerializer.Serialize(intent, WorkspaceJson.Default.WorkspaceErasureIntent);
            await workspace.Catalog.WriteAsync(
                session =>
                {
                    Record(session, request, decision, intent, payload);
                    foreach (var (version, _, after) in versions)
                    {
                        TombstoneLog.Add(session, Tomb(
                            session, request, id, Tombstone.VersionKind, version.Label, version.Hash,
                            new JsonObject { ["identity"] = after.Identity().ToString() }));
                    }

                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
            return intent;
        }
        catch
        {
            if (decision.Table is { } table)
                Rows.Drop(table.Name, files);
            throw;
        }
    }

    static void Record(
        CatalogSession session, WorkspaceErasureRequest request, Decision decision, WorkspaceErasureIntent intent,
        string payload)
    {
        var id = intent.ErasureId;
        session.Execute(
            "insert into erasure_intent (erasure_id, payload, created_at) values (@id, @payload, @now)",
            ("id", id), ("payload", payload), ("now", session.Now));
        LineageLog.StartRun(session, new Run(
            id, RunKind, intent.Table ?? "objects", null, null, "erase/1",
            new JsonObject { ["reason"] = request.Reason, ["by"] = request.By }.ToJsonString(), RunOutcome.Running,
            null, CatalogTime.FromMicroseconds(session.Now), null));
        if (intent.Table is not null)
            TableErasure.ForgetFigures(session, intent.Table);
        foreach (var version in decision.Versions)
            LineageLog.AddEdge(session, new LineageEdge(id, version.Id, false, $"@{version.Label}"));
        foreach (var item in decision.Report.Objects)
        {
            TombstoneLog.Add(session, Tomb(
                session, request, id, Tombstone.ObjectKind, "", item.Hash.ToString(),
                new JsonObject { ["wasHere"] = item.IsHere }));
        }

        foreach (var key in decision.Found.SelectMany(rows => rows.Keys).Distinct(StringComparer.Ordinal))
        {
            var salt = RandomNumberGenerator.GetBytes(SaltSize);
            TombstoneLog.Add(session, Tomb(
                session, request, id, Tombstone.RowKind, intent.Table!, KeyDigest(salt, key),
                new JsonObject { ["salt"] = Convert.ToHexStringLower(salt) }));
        }
    }

    /// <summary>The digest by which a tombstone knows a key: whoever has the key can tell that it was erased.</summary>
    /// <param name="salt">As the tombstone has it.</param>
    /// <param name="key">The key as text; parts with tabs between.</param>
    public static string KeyDigest(byte[] salt, string key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(key)));

    static Tombstone Tomb(
        CatalogSession session, WorkspaceErasureRequest request, string id, string kind, string name, string hash,
        JsonObject detail) => new(
        id, kind, name, hash, detail.ToJsonString(), request.Reason, request.By,
        CatalogTime.FromMicroseconds(session.Now));

    static TableSnapshot Without(TableSnapshot snapshot, IReadOnlyList<RewrittenFile> files)
    {
        var byPath = files.ToDictionary(file => file.OldPath, StringComparer.Ordinal);
        return snapshot with
        {
            Files = [.. snapshot.Files
                .Select(file => byPath.TryGetValue(file.Path, out var rewritten) ? rewritten.New : file)
                .OfType<DataFile>()],
        };
    }

    async Task<IReadOnlyList<WorkspaceErasedSegments>> StageSegmentsAsync(
        Decision decision, string id, CancellationToken cancellationToken)
    {
        var staged = new List<WorkspaceErasedSegments>();
        foreach (var (view, hashes) in decision.Segments)
        {
            var online = await workspace.Lineage.RefAsync("feature", view, OnlineStore.OnlineRef, cancellationToken)
                .ConfigureAwait(false);
            if (online is null || !hashes.Contains(online.Hash))
            {
                staged.Add(new WorkspaceErasedSegments(view, hashes, null, null, 0));
                continue;
            }

            var (hash, count) = Online.Stage(view, online.Hash, decision.Keys, id);
            staged.Add(new WorkspaceErasedSegments(view, hashes, online.Id, hash, count));
        }

        return staged;
    }
}
