namespace Millrace.Tables;

/// <summary>A query that has a name.</summary>
/// <param name="Name">Its name, which no table has.</param>
/// <param name="Query">Its text.</param>
/// <param name="Reads">The names that the text has: tables, versions of them, views, files.</param>
/// <param name="CreatedAt">When it was made or replaced.</param>
public sealed record TableView(string Name, string Query, IReadOnlyList<string> Reads, DateTimeOffset CreatedAt);
