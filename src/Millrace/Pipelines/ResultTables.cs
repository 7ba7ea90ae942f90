using System.Text.Json;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>The tables of a result that a task has already: whether they can be read still, and whether another result
/// or a hand has changed them since.</summary>
/// <remarks>They are left as they are: an old night that is run again must not take the place of a later one.</remarks>
sealed class ResultTables(TableStore tables)
{
    /// <summary>Looks at the tables.</summary>
    /// <param name="outputs">The versions that the task made.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What is other than the result, for people; null when a version can't be read any more, so that there is
    /// no result.</returns>
    public async Task<IReadOnlyList<string>?> LookAsync(
        IReadOnlyList<ThingVersion> outputs, CancellationToken cancellationToken)
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
                if (newest.Hash != output.Hash && IsWhole(wanted))
                {
                    notices.Add(
                        $"the result is {output.Label}, and the table is at v{newest.Number} now; 'millrace table "
                        + $"restore {output.Name}@v{output.Number}' brings it back");
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

    /// <summary>Behind a version that others have appended to is more than the task's own.</summary>
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
