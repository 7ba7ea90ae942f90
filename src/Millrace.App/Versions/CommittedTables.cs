using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.App.Versions;

/// <summary>Says that a commit names versions of tables, and that remotes do not carry their data.</summary>
static class CommittedTables
{
    const int ListedMax = 5;

    public static void Announce(VersionStore versions, SyncReport report)
    {
        var tables = report.Refs.Where(item => item.Before != item.After)
            .Select(item => versions.TryReadCommit(item.After)).OfType<Commit>()
            .SelectMany(commit => versions.List(commit.Tree))
            .Where(entry => entry.Kind == TreeEntryKind.Table).Select(entry => entry.Name)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (tables.Count == 0)
            return;
        Console.Error.WriteLine(
            $"note: commits name versions of tables ({string.Join(", ", tables.Take(ListedMax))}"
            + $"{(tables.Count > ListedMax ? " and more" : "")}); their data does not travel with them.");
    }
}
