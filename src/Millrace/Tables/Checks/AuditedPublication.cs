namespace Millrace.Tables.Checks;

/// <summary>A publication whose checks hold.</summary>
/// <param name="Publication">With the results of its checks.</param>
/// <param name="Versions">The versions of its tables that were looked at; -1 for none. Only of those with checks.
/// </param>
sealed record AuditedPublication(Publication Publication, IReadOnlyDictionary<string, long> Versions)
{
    /// <summary>Whether somebody wrote to the table after it was looked at.</summary>
    public bool IsStale(string table, TableSnapshot? before) =>
        Versions.TryGetValue(table, out var version) && version != (before?.Version ?? -1);
}
