using System.Globalization;

namespace Millrace.Tables.Delta;

/// <summary>The rows that versions of a table changed. Delta protocol, "Add CDC File".</summary>
/// <remarks>Where a version has files of changes, only those are read. Else the rows of its new files are inserted and
/// those of its removed ones deleted; of a file that only got other deleted rows, the difference. What only moved rows
/// about changes nothing. Columns are those of the last version.</remarks>
sealed class ChangeFeed
{
    const string Kind = "_change_type";

    readonly SqlSession _session;
    readonly TableSnapshot _last;
    readonly ITableFiles _files;
    readonly List<string> _queries = [];

    ChangeFeed(SqlSession session, TableSnapshot last, ITableFiles files)
    {
        _session = session;
        _last = last;
        _files = files;
    }

    /// <summary>A query of the changes of versions, from the first to the last.</summary>
    /// <param name="session">Where the query will run.</param>
    /// <param name="last">The table at the last version.</param>
    /// <param name="firstVersion">The first version whose changes are wanted.</param>
    /// <exception cref="MillraceException"><c>version-unknown</c>: a version whose entry is gone.</exception>
    public static string Sql(SqlSession session, TableSnapshot last, long firstVersion)
    {
        if (firstVersion < 0 || firstVersion > last.Version)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "version-unknown",
                $"Changes of table '{last.Name}' can't begin at version {firstVersion} and end at {last.Version}.",
                $"Begin between 0 and {last.Version}.");
        }

        var feed = new ChangeFeed(session, last, last.Storage);
        var times = DeltaHistory.Read(last.Name, feed._files)
            .ToDictionary(commit => commit.Version, commit => commit.Time);
        for (var version = firstVersion; version <= last.Version; version++)
        {
            var actions = DeltaLog.ReadEntry(last.Name, feed._files, version);
            if (actions is null || !times.TryGetValue(version, out var time))
            {
                throw new MillraceException(
                    ErrorKind.NotFound, "version-unknown",
                    $"The changes of version {version} of table '{last.Name}' are no longer in its log.",
                    times.Count > 0 ? $"The earliest changes that are there are those of version {times.Keys.Min()}."
                        : "Read the table itself.");
            }

            feed.Add(actions, version, time);
        }

        return feed._queries.Count > 0 ? string.Join("\nunion all\n", feed._queries) : feed.Empty();
    }

    void Add(DeltaActions actions, long version, DateTimeOffset time)
    {
        if (actions.Changes.Count > 0)
        {
            var schema = new TableSchema([.. _last.Schema.Columns, new TableColumn(Kind, "string")]);
            var changes = _last with { Schema = schema };
            var query = new DataScan(_session, changes).Sql([.. actions.Changes.Select(
                change => new DataFile(change.Path, change.SizeBytes, DataFile.UnknownRowCount, "", "{}", null)
                {
                    PartitionValues = change.PartitionValues,
                })]);
            _queries.Add(Marked(query, Kind, version, time));
            return;
        }

        var scan = new DataScan(_session, _last);
        var added = new Dictionary<string, DataFile>(StringComparer.Ordinal);
        foreach (var file in actions.Added.Where(file => file.IsDataChange != false))
        {
            added[file.Path] = file;
        }

        var removed = Removed(actions, version);
        foreach (var file in removed.Where(file => added.ContainsKey(file.Path)))
        {
            AddDifference(scan, file, added[file.Path], version, time);
        }

        AddFiles(scan, [.. removed.Where(file => !added.ContainsKey(file.Path))], "delete", version, time);
        var replaced = removed.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        AddFiles(
            scan, [.. added.Values.Where(file => !replaced.Contains(file.Path))], "insert", version, time);
    }

    void AddFiles(DataScan scan, List<DataFile> files, string kind, long version, DateTimeOffset time)
    {
        if (files.Count > 0)
        {
            _queries.Add(Marked(scan.Sql(files), SqlName.Text(kind), version, time));
        }
    }

    void AddDifference(DataScan scan, DataFile before, DataFile after, long version, DateTimeOffset time)
    {
        var were = Places(before);
        var are = Places(after);
        foreach (var (kind, places) in new[] { ("delete", are.Except(were)), ("insert", were.Except(are)) })
        {
            List<long> rows = [.. places];
            if (rows.Count > 0)
            {
                _queries.Add(Marked(scan.Sql(after, rows), SqlName.Text(kind), version, time));
            }
        }
    }

    HashSet<long> Places(DataFile file) => file.DeletionVector is { } vector
        ? [.. DeletedRows.Read(_last, vector).Places] : [];

    /// <summary>The files that a version took away, with the values of their partitions, which older writers leave
    /// out.</summary>
    List<DataFile> Removed(DeltaActions actions, long version)
    {
        List<RemovedFile> removed = [.. actions.Removed.Where(file => file.IsDataChange)];
        var known = removed.All(file => file.PartitionValues is not null) || _last.PartitionColumns.Count == 0
            ? null
            : DeltaLog.Read(_last.Name, _files, version - 1)!.Files
                .ToDictionary(file => file.Key, file => file.PartitionValues, StringComparer.Ordinal);
        return [.. removed.Select(file => new DataFile(
            file.Path, file.SizeBytes ?? 0, DataFile.UnknownRowCount, "", "{}", null)
        {
            DeletionVector = file.DeletionVector,
            PartitionValues = file.PartitionValues ?? known?.GetValueOrDefault(file.Key) ?? JsonMap.Empty,
        })];
    }

    string Marked(string query, string kind, long version, DateTimeOffset time)
    {
        var columns = SqlName.QuoteAll(_last.Schema.Columns.Select(column => column.Name));
        var moment = time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        return $"select {columns}, {kind} as {Kind}, cast({version} as bigint) as _commit_version, "
            + $"cast('{moment}+00' as timestamptz) as _commit_timestamp from ({query})";
    }

    string Empty() =>
        Marked(new DataScan(_session, _last).Sql([]), "cast(null as varchar)", 0, DateTimeOffset.UnixEpoch);
}
