using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Takes files of records into a table's files: guesses the columns from a few places, writes with the guess,
/// and proves it on every value. One value that does not fit, and all records are looked at before they are written
/// again.</summary>
/// <remarks>So the common input is read once after it was hashed, and no input is ever read as something that it is
/// not.</remarks>
sealed class RecordIngest(
    IngestSettings settings,
    IReadOnlyList<InputFile> files,
    IngestPlanner planner,
    TableStage stage,
    QuarantineSink quarantine,
    Func<SqlSession> openSession,
    IProgress<IngestProgress>? progress)
{
    readonly bool _isJson = files.All(file => file.Format is SourceFormat.Json or SourceFormat.JsonLines);
    readonly long _totalBytes = files.Sum(file => file.Length);
    long _bytes;
    long _rows;

    /// <summary>Finds schema and counts without writing anything.</summary>
    public async Task<(IngestPlan Plan, IReadOnlyList<RangeResult> Ranges)> LookAsync(
        CancellationToken cancellationToken)
    {
        var (facts, ranges) = await LearnAsync(false, cancellationToken).ConfigureAwait(false);
        return (planner.Plan(facts, isComplete: true, _isJson), ranges);
    }

    /// <summary>Writes all records.</summary>
    /// <exception cref="MillraceException"><c>schema-drift</c>, <c>ingest-mismatch</c>.</exception>
    public async Task<(IngestPlan Plan, IReadOnlyList<PartResult> Parts)> WriteAsync(
        CancellationToken cancellationToken)
    {
        var facts = new FactsReader(settings, files).Sample(cancellationToken);
        var plan = planner.Plan(facts, isComplete: false, _isJson);
        var isExact = false;
        var isProved = false;
        while (true)
        {
            if (plan.Differences.Count > 0 && !isProved)
            {
                (plan, isProved) = (await PlanAllAsync(isExact, cancellationToken).ConfigureAwait(false), true);
            }

            RefuseDrift(plan);
            try
            {
                var parts = await WriteAsync(plan, isExact, cancellationToken).ConfigureAwait(false);
                if (IngestProof.IsWhole(parts.SelectMany(part => part.Ranges)))
                {
                    return (plan, parts);
                }

                stage.Drop(settings.Table, parts.Where(part => part.File is not null).Select(part => part.File!));
                if (isExact)
                {
                    throw new MillraceException(
                        ErrorKind.Corrupt, "ingest-mismatch", "Some bytes of the input were read by no part.",
                        "Nothing was added. This is a fault of Millrace; please report it.");
                }

                // Quotes that do not keep to the rules misled the cut, and perhaps the guess: each file is read from
                // its start.
                isExact = true;
                (plan, isProved) = (await PlanAllAsync(isExact, cancellationToken).ConfigureAwait(false), true);
            }
            catch (MisfitException) when (!isProved || !isExact)
            {
                // After all records were looked at: a part that began inside a quote can give records that are none.
                isExact |= isProved;
                (plan, isProved) = (await PlanAllAsync(isExact, cancellationToken).ConfigureAwait(false), true);
            }
        }
    }

    async Task<IngestPlan> PlanAllAsync(bool isExact, CancellationToken cancellationToken)
    {
        var (facts, _) = await LearnAsync(isExact, cancellationToken).ConfigureAwait(false);
        return planner.Plan(facts, isComplete: true, _isJson);
    }

    async Task<(FactsTable Facts, List<RangeResult> Ranges)> LearnAsync(
        bool isExact, CancellationToken cancellationToken)
    {
        _bytes = 0;
        var reader = new FactsReader(settings, files);
        var (facts, ranges) = await reader.LearnAsync(
            SourceParts.Cut(files, isExact), (bytes, _) => Report("looking", bytes, 0), cancellationToken)
            .ConfigureAwait(false);
        return isExact || IngestProof.IsWhole(ranges)
            ? (facts, ranges) : await LearnAsync(true, cancellationToken).ConfigureAwait(false);
    }

    async Task<IReadOnlyList<PartResult>> WriteAsync(
        IngestPlan plan, bool isExact, CancellationToken cancellationToken)
    {
        _bytes = 0;
        _rows = 0;
        quarantine.Clear();
        var parts = SourceParts.Cut(files, isExact);
        var results = new PartResult?[parts.Count];
        try
        {
            await Parallel.ForEachAsync(
                parts,
                new ParallelOptions
                {
                    MaxDegreeOfParallelism = settings.Parallelism,
                    CancellationToken = cancellationToken,
                },
                (part, token) =>
                {
                    using var session = openSession();
                    var writer = new PartWriter(
                        settings, plan, stage, quarantine, (bytes, rows) => Report("writing", bytes, rows), token);
                    results[part.Number] = writer.Write(session, part);
                    return ValueTask.CompletedTask;
                }).ConfigureAwait(false);
            return results!;
        }
        catch
        {
            stage.Drop(settings.Table, results.Where(result => result?.File is not null).Select(r => r!.File!));
            throw;
        }
    }

    void RefuseDrift(IngestPlan plan)
    {
        if (plan.Differences.Count == 0)
        {
            return;
        }

        throw new MillraceException(
            ErrorKind.Invalid, "schema-drift",
            $"The input does not fit table '{settings.Table}': {string.Join("; ", plan.Differences)}.",
            "Choose what to do with '--on-drift add-columns', 'widen' or 'quarantine', or ingest into another table. "
            + "Nothing was added.");
    }

    void Report(string step, long bytes, long rows)
    {
        var done = Interlocked.Add(ref _bytes, bytes);
        var written = Interlocked.Add(ref _rows, rows);
        progress?.Report(new IngestProgress(step, done, _totalBytes, written));
    }
}
