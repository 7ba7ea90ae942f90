using Millrace.Sources.Reading;
using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tables.Frames;

namespace Millrace.Sources.Loading;

/// <summary>Takes files that carry their own types, Parquet and Arrow, into a table's files: each column as the table's
/// nearest type that loses nothing, the rest as JSON text.</summary>
sealed class TypedIngest(
    IngestSettings settings,
    IReadOnlyList<InputFile> files,
    TableSchema? before,
    TableStage stage,
    Func<SqlSession> openSession,
    string temporaryFolder,
    IProgress<IngestProgress>? progress)
{
    /// <summary>Finds schema and counts without writing anything.</summary>
    public (IngestPlan Plan, IReadOnlyList<RangeResult> Ranges) Look(CancellationToken cancellationToken)
    {
        var sources = Describe(cancellationToken);
        return (Plan(sources), [.. sources.Select(source => Result(source, source.RowCount))]);
    }

    /// <exception cref="MillraceException"><c>source-damaged</c>, <c>schema-drift</c>, <c>ingest-mismatch</c>.
    /// </exception>
    public async Task<(IngestPlan Plan, IReadOnlyList<PartResult> Parts)> WriteAsync(
        CancellationToken cancellationToken)
    {
        var sources = Describe(cancellationToken);
        var plan = Plan(sources);
        if (plan.Differences.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "schema-drift",
                $"The input does not fit table '{settings.Table}': {string.Join("; ", plan.Differences)}.",
                "Choose what to do with '--on-drift add-columns' or 'widen', or ingest into another table. "
                + "Nothing was added.");
        }

        var parts = new PartResult?[sources.Count];
        var rows = 0L;
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, sources.Count),
                new ParallelOptions
                {
                    MaxDegreeOfParallelism = settings.Parallelism,
                    CancellationToken = cancellationToken,
                },
                (i, token) =>
                {
                    parts[i] = Write(sources[i], plan, i, token);
                    progress?.Report(new IngestProgress(
                        "writing", files.Take(i).Sum(file => file.Length), files.Sum(file => file.Length),
                        Interlocked.Add(ref rows, sources[i].RowCount)));
                    return ValueTask.CompletedTask;
                }).ConfigureAwait(false);
            return (plan, parts!);
        }
        catch
        {
            stage.Drop(settings.Table, parts.Where(part => part?.File is not null).Select(part => part!.File!));
            throw;
        }
    }

    List<TypedSource> Describe(CancellationToken cancellationToken)
    {
        using var session = openSession();
        return [.. files.Select(file => Source(session, file, cancellationToken))];
    }

    TypedSource Source(SqlSession session, InputFile file, CancellationToken cancellationToken)
    {
        try
        {
            if (file.Format == SourceFormat.Parquet)
            {
                ParquetCheck.Check(file.Path, file.Name);
            }

            var path = file.Format == SourceFormat.Arrow
                ? ArrowInput.ToParquet(session, file, temporaryFolder, cancellationToken) : file.Path;
            var literal = SqlName.Text(DataScan.Literal(path));
            var from = $"read_parquet({literal}, hive_partitioning = false)";
            var columns = session.Rows(
                $"describe select * from {from}", reader => (Name: reader.GetString(0), Sql: reader.GetString(1)));
            if (columns.Count > FactsTable.MaxColumns)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "columns-many",
                    $"'{file.Name}' has {columns.Count:N0} columns; {FactsTable.MaxColumns:N0} are allowed.",
                    "Turn columns into rows before, or keep some of them as one column of JSON.");
            }

            var rowCount = session.Value<long>($"select num_rows from parquet_file_metadata({literal})");
            return new TypedSource(
                file, from, rowCount,
                [.. columns.Select(column => TypedColumn.Of(column.Name, column.Sql, from, session))]);
        }
        catch (MillraceException exception) when (exception.Code == "sql-failed")
        {
            throw Damaged(file, exception);
        }
        catch (MillraceException exception) when (exception.Code == "file-damaged")
        {
            throw new MillraceException(
                exception.Kind, "source-damaged", exception.Message,
                "Fetch or write the file again. Nothing was added.", exception);
        }
    }

    PartResult Write(TypedSource source, IngestPlan plan, int number, CancellationToken cancellationToken)
    {
        using var session = openSession();
        var select = string.Join(", ", plan.Columns.Select(column =>
        {
            var found = source.Columns.FirstOrDefault(candidate => candidate.Name == column.SourceName);
            var type = new TableColumn(column.Name, column.Delta).SqlType;
            return $"cast({found?.Expression ?? "null"} as {type}) as {SqlName.Quote(column.Name)}";
        }));
        try
        {
            var file = stage.WriteFile(
                session, settings.Table, plan.Schema, $"select {select} from {source.From}", $"{number:D5}",
                cancellationToken);
            // The values are counted once more where they came from.
            var counts = string.Join(", ", plan.Columns.Select(column =>
                source.Columns.Any(candidate => candidate.Name == column.SourceName)
                    ? $"count({SqlName.Quote(column.SourceName)})" : "0"));
            var values = session.Query(
                $"select {counts} from {source.From}", [],
                reader =>
                {
                    reader.Read();
                    return Enumerable.Range(0, plan.Columns.Count).Select(
                        i => Convert.ToInt64(reader.GetValue(i))).ToList();
                },
                cancellationToken);
            var result = new PartResult(file, values, [Result(source, source.RowCount)]);
            IngestProof.Check(settings.Table, plan, result);
            return result;
        }
        catch (MillraceException exception) when (exception.Code == "sql-failed")
        {
            throw Damaged(source.File, exception);
        }
    }

    static RangeResult Result(TypedSource source, long rows) => new(
        new SourceRange(source.File, 0, source.File.Length), source.File.Length, rows, rows, 0, 0);

    IngestPlan Plan(List<TypedSource> sources)
    {
        var planner = new TypedPlanner(settings.OnDrift, before);
        foreach (var source in sources)
        {
            foreach (var column in source.Columns)
            {
                planner.Add(source.File.Name, column.Name, column.Delta);
            }
        }

        return planner.Plan();
    }

    static MillraceException Damaged(InputFile file, MillraceException exception) => new(
        ErrorKind.Corrupt, "source-damaged", $"'{file.Name}' can't be read: {exception.Message}",
        "Fetch or write the file again. Nothing was added.", exception);

    sealed record TypedSource(InputFile File, string From, long RowCount, IReadOnlyList<TypedColumn> Columns);
}
