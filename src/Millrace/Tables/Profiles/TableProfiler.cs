using Millrace.Tables.Frames;

namespace Millrace.Tables.Profiles;

/// <summary>Looks at the rows of a table or of files: what they are, how they are spread and what looks
/// wrong.</summary>
/// <remarks>First what is written down beside the rows, in milliseconds. Then a sample of the rows comes into memory,
/// and one pass over all rows counts what can be counted without keeping values, while the sample is worked on. Last,
/// what looked wrong in the sample or in the bounds is counted over all rows. The processor is the limit; memory is
/// bounded by the sample's limits and by <see cref="ProfileOptions.MemoryLimitMiB"/>.</remarks>
public sealed class TableProfiler
{
    /// <summary>Columns beyond it are left out unless they are named.</summary>
    public const int MaxColumns = 1_000;

    readonly string _temporaryFolder;
    readonly ProfileOptions _options;
    readonly TimeProvider _time;

    /// <param name="temporaryFolder">Where queries larger than memory spill and files of text are made into Parquet.
    /// </param>
    /// <param name="options">Null is the defaults.</param>
    /// <param name="time">Null is the system's.</param>
    public TableProfiler(string temporaryFolder, ProfileOptions? options = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(temporaryFolder);
        _temporaryFolder = temporaryFolder;
        _options = options ?? new ProfileOptions();
        _time = time ?? TimeProvider.System;
        if (_options.SampleRows < 1)
            throw new ArgumentException("A sample has at least one row.", nameof(options));
    }

    /// <summary>Profiles a version of a table.</summary>
    /// <param name="snapshot">The version.</param>
    /// <param name="first">Gets what is known before a row is read.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>column-kind</c>, <c>sql-failed</c>,
    /// <c>memory-limit</c>, <c>disk-full</c>.</exception>
    public Task<TableProfile> ProfileAsync(
        TableSnapshot snapshot, IProgress<TableProfile>? first = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return ProfileAsync(new TableProfileSource(snapshot), first, cancellationToken);
    }

    /// <summary>Profiles files: Parquet, CSV, TSV or JSON, of text also packed with gzip or Zstandard.</summary>
    /// <param name="paths">At least one, all of one format; columns are matched by their names.</param>
    /// <param name="first">Gets what is known before a row is read.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <exception cref="MillraceException"><c>file-missing</c>, <c>file-format</c>, <c>file-damaged</c>,
    /// <c>file-unreadable</c>, and as for a table.</exception>
    public async Task<TableProfile> ProfileAsync(
        IReadOnlyList<string> paths, IProgress<TableProfile>? first = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            throw new ArgumentException("A profile of files needs at least one.", nameof(paths));
        FileProfileSource.Check(paths);
        using var source = new FileProfileSource([.. paths.Select(Path.GetFullPath)], _temporaryFolder);
        return await ProfileAsync(source, first, cancellationToken).ConfigureAwait(false);
    }

    async Task<TableProfile> ProfileAsync(
        ProfileSource source, IProgress<TableProfile>? first, CancellationToken cancellationToken)
    {
        using var session = new SqlSession(_temporaryFolder, _options.Threads, _options.MemoryLimitMiB);
        if (source.IsText)
        {
            first?.Report(new TableProfile
            {
                Name = source.Name,
                RowCount = null,
                FileCount = source.FileCount,
                SizeBytes = source.SizeBytes,
                Columns = [],
                IsFirst = true,
            });
            source.Prepare(session, cancellationToken);
        }

        var all = source.Columns(session);
        var columns = Chosen(all);
        CheckTargets(columns);
        var profile = new TableProfile
        {
            Name = source.Name,
            RowCount = source.RowCount(session),
            FileCount = source.FileCount,
            SizeBytes = source.SizeBytes,
            Columns = source.First(session, columns),
            LeftOutColumnCount = _options.Columns.Count > 0 ? 0 : all.Count - columns.Count,
            Target = _options.Target,
            IsFirst = true,
        };
        first?.Report(profile);
        if (_options.IsFirstOnly || profile.RowCount is null)
            return profile;
        ProfileSample.Attach(session, source, columns);
        return await WholeAsync(session, profile, columns, cancellationToken).ConfigureAwait(false);
    }

    async Task<TableProfile> WholeAsync(
        SqlSession session, TableProfile first, List<ProfiledColumn> columns, CancellationToken cancellationToken)
    {
        var rows = first.RowCount!.Value;
        var sample = await ProfileSample.ReadAsync(session, columns, rows, _options.SampleRows, cancellationToken)
            .ConfigureAwait(false);
        var figures = new SampleFigures[columns.Count];
        Parallel.For(0, columns.Count, i => figures[i] = SampleFigures.Of(sample.Columns[i]));
        var passes = ProfilePass.Read(
            session,
            [.. columns.Select((column, i) => new PassRequest(
                column, NeedsEstimate(sample.Columns[i], figures[i], sample), Middle(figures[i]), first.Columns[i]))],
            rows, cancellationToken);
        List<ProfiledValues> values = [.. columns.Select((column, i) => new ProfiledValues(
            column, sample.Columns[i], figures[i], passes[i], rows, sample.IsWhole))];
        var (keys, counted) = KeySuspicions.Of(session, values, cancellationToken);
        var hasKey = counted.Values.Any(key => key.IsUnique);
        var suspicions = Suspicions(session, sample, values, hasKey, cancellationToken);
        return first with
        {
            IsFirst = false,
            SampleRowCount = sample.RowCount,
            Columns = [.. values.Select(column => Profile(column, counted))],
            Correlations = Correlations.Of(sample, values),
            Findings = FindingCounter.Count(session, sample, [.. keys, .. suspicions], cancellationToken),
        };
    }

    // A sample that met each value several times has met nearly all of them.
    static bool NeedsEstimate(SampleColumn column, SampleFigures figures, ProfileSample sample) =>
        column.Column.Kind is ColumnKind.Bytes || column.Column.IsList || column.HasCutWords
        || (!sample.IsWhole && figures.Singles > 0);

    static double Middle(SampleFigures figures) => figures.Quantiles.Count == 0 ? 0
        : figures.Quantiles[figures.Quantiles.Count / 2];

    List<Suspicion> Suspicions(
        SqlSession session, ProfileSample sample, List<ProfiledValues> values, bool hasKey,
        CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var found = new List<Suspicion>[values.Count];
        Parallel.For(0, values.Count, i => found[i] =
        [
            .. ValueSuspicions.Of(values[i]), .. NumberSuspicions.Of(values[i]), .. TimeSuspicions.Of(values[i], now),
            .. TextSuspicions.Of(values[i]),
        ]);
        List<Suspicion> suspicions = [.. found.SelectMany(some => some)];
        if (_options.Target is { } target)
            suspicions.AddRange(TargetSuspicions.Of(sample, values, Find(values, target)));
        if (_options.TargetTime is { } time)
            suspicions.AddRange(TargetSuspicions.After(values, Find(values, time)));
        // Rows that are cut to a few columns are often equal.
        if (_options.Columns.Count == 0
            && RowSuspicions.Of(session, values, hasKey, cancellationToken) is { } repeated)
        {
            suspicions.Add(repeated);
        }

        if (NearDuplicates.Of(sample, values) is { } nearly)
            suspicions.Add(nearly);
        return suspicions;
    }

    static ColumnProfile Profile(
        ProfiledValues values, Dictionary<ProfiledColumn, (long Distinct, bool IsUnique)> counted)
    {
        var profile = values.Profile();
        return counted.TryGetValue(values.Column, out var key)
            ? profile with { DistinctCount = key.Distinct, IsDistinctExact = true, IsUnique = key.IsUnique } : profile;
    }

    static ProfiledValues Find(List<ProfiledValues> values, string name) =>
        values.First(column => ColumnName.Comparer.Equals(column.Column.Name, name));

    /// <summary>The columns that are looked at, in the order in which they were asked for, and the target's.</summary>
    List<ProfiledColumn> Chosen(IReadOnlyList<(string Name, string Type, string SqlType)> all)
    {
        List<string> names = [.. all.Select(column => column.Name)];
        var asked = _options.Columns.Count > 0 ? _options.Columns : names.Take(MaxColumns);
        string?[] targets = [_options.Target, _options.TargetTime];
        return [.. asked.Concat(targets.OfType<string>()).Distinct(ColumnName.Comparer).Select((name, index) =>
        {
            var at = names.FindIndex(other => ColumnName.Comparer.Equals(other, name));
            return at >= 0 ? new ProfiledColumn(index, all[at].Name, all[at].Type, all[at].SqlType)
                : throw ColumnName.Unknown("Profile", name, names);
        })];
    }

    void CheckTargets(List<ProfiledColumn> columns)
    {
        if (Of(_options.Target) is { Kind: ColumnKind.Nested or ColumnKind.Bytes } target)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-kind", $"The target '{target.Name}' is {target.Type}.",
                "Name a column of numbers, texts, times or bools.");
        }

        if (Of(_options.TargetTime) is { Kind: not ColumnKind.Time } time)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-kind", $"The time of the target, '{time.Name}', is {time.Type}.",
                "Name a column of days or times.");
        }

        ProfiledColumn? Of(string? name) => name is null ? null
            : columns.Find(column => ColumnName.Comparer.Equals(column.Name, name));
    }
}
