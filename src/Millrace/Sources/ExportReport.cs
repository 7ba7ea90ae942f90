using Millrace.Lineage;

namespace Millrace.Sources;

/// <summary>What an export wrote.</summary>
/// <param name="Version">The version of the table.</param>
/// <param name="Target">Where it is.</param>
/// <param name="Format">As it was written.</param>
/// <param name="Rows">Rows of the table, each of which was written.</param>
/// <param name="SizeBytes">Bytes that were written.</param>
/// <param name="Hash">SHA-256 of them, as 64 hex digits; empty for a database, which keeps no such bytes.</param>
/// <param name="Duration">How long it took.</param>
public sealed record ExportReport(
    ThingVersion Version,
    string Target,
    SourceFormat Format,
    long Rows,
    long SizeBytes,
    string Hash,
    TimeSpan Duration);
