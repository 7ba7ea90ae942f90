using System.Text.Json;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>The tables of a result that a task has already: a table that another result or a hand changed since is
/// brought back, for whoever reads it by its name reads its newest version.</summary>
/// <remarks>Only what was written whole is: behind a version that others have appended to is more than the task's own.
/// </remarks>
sealed class ResultTables(TableStore tables)
{
    /// <summary>Brings the tables back.</summary>
    /// <param name="outputs">The versions that the task made.</param>
    /// <param name="isPlan">Whether it is only said what would be done.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was done, for people; null when a version can't be read any more, so that there is no
    /// result.</returns>
    public async Task<IReadOnlyList<string>?> BringBackAsync(
        IReadOnlyList<ThingVersion> outputs, bool isPlan, CancellationToken cancellationToken)
    {
        var notices = new List<string>();
        foreach (var output in outputs.Where(output => output.Kind == "table"))
        {
            try
            {
                var wanted = tables.OpenAt(output.Name, output.Number);
                TableEditor.CheckThere(wanted);
                var newest = (await tables.Lineage.VersionsAsync("table", output.Name, cancellationToken)
                    .ConfigureAwait(false))[0];
                if (newest.Hash == output.Hash || !IsWhole(wanted))
                {
                    continue;
                }

                notices.Add(isPlan
                    ? $"table '{output.Name}' is at v{newest.Number}; its rows of v{output.Number} would be the newest"
                    : $"table '{output.Name}' was at v{newest.Number}; its rows of v{output.Number} are the newest "
                        + "again");
                if (!isPlan)
                {
                    await tables.Editor.RestoreAsync(output.Name, output.Number, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
            catch (MillraceException exception) when (exception.Code is "version-vacuumed" or "version-unknown"
                or "table-missing" or "table-dropped" or "table-log-damaged")
            {
                return null;
            }
        }

        return notices;
    }

    static bool IsWhole(TableSnapshot snapshot)
    {
        if (snapshot.Note is not { Operation: "WRITE", Parameters: { } parameters })
        {
            return false;
        }

        using var document = JsonDocument.Parse(parameters);
        return document.RootElement.TryGetProperty("mode", out var mode) && mode.ValueEquals("Overwrite");
    }
}
