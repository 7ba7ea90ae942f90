namespace Millrace.Tables.Queries;

/// <summary>Brings the files that a URL means to this machine, where they stay as long as the process lives.</summary>
/// <param name="url">With a scheme.</param>
/// <param name="cancellationToken">Ends it.</param>
/// <returns>At least one: its URL, and where it is.</returns>
delegate Task<IReadOnlyList<(string Name, string Path)>> FetchFiles(string url, CancellationToken cancellationToken);
