using System.Globalization;
using System.Text.Json;
using Millrace.Pipelines;
using Millrace.Sources.Loading;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>Carries rows of a database into a session, by the readers of an ingest; the first value that is not of its
/// column's type ends it.</summary>
sealed class ExtractRows(
    DatabaseRows rows,
    IReadOnlyList<PlannedColumn> columns,
    ExtractSettings settings,
    TaskContext context,
    CancellationToken cancellationToken)
{
    const string FunctionName = "millrace_extract";

    bool _isEnded;

    /// <summary>Loads all rows into a temporary table.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="MillraceException"><c>source-value</c>, naming the row's key and the column.</exception>
    public long Load(SqlSession session, string table)
    {
        var writers = columns.Select((_, i) => rows.CreateWriter(i)).ToList();
        using var function = new RowFunction(session, FunctionName, writers, Fill);
        var select = string.Join(", ", columns.Select((column, i) =>
            $"cast(c{i} as {new TableColumn(column.Name, column.Delta).SqlType}) as {SqlName.Quote(column.Name)}"));
        return function.Run(() =>
        {
            session.Execute(
                $"create or replace temp table {SqlName.Quote(table)} as select {select} from {FunctionName}()",
                cancellationToken);
            return rows.RowCount;
        });
    }

    int Fill(IReadOnlyList<VectorWriter> writers, int capacity)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var row = 0;
        while (row < capacity && !_isEnded)
        {
            if (!rows.Next())
            {
                _isEnded = true;
                break;
            }

            if (rows.Write(writers, row) != WriteOutcome.Written)
            {
                throw Wrong();
            }

            row++;
        }

        context.Report(rows.RowCount, 0, "rows");
        return row;
    }

    MillraceException Wrong()
    {
        using var row = JsonDocument.Parse(rows.ToJson());
        var name = rows.Fault.Column!;
        var column = columns.First(column => column.SourceName == name);
        return SourceValue.Wrong(
            settings, Shown(row.RootElement.GetProperty(settings.Key)), name,
            Quoted(row.RootElement.GetProperty(name)), column.Delta);
    }

    static string Shown(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    static string Quoted(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "empty",
        JsonValueKind.Object when value.TryGetProperty("base64", out var bytes) => string.Create(
            CultureInfo.InvariantCulture, $"{bytes.GetBytesFromBase64().Length} bytes"),
        _ => $"'{Shown(value)}'",
    };
}
