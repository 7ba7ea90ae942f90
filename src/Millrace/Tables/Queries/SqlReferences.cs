namespace Millrace.Tables.Queries;

/// <summary>What the text of a query names.</summary>
/// <param name="Tables">Each relation once, in the order of DuckDB's tree; names of the query's own are not among them.
/// </param>
/// <param name="Functions">Names of functions, in lower case.</param>
/// <param name="ParquetFiles">Paths and patterns of paths that functions of Parquet are called with.</param>
sealed record SqlReferences(
    IReadOnlyList<SqlRelation> Tables, IReadOnlySet<string> Functions, IReadOnlySet<string> ParquetFiles);

/// <summary>A relation that a query reads from.</summary>
/// <param name="Schema">Empty when none is named.</param>
/// <param name="Name">A table, a version of one, a view, a file or a URL.</param>
readonly record struct SqlRelation(string Schema, string Name);
