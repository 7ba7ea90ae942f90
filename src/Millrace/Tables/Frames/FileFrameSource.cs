using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Frames;

/// <summary>Files that DuckDB reads.</summary>
/// <remarks>Types come from the whole of the files: a sample would lose keys of JSON that come late, and fail on values
/// that come late in CSV. The types that were found are then said in the query, so that they stay what the schema
/// says.</remarks>
sealed class FileFrameSource(FileFormat format, IReadOnlyList<string> paths, FrameEngine engine) : FrameSource
{
    const int MaxShown = 3;

    // What is quoted is a text, be it empty; and no line is left out, whatever it begins with.
    const string CsvRules = "sample_size = -1, hive_partitioning = false, union_by_name = true, "
        + "allow_quoted_nulls = false, skip = 0, comment = ''";

    public override string Name => System.IO.Path.GetFileNameWithoutExtension(paths[0]);

    public override string Label =>
        $"{format} {string.Join(", ", paths.Take(MaxShown))}"
        + (paths.Count > MaxShown ? $", … ({paths.Count} files)" : "");

    public override string Relation(string view) => Read(Columns);

    public override Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public override async Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore tables, CancellationToken cancellationToken)
    {
        var inputs = new List<PublicationInput>();
        foreach (var path in paths)
        {
            var stream = File.OpenRead(path);
            await using (stream.ConfigureAwait(false))
            {
                var hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
                inputs.Add(new PublicationInput(
                    System.IO.Path.GetFileName(path), null,
                    new ExternalVersion(
                        "file", path, Convert.ToHexStringLower(hash),
                        new JsonObject { ["bytes"] = stream.Length }.ToJsonString())));
            }
        }

        return inputs;
    }

    protected override IReadOnlyList<FrameColumn> Describe()
    {
        if (paths.FirstOrDefault(path => !File.Exists(path)) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "file-missing", $"There is no file '{missing}'.", "Check the path.");
        }

        if (format == FileFormat.Parquet)
            ParquetCheck.Check(paths);
        using var session = engine.OpenSession();
        var columns = FrameEngine.Describe(session, $"select * from {Read(null)}");
        return format == FileFormat.Parquet
            ? columns : FileTypes.Correct(session, columns, Read, isJson: format == FileFormat.Json);
    }

    string Read(IReadOnlyList<FrameColumn>? columns)
    {
        var files = $"[{string.Join(", ", paths.Select(path => SqlName.Text(DataScan.Literal(path))))}]";
        var types = columns is null ? "" : "{" + string.Join(
            ", ", columns.Select(column => $"{SqlName.Text(column.Name)}: {SqlName.Text(column.SqlType)}")) + "}";
        return format switch
        {
            FileFormat.Parquet => $"read_parquet({files}, hive_partitioning = false, union_by_name = true)",
            FileFormat.Csv when columns is null =>
                $"read_csv({files}, {CsvRules})",
            // Delimiter and quotes must be found out from the same rows as the types were.
            FileFormat.Csv => $"read_csv({files}, types = {types}, {CsvRules})",
            FileFormat.Json when columns is null =>
                $"read_json({files}, sample_size = -1, hive_partitioning = false, union_by_name = true)",
            _ => $"read_json({files}, columns = {types}, hive_partitioning = false)",
        };
    }
}
