using System.Text.Json;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Profiles;

/// <summary>A version of a table; what is written down about its rows are the statistics in its log.</summary>
sealed class TableProfileSource(TableSnapshot snapshot) : ProfileSource
{
    public override string Name => $"{snapshot.Name}@v{snapshot.Version}";

    public override int FileCount => snapshot.Files.Count;

    public override long SizeBytes => snapshot.SizeBytes;

    public override IReadOnlyList<(string Name, string Type, string SqlType)> Columns(SqlSession session) =>
        [.. snapshot.Schema.Columns.Select(column => (column.Name, column.Type, column.SqlType))];

    public override string RowsSql(SqlSession session)
    {
        var numbers = snapshot.Files.Select((file, index) => (file.Key, Number: (long)index))
            .DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Number, StringComparer.Ordinal);
        return new DataScan(session, snapshot).SqlWithPlaces(snapshot.Files, numbers);
    }

    public override long? RowCount(SqlSession session) => snapshot.RowCount;

    public override IReadOnlyList<ColumnProfile> First(SqlSession session, IReadOnlyList<ProfiledColumn> columns)
    {
        var mapping = ColumnMapping.Of(snapshot);
        List<KnownBounds> known = [.. columns.Select(column =>
        {
            var found = snapshot.Schema.Find(column.Name)!;
            return new KnownBounds(mapping.PhysicalName(found), found.DataType);
        })];
        var byName = known.ToDictionary(bounds => bounds.PhysicalName, StringComparer.Ordinal);
        foreach (var file in snapshot.Files)
        {
            var isUsed = Read(file, byName);
            foreach (var bounds in known)
                bounds.AddPartition(file, isUsed);
        }

        return [.. columns.Zip(known, (column, bounds) => Unknown(column) with
        {
            NullCount = bounds.NullCount, Min = bounds.Min, Max = bounds.Max,
        })];
    }

    /// <summary>Whether the file's statistics could be read, and are of the rows that the table has now.</summary>
    static bool Read(DataFile file, Dictionary<string, KnownBounds> columns)
    {
        // Deleted rows are counted in them, too.
        if (file.DeletionVector is not null || file.Statistics.Length == 0)
            return false;
        try
        {
            using var statistics = JsonDocument.Parse(file.Statistics);
            if (statistics.RootElement.ValueKind != JsonValueKind.Object)
                return false;
            Each(statistics, "nullCount", columns, static (bounds, value) => bounds.AddNulls(value));
            Each(statistics, "minValues", columns, static (bounds, value) => bounds.AddLow(value));
            Each(statistics, "maxValues", columns, static (bounds, value) => bounds.AddHigh(value));
            return true;
        }
        catch (JsonException)
        {
            // Statistics of another writer: no statistics are always right.
            return false;
        }
    }

    static void Each(
        JsonDocument statistics, string name, Dictionary<string, KnownBounds> columns,
        Action<KnownBounds, JsonElement> add)
    {
        if (!statistics.RootElement.TryGetProperty(name, out var values) || values.ValueKind != JsonValueKind.Object)
            return;
        foreach (var value in values.EnumerateObject())
        {
            if (columns.TryGetValue(value.Name, out var bounds))
                add(bounds, value.Value);
        }
    }
}
