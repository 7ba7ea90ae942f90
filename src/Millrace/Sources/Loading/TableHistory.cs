using System.Text.Json;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>What earlier ingests wrote down in the summaries of a table's versions.</summary>
/// <param name="Inputs">The versions that took an input, by its hash.</param>
/// <param name="Sources">The versions that took rows of a database, by its name.</param>
/// <param name="Marks">How far rows of a database were taken, by its name.</param>
/// <param name="JsonColumns">Columns that hold values of JSON as their texts.</param>
/// <param name="BytesColumns">Columns that hold the URLs of a database's bytes.</param>
sealed record TableHistory(
    IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Sources,
    IReadOnlyDictionary<string, CursorMark> Marks,
    IReadOnlySet<string> JsonColumns,
    IReadOnlySet<string> BytesColumns)
{
    /// <summary>Operations that arrange rows anew, or are followed by other means.</summary>
    static readonly string[] Harmless = ["OPTIMIZE", TableChange.Restored, TableChange.Cloned];

    /// <summary>So many clones of clones are followed.</summary>
    const int MaxClones = 16;

    public static TableHistory None { get; } = Of([]);

    /// <summary>For inputs whose rows may have been deleted or changed: the version that did it, by their hash.
    /// </summary>
    public IReadOnlyDictionary<string, string> ChangedBy { get; init; } = new Dictionary<string, string>();

    /// <summary>What is known of a table that may be there.</summary>
    public static async Task<TableHistory> ReadAsync(
        TableStore tables, string table, CancellationToken cancellationToken)
    {
        var versions = (await tables.Lineage.VersionsAsync("table", table, cancellationToken).ConfigureAwait(false))
            .ToList();
        for (var depth = 0; depth < MaxClones && CloneOf(versions) is { } origin; depth++)
        {
            var older = await tables.Lineage.VersionsAsync("table", origin.Name, cancellationToken)
                .ConfigureAwait(false);
            versions.AddRange(older.Where(version => version.Number <= origin.Number));
        }

        // Inputs that gave no row at all are known by the quarantine alone.
        var bad = await tables.Lineage.VersionsAsync("table", $"{table}$quarantine", cancellationToken)
            .ConfigureAwait(false);
        return Of(versions.Concat(bad).OrderByDescending(version => version.Id));
    }

    /// <summary>The version of another table whose rows the oldest version is.</summary>
    static (string Name, long Number)? CloneOf(List<ThingVersion> versions)
    {
        if (versions.Count == 0)
        {
            return null;
        }

        using var summary = JsonDocument.Parse(versions.MinBy(version => version.Id)!.Summary);
        return summary.RootElement.TryGetProperty("clonedFrom", out var name)
            && summary.RootElement.TryGetProperty("clonedVersion", out var number)
            ? (name.GetString()!, number.GetInt64()) : null;
    }

    /// <param name="versions">Newest first.</param>
    public static TableHistory Of(IEnumerable<ThingVersion> versions)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var marks = new Dictionary<string, CursorMark>(StringComparer.Ordinal);
        var json = new HashSet<string>(StringComparer.Ordinal);
        var bytes = new HashSet<string>(StringComparer.Ordinal);
        var changedBy = new Dictionary<string, string>(StringComparer.Ordinal);
        var later = new LaterVersion();
        long? restored = null;
        foreach (var version in versions)
        {
            using var summary = JsonDocument.Parse(version.Summary);
            var isTable = !version.Name.EndsWith("$quarantine", StringComparison.Ordinal);
            if (restored is { } last && !(isTable && version.Number <= last))
            {
                // A restore took it back.
                continue;
            }

            restored = isTable && summary.RootElement.TryGetProperty("restored", out var number)
                ? number.GetInt64() : null;
            if (summary.RootElement.TryGetProperty("operation", out var operation)
                && TableStore.TakesAll(operation.GetString()))
            {
                break;
            }

            if (isTable)
            {
                later = later.Before(version, summary.RootElement);
            }

            if (!summary.RootElement.TryGetProperty("ingest", out var ingest))
            {
                continue;
            }

            foreach (var file in ingest.GetProperty("files").EnumerateArray())
            {
                // What a table that was emptied held, it does not hold any more.
                var hash = file.GetProperty("hash").GetString()!;
                if (!later.IsAnew && inputs.TryAdd(hash, version.Label) && later.ChangedBy is { } change)
                {
                    changedBy.Add(hash, change);
                }

                // What gave rows and quarantined ones is told by its table.
                if (!later.IsAnew && isTable && inputs[hash].Contains("$quarantine@", StringComparison.Ordinal))
                {
                    inputs[hash] = version.Label;
                }

                sources.TryAdd(file.GetProperty("name").GetString()!, version.Label);
                if (CursorMark.Of(file) is { } mark)
                {
                    marks.TryAdd(file.GetProperty("name").GetString()!, mark);
                }
            }

            json.UnionWith(Texts(ingest, "json"));
            bytes.UnionWith(Texts(ingest, "bytesColumns"));

            // What an ingest replaced is not in the table any more.
            if (ingest.GetProperty("mode").GetString() == "overwrite")
            {
                break;
            }
        }

        return new TableHistory(inputs, sources, marks, json, bytes) { ChangedBy = changedBy };
    }

    static IEnumerable<string> Texts(JsonElement parent, string name) => parent.TryGetProperty(name, out var list)
        ? list.EnumerateArray().Select(text => text.GetString()!) : [];

    /// <summary>What is known of the versions that came after the one that is looked at.</summary>
    /// <param name="IsAnew">Whether one of them left no row that was there before.</param>
    /// <param name="ChangedBy">The newest one that took rows or changed them.</param>
    /// <param name="Rows">Rows that the next one would have at least, had it taken none; null when nobody knows.
    /// </param>
    /// <param name="Label">The next one.</param>
    readonly record struct LaterVersion(bool IsAnew, string? ChangedBy, long? Rows, string? Label)
    {
        /// <summary>The same for the version before that.</summary>
        public LaterVersion Before(ThingVersion version, JsonElement summary)
        {
            var operation = summary.TryGetProperty("operation", out var word) ? word.GetString() : null;
            var rows = Number(summary, "rows");
            var written = Number(summary, "rowsWritten");
            // Rows before and rows written are more than rows after: some were taken, or changed.
            var change = Rows is { } left && rows > left ? Label : null;
            var isIngest = summary.TryGetProperty("ingest", out var ingest);
            var isAnew = !isIngest && rows is not null
                && (rows == 0 || (operation is null or "WRITE" && rows == written));
            var isAppend = isIngest && ingest.GetProperty("mode").ValueEquals("append");
            return new LaterVersion(
                IsAnew || isAnew, ChangedBy ?? change,
                isAppend || Harmless.Contains(operation) ? null : rows - written, version.Label);
        }

        static long? Number(JsonElement summary, string name) =>
            summary.TryGetProperty(name, out var number) ? number.GetInt64() : null;
    }
}
