using System.Text.Json.Nodes;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Sources.Loading;
using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>Takes files into a table as a step of a pipeline, by the same reading and the same proof as
/// <see cref="SourceGate.IngestAsync"/>.</summary>
public static class SourceIngest
{
    const int PartMemoryMiB = 512;

    /// <summary>Adds a task whose table holds what the files hold now; it is done again when one of them changed.
    /// Records that are no rows are in <c>TABLE$quarantine</c>.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="settings">What to take; the table's name is also the task's. Mode, key and drift policy are not
    /// looked at, for the table is written anew, and standard input and S3 can't be looked at before.</param>
    /// <exception cref="MillraceException">In the task: <c>source-missing</c>, <c>source-damaged</c>,
    /// <c>source-empty</c>, ….</exception>
    public static TaskOutput IngestSources(this Pipeline pipeline, IngestSettings settings)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(settings);
        var quarantine = settings.Table + "$quarantine";
        return pipeline.Add(new TaskDefinition
        {
            Name = settings.Table,
            Title = "take files in",
            Version = "ingest/1",
            Parameters = new Dictionary<string, string>
            {
                ["sources"] = string.Join(' ', settings.Sources),
                ["format"] = settings.Format.ToString(),
                ["dialect"] = $"{settings.Delimiter} {settings.Quote} {settings.HasHeader} "
                    + string.Join(' ', settings.Nulls)
                    + (settings.Encoding is { } encoding ? $" {encoding.WebName}" : ""),
                ["types"] = string.Join(' ', settings.Types.Select(type => $"{type.Key}={type.Value}")),
                ["pattern"] = $"{settings.Pattern} {settings.Sheet}",
            },
            Outputs =
            [
                new OutputDefinition("table", SqlName.CheckTable(settings.Table), []),
                new OutputDefinition("table", quarantine, []),
            ],
            Probe = cancellationToken => ProbeAsync(settings, cancellationToken),
            Body = (context, cancellationToken) => IngestAsync(context, settings, quarantine, cancellationToken),
        })[0];
    }

    static async Task<IReadOnlyList<ExternalVersion>> ProbeAsync(
        IngestSettings settings, CancellationToken cancellationToken)
    {
        var found = new List<ExternalVersion>();
        foreach (var path in settings.Sources.SelectMany(SourceSearch.Files).Select(Path.GetFullPath).Distinct())
        {
            if (SourceStatus.Of(path) is { IsRegularFile: false } other)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "source-format", $"'{path}' is {other.Noun}, which can't be looked at before.",
                    "Write it to a file first; 'millrace ingest' takes it as it is.");
            }

            var hash = await ContentHash.OfFileAsync(path, cancellationToken).ConfigureAwait(false);
            found.Add(new ExternalVersion(
                "file", path, hash.ToString(),
                new JsonObject { ["bytes"] = new FileInfo(path).Length }.ToJsonString()));
        }

        return found;
    }

    static async Task IngestAsync(
        TaskContext context, IngestSettings settings, string quarantine, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(context.Paths.Temporary, $"ingest-{Guid.NewGuid():N}");
        Directory.CreateDirectory(temporary);
        try
        {
            var notices = new List<string>();
            var progress = new TaskProgress(context);
            var anew = settings with { Mode = TableMode.Overwrite, OnDrift = DriftPolicy.Fail };
            var (files, _) = new SourceIntake(anew, temporary, progress, notices)
                .Take(TableHistory.None, cancellationToken);
            using var session = Open();
            using var sink = new QuarantineSink(session, files);
            var (plan, parts) = files.Count > 0 && SourceIntake.IsTyped(files[0])
                ? await new TypedIngest(anew, files, null, context.Stage, Open, temporary, progress)
                    .WriteAsync(cancellationToken).ConfigureAwait(false)
                : await new RecordIngest(
                    anew, files, new IngestPlanner(anew, null, new HashSet<string>()), context.Stage, sink, Open,
                    progress).WriteAsync(cancellationToken).ConfigureAwait(false);
            if (plan.Columns.Count == 0)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "source-empty",
                    $"The files for table '{settings.Table}' have no record that could tell its columns.",
                    "Correct the sources, or give the task files with a header.");
            }

            files.ForEach(file => file.CheckUnchanged());
            QuarantineGate.Check(
                anew, TableIngest.Files(files, [], parts.SelectMany(part => part.Ranges)), hasRows: false, sink.Sample);
            using var batch = context.Objects.BeginBatch();
            await sink.StoreLongAsync(batch, cancellationToken).ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            var ranges = parts.SelectMany(part => part.Ranges).ToList();
            var summary = IngestSummary.Of(
                anew, plan, TableIngest.Files(files, [], ranges),
                [.. plan.Columns.Select((column, i) => new IngestedColumn(
                    column.Name, column.Delta, parts.Sum(part => part.Values[i])))]);
            var table = new StagedTable(
                settings.Table, TableMode.Overwrite, plan.Schema, [],
                [.. parts.Where(part => part.File is not null).Select(part => part.File!)]);
            context.Publish(
                await context.Stage.WithFiguresAsync(session, table, cancellationToken).ConfigureAwait(false), summary);
            context.Publish(
                context.Stage.Write(
                    session, quarantine, TableMode.Overwrite, sink.Query(ranges), [], part: "quarantine",
                    cancellationToken: cancellationToken),
                summary);
            notices.Concat(plan.Notices).ToList().ForEach(context.Warn);
            if (sink.Count > 0)
            {
                context.Warn($"{sink.Count:N0} records are no rows; they are in table '{quarantine}'.");
            }
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }

        SqlSession Open() => new(context.Paths.Temporary, 1, PartMemoryMiB);
    }

    sealed class TaskProgress(TaskContext context) : IProgress<IngestProgress>
    {
        public void Report(IngestProgress value) => context.Report(value.Bytes, value.TotalBytes, "bytes");
    }
}
