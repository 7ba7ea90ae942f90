using System.Text;
using Millrace.Catalog;
using Millrace.Tables;
using Millrace.Tables.Places;

namespace Millrace;

partial class WorkspaceMove
{
    bool MovesTables => _target.Tables is not null || _target.IsTablesLocal;

    List<string> TableLines(TableSettings before)
    {
        var lines = new List<string> { "tables:" };
        if (_target.Tables is { } place)
        {
            lines.AddRange(WorkspaceRemotesFile.Lines(place)
                .Select(line => $"  {line.Key}: {WorkspaceSettingsEditor.Quote(line.Value)}"));
        }

        if (before.CacheSizeBytes != TableSettings.CacheSizeDefault)
            lines.Add($"  cache: {before.CacheSizeBytes}");
        return lines.Count > 1 ? lines : [];
    }

    async Task<WorkspaceMoveReport> MoveTablesAsync(
        Workspace workspace, WorkspaceSettings after, WorkspaceMoveReport report, CancellationToken cancellationToken)
    {
        if (!MovesTables)
            return report;
        var source = workspace.Tables.Place;
        using var target = TablePlace.Open(Workspace.TableFolder(_data, after), after.Tables, _time);
        var copy = new TableCopy(source, target, _target.Verifies);
        var tables = source.List();
        await Task.Run(
            () =>
            {
                for (var i = 0; i < tables.Count; i++)
                {
                    _progress?.Report($"Copying table {i + 1:N0} of {tables.Count:N0}, '{tables[i]}'.");
                    copy.Copy(tables[i], _time.GetUtcNow(), cancellationToken);
                }
            },
            cancellationToken).ConfigureAwait(false);
        // Whoever opens the workspace after the switch, or before it, finds which place the catalog shall name.
        DurableFile.Write(
            Workspace.TableMoveFile(_data),
            Encoding.UTF8.GetBytes($"{source.LocationOf("")}\n{target.LocationOf("")}\n"));
        return report with
        {
            TableCount = tables.Count,
            TableFileCount = copy.FileCount,
            TableBytes = copy.SizeBytes,
            VerifiedTableFileCount = copy.VerifiedCount,
            OldTables = workspace.Settings.Tables.Place?.Url ?? source.Folder,
        };
    }
}
