using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Datasets;

/// <summary>Freezes a table's rows as a version of a dataset.</summary>
public static class DatasetBuild
{
    const int FormatVersion = 1;

    /// <summary>Adds a task that names the rows of a table's version as a dataset, split by time. No row is copied: the
    /// table's version is pinned.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="name">The dataset's name; also the task's.</param>
    /// <param name="table">The rows; it must have a key.</param>
    /// <param name="split">How they are split.</param>
    public static TaskOutput Dataset(this Pipeline pipeline, string name, TaskOutput table, DatasetSplit split)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(split);
        return pipeline.Add(new TaskDefinition
        {
            Name = $"{name}_dataset",
            Title = "name the rows by their hash, split by time",
            Version = "dataset/1",
            Parameters = new Dictionary<string, string>
            {
                ["split"] = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{split.Column} {split.ValidationFraction:R} {split.TestFraction:R}"),
            },
            Inputs = [table],
            Outputs = [new OutputDefinition("dataset", name)],
            Body = (context, cancellationToken) => BuildAsync(context, name, table, split, cancellationToken),
        })[0];
    }

    static async Task BuildAsync(
        TaskContext context, string name, TaskOutput table, DatasetSplit split, CancellationToken cancellationToken)
    {
        using var session = context.OpenSql();
        var version = context.Input(table.Name);
        var snapshot = context.Table(table.Name);
        CheckTimes(session, table.Name, split.Column);
        var filters = Filters(session, table.Name, split, snapshot.RowCount);
        var order = table.KeyColumns.Count == 0 ? "all" : SqlName.QuoteAll(table.KeyColumns);
        var splits = filters.Select((filter, i) =>
        {
            var (hash, rows) = CanonicalRows.Hash(
                session, $"select * from {SqlName.Quote(table.Name)} where {filter} order by {order}", snapshot.Schema,
                cancellationToken);
            return new SplitManifest(DatasetSplit.Names[i], filter, rows, hash);
        }).ToList();
        if (splits.Any(part => part.RowCount == 0))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "dataset-too-small",
                $"Dataset '{name}' would have {string.Join(", ", splits.Select(s => $"{s.RowCount} {s.Name} rows"))}.",
                $"Table '{table.Name}' (v{version.Number}) has {snapshot.RowCount} rows; "
                + "take a later night or more data.");
        }

        var identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            "millrace dataset 1\n"
            + string.Concat(splits.Select(part => $"{part.Name} {part.RowCount} {part.Hash}\n")))));
        var manifest = new DatasetManifest(
            FormatVersion, name, table.Name, version.Number, version.Hash, table.KeyColumns, splits, identity);
        using var bytes = new MemoryStream(
            JsonSerializer.SerializeToUtf8Bytes(manifest, DatasetsJson.Default.DatasetManifest));
        var url = ObjectUrl.Format(await context.Objects.PutAsync(bytes, cancellationToken).ConfigureAwait(false));
        var summary = new JsonObject
        {
            ["url"] = url,
            ["table"] = version.Label,
            ["rows"] = splits.Sum(part => part.RowCount),
        };
        foreach (var part in splits)
        {
            summary[part.Name] = part.RowCount;
        }

        context.Publish(new StagedVersion(
            name, "dataset", name, identity, summary.ToJsonString(), [version.Id], []));
    }

    static void CheckTimes(SqlSession session, string table, string column)
    {
        var without = session.Value<long>(
            $"select count(*) from {SqlName.Quote(table)} where {SqlName.Quote(column)} is null");
        if (without > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "split-time-missing",
                $"{without} rows of table '{table}' have no '{column}', so they belong to no split.",
                "Give them a time, or leave them out where the table is made.");
        }
    }

    /// <summary>The splits as filters whose bounds are values of the data, so that they can be read.</summary>
    static List<string> Filters(SqlSession session, string table, DatasetSplit split, long rowCount)
    {
        var column = SqlName.Quote(split.Column);
        var testFrom = rowCount - (long)Math.Round(rowCount * split.TestFraction);
        var validationFrom = testFrom - (long)Math.Round(rowCount * split.ValidationFraction);
        var bounds = session.Rows(
            $"select cast({column} as varchar) from {SqlName.Quote(table)} "
            + $"order by {column} offset {Math.Max(0, validationFrom)}",
            reader => reader.GetString(0));
        if (bounds.Count == 0)
        {
            return ["true", "false", "false"];
        }

        var validation = $"timestamptz {SqlName.Text(bounds[0])}";
        var test = $"timestamptz {SqlName.Text(bounds[(int)Math.Min(bounds.Count - 1, testFrom - validationFrom)])}";
        return
        [
            $"{column} < {validation}",
            $"{column} >= {validation} and {column} < {test}",
            $"{column} >= {test}",
        ];
    }
}
