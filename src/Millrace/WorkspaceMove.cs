using System.Security.Cryptography;
using System.Text;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace;

/// <summary><c>move</c>: takes a workspace to another catalog or another place of objects or tables, and back. The one
/// step that switches is the replacement of <c>millrace.yaml</c>; before it the old places are as they were, after it
/// they are kept.</summary>
/// <remarks>It has the workspace alone. Run again after a crash it goes on: packs that are there are not sent again,
/// and the catalog, which is copied in one transaction, is copied anew. The mark by which it knows its own copy stands
/// until the switch is done; one that a crash leaves goes when the workspace is opened.</remarks>
public sealed partial class WorkspaceMove
{
    const int ReadsMax = 8;
    const string SettingsName = "millrace.yaml";
    const string CatalogName = "catalog.db";

    readonly string _folder;
    readonly string _data;
    readonly WorkspaceMoveTarget _target;
    readonly IProgress<string>? _progress;
    readonly TimeProvider _time;

    /// <param name="folder">The workspace.</param>
    /// <param name="target">Where to.</param>
    /// <param name="progress">Told in sentences how far it is; null is nobody.</param>
    /// <param name="time">The clock; the system's when null.</param>
    public WorkspaceMove(
        string folder, WorkspaceMoveTarget target, IProgress<string>? progress = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        _folder = Path.GetFullPath(folder);
        _data = Path.Combine(_folder, ".millrace");
        _target = target;
        _progress = progress;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Moves.</summary>
    /// <exception cref="MillraceException"><c>move-nothing</c>, <c>workspace-in-use</c>, <c>workspace-locked</c>,
    /// <c>publication-pending</c>, <c>settings-invalid</c>, <c>tables-not-empty</c>, <c>catalog-not-empty</c>,
    /// <c>catalog-unavailable</c>, <c>move-differs</c>, and as for <see cref="ObjectRemote.PushAsync(ObjectStore,
    /// IReadOnlyCollection{ContentHash}, IProgress{TransferReport}?, CancellationToken)"/>.</exception>
    public async Task<WorkspaceMoveReport> RunAsync(CancellationToken cancellationToken = default)
    {
        WorkspaceMoveReport report;
        WorkspaceSettings before;
        var workspace = await Workspace.OpenAsync(_folder, _time, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        await using (workspace.ConfigureAwait(false))
        {
            using var held = await workspace.LockOthersOutAsync(cancellationToken).ConfigureAwait(false);
            before = workspace.Settings;
            await RefusePendingAsync(workspace, cancellationToken).ConfigureAwait(false);
            // Written and read back before anything is copied: what is wrong with it shows here.
            var (after, text) = Settings(before);
            report = await MoveObjectsAsync(workspace, after, cancellationToken).ConfigureAwait(false);
            report = await MoveTablesAsync(workspace, after, report, cancellationToken).ConfigureAwait(false);
            report = await MoveCatalogAsync(workspace, after, report, cancellationToken).ConfigureAwait(false);
            _progress?.Report("Switching millrace.yaml.");
            DurableFile.Write(Path.Combine(_folder, SettingsName), Encoding.UTF8.GetBytes(text));
            if (_target.Catalog is not null && after.CatalogKind != "sqlite")
                await EndAsync(after).ConfigureAwait(false);
        }

        if (_target.Catalog is not null && before.CatalogKind == "sqlite")
            report = report with { OldCatalog = SetAside() };
        if (MovesTables)
        {
            // Opening it lets the catalog name the new place.
            var moved = await Workspace.OpenAsync(_folder, _time, cancellationToken: CancellationToken.None)
                .ConfigureAwait(false);
            await moved.DisposeAsync().ConfigureAwait(false);
        }

        return report;
    }

    /// <summary>The name of the move out of a catalog: the same each time it is begun.</summary>
    internal static string IdOf(string folder, ICatalog catalog) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{ProcessFolder.Host}\n{folder}\n{catalog.Description}")));

    static async Task RefusePendingAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (await workspace.Tables.PendingAsync(cancellationToken).ConfigureAwait(false) > 0)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "publication-pending", "A publication of rows is not finished.",
                "Wait for the run, or see what 'millrace fsck' says of it; then move again.");
        }
    }

    (WorkspaceSettings After, string Text) Settings(WorkspaceSettings before)
    {
        var file = Path.Combine(_folder, SettingsName);
        var editor = WorkspaceSettingsEditor.Open(file);
        if (_target.Catalog is { } catalog)
            editor.ReplaceSection("catalog", CatalogLines(catalog));
        if (_target.Objects is not null || _target.IsObjectsLocal)
            editor.ReplaceSection("objects", ObjectLines(before.Objects));
        if (MovesTables)
            editor.ReplaceSection("tables", TableLines(before.Tables));
        var text = editor.Text;
        var after = editor.Prove();
        var isSameCatalog = after.CatalogKind == before.CatalogKind
            && after.CatalogConnection == before.CatalogConnection && after.CatalogSchema == before.CatalogSchema;
        if ((_target.Catalog is not null && isSameCatalog)
            || (_target.Objects is not null && _target.Objects == before.Objects.Place)
            || (_target.IsObjectsLocal && before.Objects.Place is null)
            || (_target.Tables is not null && _target.Tables == before.Tables.Place)
            || (_target.IsTablesLocal && before.Tables.Place is null)
            || (_target.Catalog is null && _target.Objects is null && !_target.IsObjectsLocal && !MovesTables))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "move-nothing", "The workspace is where it shall be moved to.",
                "Name another place with '--catalog', '--objects' or '--tables'.");
        }

        return (after, text);
    }

    List<string> CatalogLines(string catalog)
    {
        if (catalog == WorkspaceMoveTarget.Sqlite)
            return ["catalog:", "  kind: sqlite"];
        List<string> lines =
        [
            "catalog:", "  kind: postgres", $"  connection: {WorkspaceSettingsEditor.Quote(catalog)}",
            $"  schema: {WorkspaceSettingsEditor.Quote(_target.Schema)}",
        ];
        if (_target.PasswordVariable is { } variable)
            lines.Add($"  password-env: {WorkspaceSettingsEditor.Quote(variable)}");
        return lines;
    }

    List<string> ObjectLines(ObjectSettings before)
    {
        var lines = new List<string> { "objects:" };
        if (_target.Objects is { } place)
        {
            lines.AddRange(WorkspaceRemotesFile.Lines(place)
                .Select(line => $"  {line.Key}: {WorkspaceSettingsEditor.Quote(line.Value)}"));
        }

        if (before.CacheSizeBytes != ObjectSettings.CacheSizeDefault)
            lines.Add($"  cache: {before.CacheSizeBytes}");
        if (before.KeyFile is not null || before.KeyVariable is not null)
            lines.Add("  encryption:");
        if (before.KeyFile is { } file)
            lines.Add($"    key-file: {WorkspaceSettingsEditor.Quote(file)}");
        if (before.KeyVariable is { } variable)
            lines.Add($"    key-env: {WorkspaceSettingsEditor.Quote(variable)}");
        return lines.Count > 1 ? lines : [];
    }

    async Task<WorkspaceMoveReport> MoveObjectsAsync(
        Workspace workspace, WorkspaceSettings after, CancellationToken cancellationToken)
    {
        if (_target.Objects is null && !_target.IsObjectsLocal)
            return new WorkspaceMoveReport();
        List<ContentHash> hashes = [.. workspace.Objects.List()];
        var report = new WorkspaceMoveReport
        {
            ObjectCount = hashes.Count,
            OldObjects = workspace.Settings.Objects.Place?.Url ?? workspace.Objects.Folder,
        };
        // Packs of the folder alone: what lives elsewhere is fetched into them first.
        using var local = new ObjectStore(
            workspace.Objects.Folder, workspace.Settings.Objects.ReadKey(workspace.Folder));
        local.IsErased = workspace.Objects.IsErased;
        if (workspace.Objects.Packs.Tier is { } tier)
        {
            var fetched = await tier.Remote.FetchAsync(
                local, hashes, Reporter("fetched"), cancellationToken).ConfigureAwait(false);
            report = report with { SentCount = fetched.SentCount, SizeBytes = fetched.SizeBytes };
        }

        if (after.Objects.Place is not { } place)
        {
            await VerifyAsync(
                hashes, (hash, stream, cancel) => local.OpenRead(hash).CopyToAsync(stream, cancel), cancellationToken)
                .ConfigureAwait(false);
            return report with { VerifiedCount = _target.Verifies ? hashes.Count : 0 };
        }

        using var remote = ObjectRemote.Open(
            place, _folder, Path.Combine(_data, "remotes", ".objects"), after.Objects.ReadKey(_folder));
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        await remote.EnsureKeptAsync(cancellationToken).ConfigureAwait(false);
        _progress?.Report($"Sending what {remote.Description} lacks of {hashes.Count:N0} objects.");
        var sent = await remote.PushAsync(local, hashes, Reporter("sent"), cancellationToken).ConfigureAwait(false);
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var there = await remote.FindAsync(hashes, cancellationToken).ConfigureAwait(false);
        if (there.Count != hashes.Count)
            throw Differs($"{hashes.Count - there.Count} objects did not arrive at {remote.Description}.");
        await VerifyAsync(hashes, remote.CopyToAsync, cancellationToken).ConfigureAwait(false);
        return report with
        {
            SentCount = sent.SentCount,
            SizeBytes = sent.SizeBytes,
            VerifiedCount = _target.Verifies ? hashes.Count : 0,
        };
    }

    /// <summary>Reads every object from where it is now and compares it with its hash.</summary>
    async Task VerifyAsync(
        List<ContentHash> hashes, Func<ContentHash, Stream, CancellationToken, Task> read,
        CancellationToken cancellationToken)
    {
        if (!_target.Verifies)
            return;
        var count = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = ReadsMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(hashes, options, async (hash, cancel) =>
        {
            using var sha = SHA256.Create();
            var stream = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write);
            await using (stream.ConfigureAwait(false))
                await read(hash, stream, cancel).ConfigureAwait(false);
            if (new ContentHash(sha.Hash!) != hash)
                throw Differs($"Object {hash} came back with other bytes.");
            if (Interlocked.Increment(ref count) % 1000 == 0)
                _progress?.Report($"{count:N0} of {hashes.Count:N0} objects compared.");
        }).ConfigureAwait(false);
    }

    async Task<WorkspaceMoveReport> MoveCatalogAsync(
        Workspace workspace, WorkspaceSettings after, WorkspaceMoveReport report, CancellationToken cancellationToken)
    {
        if (_target.Catalog is null)
            return report;
        var isEmbedded = after.CatalogKind == "sqlite";
        var aside = Path.Combine(_data, "moving");
        if (isEmbedded)
        {
            if (Directory.Exists(aside))
                Directory.Delete(aside, recursive: true);
            DurableFile.CreateFolder(aside);
        }

        var catalog = Workspace.OpenCatalog(after, isEmbedded ? aside : _data, _time);
        await using (catalog.ConfigureAwait(false))
        {
            var moveId = IdOf(_folder, workspace.Catalog);
            _progress?.Report($"Copying the catalog to {catalog.Description}.");
            await new CatalogCopy(workspace.Catalog, catalog).CopyAsync(moveId, _progress, cancellationToken)
                .ConfigureAwait(false);
            var old = await CatalogCopy.DigestsAsync(workspace.Catalog, cancellationToken).ConfigureAwait(false);
            var copied = await CatalogCopy.DigestsAsync(catalog, cancellationToken).ConfigureAwait(false);
            foreach (var (left, right) in old.Zip(copied))
            {
                if (left != right)
                {
                    throw Differs(
                        $"Table '{left.Table}' has {left.RowCount:N0} rows and {right.RowCount:N0} after it was "
                        + "copied, or other ones.");
                }
            }

            // A server's catalog keeps the mark: until the switch a next run must know that this copy is its own.
            if (isEmbedded)
                await CatalogCopy.EndAsync(catalog).ConfigureAwait(false);
            report = report with { Tables = old, OldCatalog = workspace.Catalog.Description };
        }

        if (isEmbedded)
            Place(aside);
        return report;
    }

    async Task EndAsync(WorkspaceSettings after)
    {
        var catalog = Workspace.OpenCatalog(after, _data, _time);
        await using (catalog.ConfigureAwait(false))
            await CatalogCopy.EndAsync(catalog).ConfigureAwait(false);
    }

    /// <summary>Puts the new embedded catalog into its place; until the switch nobody reads it.</summary>
    void Place(string aside)
    {
        SetAside();
        var path = Path.Combine(aside, CatalogName);
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
            DurableFile.Sync(file, path);
        DurableFile.Publish(path, Path.Combine(_data, CatalogName));
        Directory.Delete(aside, recursive: true);
    }

    /// <summary>Gives the embedded catalog that is not in use another name.</summary>
    /// <returns>The name; null when there is none.</returns>
    string? SetAside()
    {
        var path = Path.Combine(_data, CatalogName);
        if (!File.Exists(path))
            return null;
        var kept = $"{path}.moved-{_time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
        for (var i = 2; File.Exists(kept); i++)
            kept = $"{path}.moved-{_time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}-{i}";
        foreach (var suffix in (string[])["-wal", "-shm"])
        {
            if (File.Exists(path + suffix))
                DurableFile.Publish(path + suffix, kept + suffix);
        }

        DurableFile.Publish(path, kept);
        return kept;
    }

    Progress? Reporter(string word) => _progress is null ? null : new Progress(_progress, word);

    static MillraceException Differs(string message) => new(
        ErrorKind.Corrupt, "move-differs", message,
        "Nothing was switched: the workspace is as it was. Run 'millrace fsck', then the same command again.");

    sealed class Progress(IProgress<string> to, string word) : IProgress<TransferReport>
    {
        public void Report(TransferReport value) =>
            to.Report($"{value.SentCount:N0} objects {word}, {value.SizeBytes / 1e6:N1} MB.");
    }
}
