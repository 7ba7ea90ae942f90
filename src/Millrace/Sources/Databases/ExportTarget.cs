using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>A table of a database that rows go to.</summary>
/// <param name="Database">Where it is.</param>
/// <param name="Table">Its name, for PostgreSQL with a schema or without.</param>
sealed record ExportTarget(SourceDatabase Database, string Table)
{
    /// <summary>Reads <c>sqlite:FILE#table</c>, <c>postgres://host/database/table</c> or the same with <c>#table</c>;
    /// without a table it is the exported one's name.</summary>
    public static ExportTarget Parse(string text, string usualTable)
    {
        var mark = text.LastIndexOf('#');
        if (mark >= 0)
        {
            return new ExportTarget(
                SourceDatabase.Parse(text[..mark]), Uri.UnescapeDataString(text[(mark + 1)..]) is { Length: > 0 } name
                    ? name : usualTable);
        }

        if (!PostgresUrl.Is(text))
        {
            return new ExportTarget(SourceDatabase.Parse(text), usualTable);
        }

        var question = text.IndexOf('?', StringComparison.Ordinal);
        var (address, query) = question < 0 ? (text, "") : (text[..question], text[question..]);
        var path = address.Split('/');
        // scheme, nothing, host, database, table.
        return path.Length <= 4 || path[^1].Length == 0
            ? new ExportTarget(SourceDatabase.Parse(text), usualTable)
            : new ExportTarget(
                SourceDatabase.Parse(string.Join('/', path[..^1]) + query), Uri.UnescapeDataString(path[^1]));
    }

    /// <summary>What it is called in messages; no user and no password.</summary>
    public string Label => $"{Database.Identity}#{Table}";

    public string SqliteName => SqlName.Quote(Table);
}
