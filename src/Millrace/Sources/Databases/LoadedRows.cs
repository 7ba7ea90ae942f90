using Millrace.Sources.Loading;

namespace Millrace.Sources.Databases;

/// <summary>Rows of a database that were written.</summary>
/// <param name="Plan">Their columns.</param>
/// <param name="BytesColumns">Those of them that hold the URLs of bytes.</param>
/// <param name="Rows">Files and counts.</param>
/// <param name="Hash">SHA-256 of everything that came.</param>
sealed record LoadedRows(
    IngestPlan Plan, IReadOnlySet<string> BytesColumns, RowsResult Rows, string Hash);
