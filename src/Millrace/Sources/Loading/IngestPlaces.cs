using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>The rooms and folders of a workspace that an ingest needs.</summary>
sealed record IngestPlaces(
    TableStore Tables,
    TaskLedger Ledger,
    ObjectStore Objects,
    string Folder,
    string TemporaryFolder,
    TimeProvider Time);
