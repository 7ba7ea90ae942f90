using System.Runtime.CompilerServices;
using System.Text.Json;
using DuckDB.NET.Data;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Datasets;

/// <summary>Reads a dataset's rows in batches, always in the order of their key.</summary>
public sealed class DatasetReader
{
    readonly TaskContext _context;
    readonly DatasetManifest _manifest;

    DatasetReader(TaskContext context, DatasetManifest manifest)
    {
        _context = context;
        _manifest = manifest;
    }

    /// <summary>The dataset's identity.</summary>
    public string Hash => _manifest.Hash;

    /// <summary>The splits that it has, with their rows.</summary>
    public IReadOnlyDictionary<string, long> RowCounts =>
        _manifest.Splits.ToDictionary(split => split.Name, split => split.RowCount, StringComparer.Ordinal);

    /// <summary>Opens the version of a dataset that is an input of the task.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>object-damaged</c>, <c>dataset-damaged</c>.
    /// </exception>
    public static async Task<DatasetReader> OpenAsync(
        TaskContext context, string dataset, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var version = context.Input(dataset);
        using var summary = JsonDocument.Parse(version.Summary);
        _ = ObjectUrl.TryParse(summary.RootElement.GetProperty("url").GetString(), out var hash);
        var bytes = await context.Objects.ReadAsync(hash, cancellationToken).ConfigureAwait(false);
        var manifest = JsonSerializer.Deserialize(bytes, DatasetsJson.Default.DatasetManifest);
        return manifest is { Format: 1 } && manifest.Hash == version.Hash
            ? new DatasetReader(context, manifest)
            : throw new MillraceException(
                ErrorKind.Corrupt, "dataset-damaged", $"The manifest {hash.Short} is not that of {version.Label}.",
                "'millrace fsck' lists everything that is damaged.");
    }

    /// <summary>The rows of a split, in batches; the last one may be smaller.</summary>
    /// <param name="split"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
    /// <param name="batchSize">Rows a batch, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<RowBatch> ReadAsync(
        string split, int batchSize = 1024, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var part = _manifest.Splits.FirstOrDefault(candidate => candidate.Name == split) ?? throw new ArgumentException(
            $"Dataset '{_manifest.Name}' has no split '{split}'.", nameof(split));
        var snapshot = _context.TableAt(_manifest.Table, _manifest.TableNumber);
        using var session = new SqlSession(_context.Paths.Temporary);
        session.Attach("rows", snapshot);
        var order = _manifest.KeyColumns.Count == 0 ? "all" : SqlName.QuoteAll(_manifest.KeyColumns);
        using var command = session.Connection.CreateCommand();
        command.CommandText = $"select * from rows where {part.Filter} order by {order}";
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        var names = snapshot.Schema.Columns.Select(column => column.Name).ToList();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = Fill(reader, names, batchSize);
            if (batch.RowCount > 0)
            {
                yield return batch;
            }

            if (batch.RowCount < batchSize)
            {
                yield break;
            }

            await Task.Yield();
        }
    }

    static RowBatch Fill(DuckDBDataReader reader, List<string> names, int batchSize)
    {
        var columns = names.Select(_ => new List<object?>(batchSize)).ToList();
        var rows = 0;
        while (rows < batchSize && reader.Read())
        {
            for (var i = 0; i < columns.Count; i++)
            {
                columns[i].Add(SqlValue.Read(reader, i));
            }

            rows++;
        }

        return new RowBatch(names, columns, rows);
    }
}
