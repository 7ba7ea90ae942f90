namespace Millrace.Tables.Queries;

/// <summary>Brings files to this machine in a form that DuckDB reads. They stay as long as the process lives.</summary>
/// <param name="name">A URL, or the path of a file in a format that DuckDB does not read.</param>
/// <param name="cancellationToken">Ends it.</param>
/// <returns>At least one.</returns>
delegate Task<IReadOnlyList<SqlFile>> FetchFiles(string name, CancellationToken cancellationToken);
