using DuckDB.NET.Data;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Every kind of table that Millrace writes has the same rows for ClickHouse, as a Delta table and by its
/// Iceberg metadata.</summary>
public sealed class OwnTableJudgeTests : IDisposable
{
    const string Mirror = "millrace.iceberg";

    /// <summary>What ClickHouse refuses or reads wrongly, by reader and kind, and its words. The list must not
    /// grow.</summary>
    static readonly Dictionary<string, string> Wrong = new(StringComparer.Ordinal)
    {
        // Values of partitions that stand in Iceberg's metadata alone are read as nulls.
        ["icebergLocal of partitions of texts"] = "'p': NULL",
        ["icebergLocal of partitions of numbers and days"] = "'l': NULL, 'n': NULL, 'b': NULL, 'd': NULL",
        ["icebergLocal of partitions that are overwritten"] = "'p': NULL",
        ["icebergLocal of partitions whose column is renamed"] = "'half': NULL",
        // There is no struct that is null.
        ["deltaLakeLocal of columns that rows add"] = "'l': [], 's': {'a': NULL}",
        ["icebergLocal of columns that rows add"] = "'l': [], 's': {'a': NULL}",
        ["icebergLocal of renamed and dropped columns"] =
            "Parquet file has column x with field_id 3 that is not in datalake metadata",
        ["deltaLakeLocal of a clone"] = "should be inside the table directory",
    };

    readonly ScratchFolder _scratch = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Every_kind_of_own_table_has_the_rows_that_ClickHouse_finds()
    {
        Workspace.Create(_scratch.Path);
        await using var workspace = await Workspace.OpenAsync(_scratch.Path, cancellationToken: Stop);
        var (readings, unwritten) = (new List<Reading>(), new List<string>());
        foreach (var (kind, i) in OwnKinds.All.Select((kind, i) => (kind, i)))
        {
            await AddAsync(kind.Name, $"delta{i}", ClickHouse.Delta, kind, new Dictionary<string, string>());
            if (kind.IsMirrored)
            {
                await AddAsync(
                    kind.Name, $"iceberg{i}", ClickHouse.Iceberg, kind,
                    new Dictionary<string, string> { [Mirror] = "true" });
            }
        }

        var failures = await ClickHouse.ReadAsync(
            _scratch.Path, [.. readings.Select(reading => (reading.Function, reading.Folder, reading.Rows))]);

        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        var found = readings.Select(reading => (reading.Kind, Fault: Fault(reading)))
            .Where(pair => pair.Fault.Length > 0)
            .ToDictionary(pair => pair.Kind, pair => pair.Fault, StringComparer.Ordinal);
        var unexpected = found.Where(pair => !Wrong.TryGetValue(pair.Key, out var words)
            || !pair.Value.Contains(words, StringComparison.Ordinal))
            .Select(pair => $"{pair.Key}: {pair.Value}").Concat(unwritten).ToList();
        Assert.True(unexpected.Count == 0, string.Join("\n", unexpected));
        Assert.Empty(Wrong.Keys.Except(found.Keys));

        async Task AddAsync(
            string kind, string table, string function, OwnKind own, IReadOnlyDictionary<string, string> properties)
        {
            try
            {
                await own.Write(workspace.Tables.Editor, table, properties);
            }
            catch (MillraceException fault)
            {
                unwritten.Add($"{function} of {kind}: {fault}");
                return;
            }

            var expected = _scratch[$"{table}-expected.parquet"];
            await (await workspace.Tables.FrameAsync(table, Stop)).WriteParquetAsync(expected, Stop);
            readings.Add(new Reading(
                $"{function} of {kind}", function, Path.Join(workspace.Tables.Folder, table), expected,
                _scratch[$"{table}.parquet"]));
        }

        string Fault(Reading reading)
        {
            var failure = failures.Split('\n').FirstOrDefault(
                line => line.StartsWith($"{reading.Function} {reading.Folder}: ", StringComparison.Ordinal));
            return failure?[(failure.IndexOf(": ", StringComparison.Ordinal) + 2)..] ?? RowDifferences.Find(
                connection, $"select * from read_parquet('{reading.Expected}', hive_partitioning = false)",
                reading.Rows);
        }
    }

    sealed record Reading(string Kind, string Function, string Folder, string Expected, string Rows);
}
