using Millrace.Lineage;

namespace Millrace.Sources;

/// <summary>What an ingest did, with the counts that prove that nothing was lost: <see cref="Records"/> is
/// <see cref="Rows"/> and <see cref="Quarantined"/> together.</summary>
/// <param name="Table">The table.</param>
/// <param name="Version">The version that holds the rows; null when nothing was added.</param>
/// <param name="Columns">The table's columns.</param>
/// <param name="Files">Each input.</param>
/// <param name="Notices">Sentences for the person who watches.</param>
/// <param name="Duration">How long it took.</param>
public sealed record IngestReport(
    string Table,
    ThingVersion? Version,
    IReadOnlyList<IngestedColumn> Columns,
    IReadOnlyList<IngestedFile> Files,
    IReadOnlyList<string> Notices,
    TimeSpan Duration)
{
    public long Records => Files.Sum(file => file.Records);

    public long Rows => Files.Sum(file => file.Rows);

    public long Quarantined => Files.Sum(file => file.Quarantined);

    public long Bytes => Files.Sum(file => file.SizeBytes);
}

/// <summary>A column of an ingest.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="Type">Delta's type.</param>
/// <param name="Values">Values that are there in the rows that were added.</param>
public sealed record IngestedColumn(string Name, string Type, long Values);

/// <summary>An input of an ingest.</summary>
/// <param name="Name">Path, URL, or <c>-</c>.</param>
/// <param name="Hash">SHA-256 of its bytes as they came, as 64 hex digits.</param>
/// <param name="Format">As it was read.</param>
/// <param name="SizeBytes">Bytes as they came.</param>
/// <param name="IsKnown">Whether the table holds it already, so that nothing was added.</param>
/// <param name="Records">Records in it.</param>
/// <param name="Rows">Those that are rows of the table now.</param>
/// <param name="Quarantined">Those that are in the quarantine.</param>
public sealed record IngestedFile(
    string Name,
    string Hash,
    SourceFormat Format,
    long SizeBytes,
    bool IsKnown,
    long Records,
    long Rows,
    long Quarantined);
