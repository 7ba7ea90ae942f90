using System.Text.Json.Nodes;
using Millrace.Lineage;
using Millrace.Sources.Loading;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>How far the ingest of one source of a database is.</summary>
/// <param name="source">What is taken, and to where.</param>
/// <param name="entry">The table as it was; null when there was none.</param>
/// <param name="history">What earlier ingests wrote down.</param>
/// <param name="delivery">How rows come into the table.</param>
/// <param name="order">What the database is asked for.</param>
/// <param name="engine">Where the quarantine's rows are until they are published; it is disposed here.</param>
sealed class DatabaseWork(
    DatabaseTable source,
    TableEntry? entry,
    TableHistory history,
    RowDelivery delivery,
    LoadOrder order,
    SqlSession engine) : IDisposable
{
    List<string> _made = [];

    public DatabaseTable Source => source;

    public TableEntry? Entry => entry;

    public TableHistory History => history;

    public LoadOrder Order { get; set; } = order;

    /// <summary>How far the cursor's column goes in the state that is read.</summary>
    public CursorMark? Mark { get; set; }

    /// <summary>The rows, once they are read.</summary>
    public LoadedRows? Loaded { get; set; }

    /// <summary>Whether the table holds them already.</summary>
    public bool IsKnown { get; set; }

    /// <summary>What will be published, once it is prepared.</summary>
    public DeliveredRows? Rows { get; private set; }

    public ThingVersion? Version { get; set; }

    public List<string> Notices { get; } = [];

    /// <summary>Prepares what is published of the table.</summary>
    /// <returns>Whether anything of it changes.</returns>
    public bool Prepare(DatabaseIngestSettings settings, CancellationToken cancellationToken)
    {
        Rows?.Dispose();
        var plan = Loaded!.Plan;
        if (settings.DeletesOthers && Order.Quarantine.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "mirror-incomplete",
                $"{Order.Quarantine.Count:N0} rows of '{source.Label}' are no rows of table '{source.Table}', so it "
                + "can't be told which of its rows are gone.",
                "Take them without '--mirror', which shows them in the quarantine, and correct them at the source.");
        }

        if (entry is null && Loaded.Rows.RowCount == 0 && Source.IsUntyped)
        {
            _made = [$"'{source.Label}' has no row, which would tell the columns' types, so no table is made."];
            return false;
        }

        var notices = new List<string>();
        Rows = delivery.Prepare(plan, Loaded.Rows.Files, entry?.KeyColumns ?? [], notices, cancellationToken);
        _made = notices;
        return Rows.Table is { } table
            && (table.Files.Count > 0 || table.Change is not null || entry is null
                || table.Mode == TableMode.Overwrite);
    }

    /// <summary>Writes the quarantine's rows.</summary>
    public StagedTable StageBad(
        TableStage stage, DatabaseIngestSettings settings, CancellationToken cancellationToken)
    {
        Notices.Add(
            $"{Order.Quarantine.Count:N0} rows are no rows of the table; they are in table '{source.Quarantine}' with "
            + "their number and a reason.");
        return stage.Write(
            engine, source.Quarantine, settings.Mode, Order.Quarantine.Query(source.Label, Loaded!.Hash), [],
            part: "quarantine", cancellationToken: cancellationToken);
    }

    public ExternalVersion Input() => new(
        "source", source.Label, Loaded!.Hash,
        new JsonObject { ["rows"] = Loaded.Rows.RowCount, ["bytes"] = Loaded.Rows.ByteCount }.ToJsonString());

    public string Summary(DatabaseIngestSettings settings, SourceFormat format)
    {
        var report = Report(format);
        var file = new JsonObject
        {
            ["name"] = source.Label,
            ["hash"] = Loaded!.Hash,
            ["format"] = format.ToString(),
            ["bytes"] = report.Bytes,
            ["records"] = report.Records,
            ["rows"] = report.Rows,
            ["quarantined"] = report.Quarantined,
        };
        Mark?.AddTo(file);
        return new JsonObject
        {
            ["newFiles"] = 1,
            ["quarantined"] = report.Quarantined,
            ["ingest"] = new JsonObject
            {
                ["mode"] = settings.Mode == TableMode.Overwrite ? "overwrite"
                    : settings.KeyColumns.Count > 0 ? "upsert" : "append",
                ["records"] = report.Records,
                ["rows"] = report.Rows,
                ["quarantined"] = report.Quarantined,
                ["inserted"] = Rows?.Inserted,
                ["updated"] = Rows?.Updated,
                ["deleted"] = Rows?.Deleted,
                ["bytes"] = report.Bytes,
                ["values"] = new JsonObject(report.Columns.Select(
                    column => KeyValuePair.Create(column.Name, (JsonNode?)column.Values))),
                ["json"] = new JsonArray([.. Loaded.Plan.Columns.Where(column => column.Type.Is(ValueTypes.Json))
                    .Select(column => (JsonNode)column.Name)]),
                ["bytesColumns"] = new JsonArray([.. Loaded.BytesColumns.Select(name => (JsonNode)name)]),
                ["files"] = new JsonArray(file),
            },
        }.ToJsonString();
    }

    public IngestReport Report(SourceFormat format)
    {
        var rows = Loaded!.Rows;
        return new IngestReport(
            source.Table, Version,
            [.. Loaded.Plan.Columns.Select((column, i) =>
                new IngestedColumn(column.Name, column.Delta, rows.Values[i]))],
            [IsKnown
                ? new IngestedFile(source.Label, Loaded.Hash, format, rows.ByteCount, true, 0, 0, 0)
                : new IngestedFile(
                    source.Label, Loaded.Hash, format, rows.ByteCount, false, rows.RowCount, rows.WrittenCount,
                    rows.RowCount - rows.WrittenCount)],
            [.. Loaded.Plan.Notices, .. Notices, .. _made], TimeSpan.Zero);
    }

    /// <summary>Deletes what the preparation wrote, to prepare it again.</summary>
    public void Undo() => Rows?.Undo();

    /// <summary>Deletes every file that was written and will not be named.</summary>
    public void Drop()
    {
        Rows?.Drop();
        if (Loaded is not null)
        {
            Order.Stage.Drop(source.Table, Loaded.Rows.Files);
        }
    }

    public void Dispose()
    {
        Rows?.Dispose();
        Order.Quarantine.Dispose();
        engine.Dispose();
    }
}
